import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { readPolicyArguments } from "./policy/arguments.ts";
import { runPolicy, type PolicyWorld } from "./policy/run.ts";
import { Refusal } from "./start/arguments.ts";
import { paintFor } from "./start/paint.ts";

// npm run policy: policies as files. What it does stands in HELP; how, in policy/.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort());
}
// A reader that went away (`npm run policy -- diff | head`) ends the run as Ctrl-C does.
process.stdout.on("error", () => stop.abort());

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await runPolicy(readPolicyArguments(process.argv.slice(2), process.env), world());
  } catch (error) {
    if (stop.signal.aborted) {
      console.error("npm run policy: stopped; what was written stays written");
    } else {
      console.error(error instanceof Refusal ? `npm run policy: ${error.message}` : error);
    }
    return 2;
  }
}

function world(): PolicyWorld {
  const { signal } = stop;
  const isAsked = process.stdin.isTTY && process.stdout.isTTY;
  return {
    sources: process.env["SOURCES"],
    fetch: (input, init) => fetch(input, { ...init, signal: bothOf(init?.signal, signal) }),
    paint: paintFor(process.stdout.isTTY, process.env["NO_COLOR"]),
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
    ask: isAsked ? (question) => ask(question, signal) : null,
    now: Date.now,
    sleep: async (ms) => {
      await wait(ms, undefined, { signal });
    },
    goOn: () => signal.throwIfAborted(),
  };
}

function bothOf(one: AbortSignal | null | undefined, other: AbortSignal): AbortSignal {
  return one === null || one === undefined ? other : AbortSignal.any([one, other]);
}

async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
