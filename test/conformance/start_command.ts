import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";

/** `npm start` as a person runs it, without the npm around it. */
export interface StartCommand {
  readonly pid: number;
  /** Waits until the output holds a text; fails with the whole output when the command ended first. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: "SIGINT" | "SIGTERM" | "SIGKILL"): void;
  /** Everything it said, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Runs the command on a state folder; killed when the test ends. */
export function runStart(folder: string, ...args: readonly string[]): StartCommand {
  const { kill, ...command } = spawnStart(folder, ...args);
  onTestFinished(kill);
  return command;
}

/** Runs the command on a state folder, for several tests: whoever calls ends it. */
export function spawnStart(
  folder: string,
  ...args: readonly string[]
): StartCommand & { kill(): Promise<void> } {
  const child = spawn(
    process.execPath,
    ["--", "scripts/start.ts", "--persist-to", folder, "--port", "0", ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } },
  );
  const { pid } = child;
  if (pid === undefined) {
    throw new Error("the command did not start");
  }
  let output = "";
  let hasEnded = false;
  const waiting = new Set<() => void>();
  const hear = (text: string): void => {
    output += stripVTControlCharacters(text);
    for (const wake of waiting) {
      wake();
    }
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once("close", (code) => {
      hasEnded = true;
      hear("");
      resolve({ code, output });
    });
  });
  return {
    pid,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    ended,
    signal: (name) => child.kill(name),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found !== null) {
            waiting.delete(look);
            resolve(found);
          } else if (hasEnded) {
            waiting.delete(look);
            reject(new Error(`it ended without ${String(pattern)}:\n${output}`));
          }
        };
        waiting.add(look);
        look();
      }),
  };
}

/** An empty state folder; removed when the test ends. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lethe-state-"));
  onTestFinished(() =>
    rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  );
  return folder;
}

/** The process group that a running start has written down. */
export async function groupOf(folder: string): Promise<number> {
  const lock = JSON.parse(await readFile(join(folder, "start.lock"), "utf8")) as { group: number };
  return lock.group;
}
