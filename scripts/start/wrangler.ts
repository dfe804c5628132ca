import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Refusal } from "./arguments.ts";
import { RUN_MARK, signalGroup } from "./processes.ts";
import type { StateFolder } from "./state.ts";

const ROOT = join(import.meta.dirname, "../..");
const LEADER = join(import.meta.dirname, "leader.ts");
const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin/wrangler.js",
);
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 5000;

/** A Worker that runs locally, in a process group of its own. */
export interface RunningWorker {
  readonly url: string;
  /** The process group: leader, wrangler, both workerd. */
  readonly group: number;
  /** Settles when the group has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Ends the whole group: politely, then for good. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  readonly state: StateFolder;
  readonly port: number;
  /** Marks every process of the group. */
  readonly run: string;
  readonly verbose: boolean;
  /** Further arguments for wrangler dev. */
  readonly rest: readonly string[];
  /** Told as soon as there is a process to end. */
  readonly onGroup?: (group: number) => Promise<void>;
}

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

/** A port on 127.0.0.1: the given one if it is free, any free one for 0. */
export async function claimPort(port: number): Promise<number> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const isTaken = "code" in error && error.code === "EADDRINUSE";
      const fix = "choose another with --port N, or 0 for a free one";
      reject(
        new Refusal(
          isTaken ? `port ${port} is taken: ${fix}` : `port ${port}: ${error.message}; ${fix}`,
        ),
      );
    });
    server.listen({ host: "127.0.0.1", port }, () => {
      const { port: claimed } = server.address() as AddressInfo;
      server.close(() => resolve(claimed));
    });
  });
}

/** Starts the Worker with the variables in the state folder, and waits until it answers. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { state, port } = options;
  const child = spawn(
    process.execPath,
    [
      LEADER,
      WRANGLER,
      "dev",
      "--ip=127.0.0.1",
      `--port=${port}`,
      `--persist-to=${state.path}`,
      `--env-file=${state.variables_file}`,
      ...(hasFlag(options.rest, "--inspector-port") ? [] : ["--inspector-port=0"]),
      "--show-interactive-dev-session=false",
      ...options.rest,
    ],
    {
      cwd: ROOT,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...environment(),
        [RUN_MARK]: options.run,
        WRANGLER_REGISTRY_PATH: join(state.path, "registry"),
      },
    },
  );
  const group = child.pid;
  if (group === undefined) {
    throw new Error("wrangler did not start: run npm ci");
  }
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const worker: RunningWorker = {
    url: `http://127.0.0.1:${port}`,
    group,
    ended,
    stop: async () => {
      signalGroup(group, "SIGINT");
      const timer = setTimeout(() => signalGroup(group, "SIGKILL"), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
  try {
    keepOutput(child, state.log_file, options.verbose);
    await options.onGroup?.(group);
    await untilReady(worker);
  } catch (error) {
    await worker.stop();
    throw new Refusal(`${messageOf(error)}\n${await lastLines(state.log_file)}`.trimEnd());
  }
  return worker;
}

async function untilReady({ url, ended }: RunningWorker): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  while (Date.now() < until) {
    if (hasEnded) {
      throw new Error("wrangler ended before the Worker was ready:");
    }
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) }).catch(
      () => null,
    );
    await answer?.body?.cancel();
    if (answer?.ok === true) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `the Worker did not answer at ${url}/healthz within ${READY_WITHIN_MS / 1000} s:`,
  );
}

/** wrangler's own words go to a file; on the screen they would drown ours. */
function keepOutput(child: ChildProcess, path: string, verbose: boolean): void {
  const log = createWriteStream(path, { mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log.write(chunk);
      if (verbose) {
        process.stderr.write(chunk);
      }
    });
  }
  child.once("close", () => log.end());
}

function hasFlag(tokens: readonly string[], flag: string): boolean {
  return tokens.some((token) => token === flag || token.startsWith(`${flag}=`));
}

async function lastLines(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-30)
    .map((line) => `  ${line}`)
    .join("\n");
}

async function runWrangler(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [WRANGLER, ...args], {
      cwd: ROOT,
      env: environment(),
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const said =
      error instanceof Error && "stderr" in error ? String(error.stderr) : messageOf(error);
    throw new Refusal(`wrangler ${args.slice(0, 3).join(" ")} failed:\n${said.trim()}`);
  }
}

/** Quiet, without network beyond this machine, and with no variable but those we wrote down. */
function environment(): NodeJS.ProcessEnv {
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
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_LOG_SANITIZE: "true",
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
