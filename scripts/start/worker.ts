import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { Refusal } from "./arguments.ts";
import { boundedLog } from "./log.ts";
import { ROOT, WRANGLER, wranglerEnvironment } from "./wrangler.ts";
import { RUN_MARK, signalGroup } from "./processes.ts";
import type { StateFolder } from "./state.ts";

const LEADER = join(import.meta.dirname, "leader.ts");
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 5000;
const COMPLAINT_LINES = 15;
const LOG_BYTES = 4 * 1024 * 1024;

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
      ...(options.rest.some((token) => /^--inspector-port\b/.test(token))
        ? []
        : ["--inspector-port=0"]),
      "--show-interactive-dev-session=false",
      ...options.rest,
    ],
    {
      cwd: ROOT,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...wranglerEnvironment(),
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
    throw new Refusal(`${messageOf(error)}\n${await complaintIn(state.log_file)}`.trimEnd());
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
    await wait(100);
  }
  throw new Error(
    `the Worker did not answer at ${url}/healthz within ${READY_WITHIN_MS / 1000} s:`,
  );
}

/** wrangler's own words go to a file; on the screen they would drown ours. */
function keepOutput(child: ChildProcess, path: string, verbose: boolean): void {
  const log = boundedLog(path, LOG_BYTES);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log.write(chunk);
      if (verbose) {
        process.stderr.write(chunk);
      }
    });
  }
  child.once("close", () => log.close());
}

/** What wrangler complained of, or, if it did not, the last that it said. */
async function complaintIn(path: string): Promise<string> {
  const text = stripVTControlCharacters(await readFile(path, "utf8").catch(() => ""));
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const usage = lines.findIndex((line) => line.startsWith("wrangler dev"));
  const said = usage === -1 ? lines : lines.slice(0, usage);
  const error = said.findIndex((line) => line.includes("[ERROR]"));
  const shown =
    error === -1 ? said.slice(-COMPLAINT_LINES) : said.slice(error, error + COMPLAINT_LINES);
  return shown.map((line) => `  ${line}`).join("\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
