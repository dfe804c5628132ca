import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { watchOutput } from "../start/written.ts";
import { Declined, type ExitCode } from "./exit.ts";
import { runLethe } from "./program.ts";
import type { Printed, World } from "./world.ts";

const ROOT = join(import.meta.dirname, "../..");

// npx lethe. What it does stands in its help; how, in commands/.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort());
}
const written = watchOutput(() => stop.abort());

const outcome = await runLethe(process.argv.slice(2), world());
const unwritten = await written.end();
if (unwritten !== null) {
  console.error(`lethe: ${unwritten}`);
  process.exitCode = 4 satisfies ExitCode;
} else {
  process.exitCode = written.failure() === null ? outcome : (141 satisfies ExitCode);
}

function world(): World {
  const { signal } = stop;
  return {
    env: process.env,
    home: homedir(),
    fetch: (input, init) => {
      const signals = [signal, init?.signal ?? signal];
      return fetch(input, { ...init, signal: AbortSignal.any(signals) });
    },
    columns: process.stdout.isTTY ? Math.max(40, process.stdout.columns || 80) : null,
    write: (out) => process.stdout.write(out),
    complain: (line) => console.error(line),
    ask: process.stdin.isTTY && process.stderr.isTTY ? ask : null,
    readInput: () => text(process.stdin),
    run,
    read,
    now: Date.now,
    random: (length) => randomBytes(length),
    sleep: async (ms) => {
      await wait(ms, undefined, { signal });
    },
    goOn: () => signal.throwIfAborted(),
    isStopped: () => signal.aborted,
    isUnread: () => written.failure() !== null,
  };
}

/** Asks beside the output. What is typed of a secret is not shown. */
async function ask(question: string, isSecret: boolean): Promise<string> {
  let isMute = false;
  let isAnswered = false;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!isMute) {
        process.stderr.write(chunk);
      }
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  // readline takes Ctrl-C for itself.
  terminal.once("SIGINT", () => stop.abort());
  try {
    const answer = terminal.question(question, { signal: stop.signal });
    isMute = isSecret;
    // A question would wait for ever for an input that has ended.
    const none = new Promise<string>((_, reject) => {
      terminal.once("close", () => reject(new Declined("the input has ended before the answer")));
    });
    const typed = await Promise.race([answer, none]);
    isAnswered = true;
    return typed;
  } finally {
    terminal.close();
    if (isSecret || !isAnswered) {
      process.stderr.write("\n");
    }
  }
}

/** Runs a program of ours on this terminal: a command line is seen by others, so secrets go to its input. */
async function run(
  program: string,
  args: readonly string[],
  input: string | null,
): Promise<number> {
  const child = start(program, args, [input === null ? "inherit" : "pipe", "inherit", "inherit"]);
  child.stdin?.end(input);
  return endOf(child);
}

async function read(program: string, args: readonly string[]): Promise<Printed> {
  const child = start(program, args, ["ignore", "pipe", "pipe"]);
  const [out, errors, code] = await Promise.all([
    child.stdout === null ? "" : text(child.stdout),
    child.stderr === null ? "" : text(child.stderr),
    endOf(child),
  ]);
  return { code, out, errors };
}

function start(program: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn(program, args, { cwd: ROOT, stdio, shell: process.platform === "win32" });
}

async function endOf(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
