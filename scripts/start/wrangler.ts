import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Refusal } from "./arguments.ts";
import type { StateFolder } from "./state.ts";

/** The folder of wrangler.toml. */
export const ROOT = join(import.meta.dirname, "../..");
/** The command's script, to be run with this Node. */
export const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin/wrangler.js",
);
/** Brings the embedded store's tables up to date. */
export async function applyMigrations(state: StateFolder): Promise<void> {
  await runWrangler(["d1", "migrations", "apply", "STORE", "--local", "--persist-to", state.path]);
}

/** Asks the embedded store one question, while no Worker runs. */
export async function queryStore(
  state: StateFolder,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const where = ["--local", "--persist-to", state.path, "--json"];
  const answer = await runWrangler(["d1", "execute", "STORE", ...where, "--command", sql]);
  return (JSON.parse(answer) as [{ results: Record<string, unknown>[] }])[0].results;
}

async function runWrangler(args: readonly string[]): Promise<string> {
  const call = `wrangler ${args.slice(0, 3).join(" ")}`;
  const { stdout } = await promisify(execFile)(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: wranglerEnvironment(),
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: Error & { readonly stderr?: string }) => {
    throw new Refusal(`${call} failed:\n${(error.stderr ?? String(error)).trim()}`);
  });
  return spoken(call, stdout);
}

/** What a call of wrangler has printed. Its launcher ends with 0, too, if what it started was killed. */
export function spoken(call: string, stdout: string): string {
  if (stdout.trim() === "") {
    throw new Refusal(`${call} was ended before it was done: start again`);
  }
  return stdout;
}

/** Quiet, without network beyond this machine, and with no variable but those we wrote down. */
export function wranglerEnvironment(): NodeJS.ProcessEnv {
  const {
    CLOUDFLARE_INCLUDE_PROCESS_ENV: _,
    CLOUDFLARE_ENV: __,
    FORCE_COLOR: ___,
    ...rest
  } = process.env;
  return {
    ...rest,
    NO_COLOR: "1",
    CI: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_HIDE_BANNER: "true",
    // A second log, of everything, that nobody bounds.
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_LOG_SANITIZE: "true",
  };
}
