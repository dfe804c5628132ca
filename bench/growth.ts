import type { Measures } from "./measured_store.ts";
import { startRuntime } from "./runtime.ts";
import { printTable, ratio } from "./table.ts";

/** Sessions swept at each size, at least, so that small sizes are not one short run. */
const AT_LEAST = 20_000;

interface Swept extends Measures {
  readonly status: string;
  readonly ms: number;
  readonly dispositions: Readonly<Record<string, number>>;
}

interface Size {
  readonly sessions: number;
  readonly swept: Swept;
  readonly each: number;
  readonly bare: number;
}

/** Sweep time per session from size to size, beside a bare loop at the same sizes; half of all is due. */
export async function benchGrowth(script: string, sizes: readonly number[]): Promise<void> {
  const measured: Size[] = [];
  for (const sessions of sizes) {
    measured.push(await measure(script, sessions));
  }
  printTable(
    "growth: embedded sweep, half of the sessions due",
    [
      "sessions",
      "each",
      "to the size before (goal: at most 1.05)",
      "bare DELETE, each",
      "to the size before",
      "time ratio",
      "longest statement: removal / other / of the object (goal: 50 ms)",
      "longest slice (goal: 30 s)",
    ],
    measured.map(({ sessions, swept, each, bare }, index) => {
      const before = measured[index - 1];
      return [
        sessions.toLocaleString("en"),
        `${each.toFixed(0)} µs`,
        before === undefined ? "" : ratio(each / before.each),
        `${bare.toFixed(0)} µs`,
        before === undefined ? "" : ratio(bare / before.bare),
        ratio(each / bare),
        [swept.longest_ms, swept.longest_query_ms, swept.object_longest_ms]
          .map((ms) => ms.toFixed(0))
          .join(" / "),
        `${(swept.longest_slice_ms / 1000).toFixed(1)} s`,
      ];
    }),
  );
}

async function measure(script: string, sessions: number): Promise<Size> {
  const due = sessions / 2;
  const runs = Math.max(1, Math.ceil(AT_LEAST / sessions));
  const all: { swept: Swept; each: number; bare: number }[] = [];
  const runtime = await startRuntime(script, {});
  try {
    for (let run = 0; run < runs; run++) {
      const now = Date.now();
      await runtime.fillStore({ total: sessions, due, now });
      const swept = await runtime.ask<Swept>("sweep", {
        source: "client_sessions",
        expire: [{ clock: "expires_at", after: "PT0S" }],
        mode: "enforce",
        budget: { items: due },
        brake: { percent: 100 },
      });
      if (swept.status !== "completed" || swept.dispositions["deleted"] !== due) {
        throw new Error(`the sweep did not do its work: ${JSON.stringify(swept)}`);
      }
      await runtime.fillStore({ total: sessions, due, now });
      const batch = Math.max(100, Math.round(due / swept.transactions));
      const { ms } = await runtime.ask<{ ms: number }>("bare", { batch, now });
      all.push({ swept, each: (swept.ms * 1000) / due, bare: (ms * 1000) / due });
    }
  } finally {
    await runtime.close();
  }
  const middle = all.toSorted((a, b) => a.each - b.each)[Math.floor(all.length / 2)];
  const bare = all.map((one) => one.bare).toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
  if (middle === undefined || bare === undefined) {
    throw new Error("nothing was measured");
  }
  return { sessions, swept: middle.swept, each: middle.each, bare };
}
