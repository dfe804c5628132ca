import { rmSync } from "node:fs";
import { createState, startRuntime, type BenchRuntime } from "./runtime.ts";
import { printTable } from "./table.ts";

/** The share of what is due that has gone when the runtime is killed. */
const KILLED_AT = 0.3;

/** How long a sweep takes to go on after SIGKILL, told that a tick has come as soon as the runtime is back. */
export async function benchRecovery(script: string, total: number, runs: number): Promise<void> {
  const rows: string[][] = [];
  for (let run = 0; run < runs; run++) {
    rows.push([`run ${run + 1}`, ...(await killOnce(script, total))]);
  }
  printTable(
    `recovery: SIGKILL in the middle of a sweep of ${(total / 2).toLocaleString("en")}`,
    [
      "",
      "gone before",
      "runtime back",
      "tick to the next removal",
      "tick to the end",
      "due and left (goal: 0)",
    ],
    rows,
  );
}

async function killOnce(script: string, total: number): Promise<string[]> {
  const due = total / 2;
  const now = Date.now();
  const state = createState();
  try {
    const first = await startRuntime(script, {}, state);
    await first.fillStore({ total, due, now });
    const { id } = await first.ask<{ id: string }>("start", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
      mode: "enforce",
      budget: { items: due },
      brake: { percent: 100 },
    });
    const before = await until(first, now, (left) => left < due * (1 - KILLED_AT));
    await first.kill();
    const killed = performance.now();
    const second = await startRuntime(script, {}, state);
    try {
      const back = performance.now();
      const there = await leftIn(second, now);
      if (there === 0) {
        throw new Error("the sweep had ended before it was killed: take more sessions");
      }
      await second.ask("wake");
      const woken = performance.now();
      await until(second, now, (left) => left < there);
      const resumed = performance.now();
      const status = await ended(second, id);
      const done = performance.now();
      const left = await leftIn(second, now);
      if (status !== "completed") {
        throw new Error(`the sweep ended ${status}`);
      }
      return [
        (due - before).toLocaleString("en"),
        `${((back - killed) / 1000).toFixed(2)} s`,
        `${(resumed - woken).toFixed(0)} ms`,
        `${((done - woken) / 1000).toFixed(1)} s`,
        String(left),
      ];
    } finally {
      await second.close();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

async function leftIn(runtime: BenchRuntime, now: number): Promise<number> {
  return (await runtime.ask<{ due: number }>("left", { now })).due;
}

async function until(
  runtime: BenchRuntime,
  now: number,
  isEnough: (left: number) => boolean,
): Promise<number> {
  for (;;) {
    const left = await leftIn(runtime, now);
    if (isEnough(left)) {
      return left;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function ended(runtime: BenchRuntime, id: string): Promise<string> {
  for (;;) {
    const report = await runtime.ask<{ status: string; finished_at: string | null }>("report", {
      id,
    });
    if (report.finished_at !== null) {
      return report.status;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
