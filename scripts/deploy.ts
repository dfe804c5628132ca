import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { deploy, HELP } from "./deploy/deploy.ts";

const ROOT = join(import.meta.dirname, "..");

// npm run deploy: the tables, then the Worker. What it does stands in HELP; in which order, in deploy/.

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) {
  console.log(HELP);
} else {
  process.exitCode = await deploy(args, {
    run,
    isFile: (path) => existsSync(path),
    read: (path) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : null),
    say: (line) => console.error(line),
  });
}

/**
 * Runs the wrangler of the path, which npm begins with ours, on this terminal; `seen` is told what it prints.
 * A signal of ours reaches it as well.
 */
async function run(tokens: readonly string[], seen?: (text: string) => void): Promise<number> {
  const output = seen === undefined ? "inherit" : "pipe";
  const path = [process.env["PATH"], join(ROOT, "node_modules/.bin")].join(delimiter);
  const child = spawn("wrangler", tokens, {
    cwd: ROOT,
    stdio: ["inherit", output, output],
    env: { ...process.env, PATH: path },
    shell: process.platform === "win32",
  });
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from?.on("data", (chunk: Buffer) => {
      to.write(chunk);
      seen?.(chunk.toString());
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
