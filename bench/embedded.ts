import { rawSqlite } from "./sqlite_raw.ts";
import type { BenchRuntime } from "./runtime.ts";
import { printTable, rate, ratio } from "./table.ts";

/** What the bench Worker answers of one sweep. */
export interface Swept {
  readonly status: string;
  readonly ms: number;
  readonly dispositions: Readonly<Record<string, number>>;
  readonly transactions: number;
  readonly longest_ms: number;
}

/** The embedded sweep against a bare loop of DELETEs in the same workerd, and against raw SQLite. */
export async function benchEmbedded(
  runtime: BenchRuntime,
  total: number,
  runs: number,
): Promise<void> {
  const due = total / 2;
  const now = Date.now();
  const rows: string[][] = [];
  const ratios: number[] = [];
  for (let run = 0; run < runs; run++) {
    await runtime.fillStore({ total, due, now });
    await runtime.ask<Swept>("sweep", NOTHING_DUE);
    const swept = await runtime.ask<Swept>("sweep", policyOf(due));
    if (swept.status !== "completed" || swept.dispositions["deleted"] !== due) {
      throw new Error(`the sweep did not do its work: ${JSON.stringify(swept)}`);
    }
    const batch = Math.round(due / swept.transactions);
    await runtime.fillStore({ total, due, now });
    const bare = await runtime.ask<Swept & { removed: number }>("bare", { batch, now });
    ratios.push(swept.ms / bare.ms);
    rows.push([
      `run ${run + 1}`,
      rate(due, swept.ms),
      rate(due, bare.ms),
      ratio(swept.ms / bare.ms),
      String(batch),
      `${swept.longest_ms.toFixed(0)} / ${bare.longest_ms.toFixed(0)} ms`,
    ]);
  }
  printTable(
    `embedded sweep: ${due.toLocaleString("en")} due among ${total.toLocaleString("en")}`,
    ["", "sweep", "bare DELETE", "time ratio", "mean batch", "longest statement"],
    rows,
  );
  console.log(
    `  median ratio ${ratio(ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN)} (goal: at most 1.50)\n`,
  );
  printTable(
    "raw SQLite in process, same schema and rows (WAL, synchronous FULL)",
    ["way", "rows/s", "longest statement"],
    rawSqlite(total, due, now).map(({ way, ms, longest_ms: longest }) => [
      way,
      rate(due, ms),
      `${longest.toFixed(0)} ms`,
    ]),
  );
}

const NOTHING_DUE = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "P50Y" }],
  mode: "enforce",
};

/** Everything that has expired, in one sweep of so many. */
export function policyOf(items: number): unknown {
  return {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT0S" }],
    mode: "enforce",
    budget: { items },
    brake: { percent: 100 },
  };
}
