import type { Measures } from "./measured_store.ts";
import { startRuntime } from "./runtime.ts";
import { printTable } from "./table.ts";

interface Ticked extends Measures {
  readonly status: string;
  readonly ms: number;
}

const POLICIES: readonly (readonly [string, object])[] = [
  ["one clock", { expire: [{ clock: "expires_at", after: "PT0S" }] }],
  [
    "the newest of each person stay",
    { expire: [{ clock: "expires_at", after: "PT0S" }], keep: { latest: 2 } },
  ],
];

/** What a tick reads that finds nothing due: a third of the sessions has no expiry, the others live. */
export async function benchIdle(script: string, sizes: readonly number[]): Promise<void> {
  const rows: string[][] = [];
  for (const sessions of sizes) {
    const runtime = await startRuntime(script, {});
    try {
      await runtime.fillStore({ total: sessions, due: 0, now: Date.now(), undated: true });
      for (const [name, policy] of POLICIES) {
        const tick = async (): Promise<Ticked> => {
          const ticked = await runtime.ask<Ticked>("sweep", {
            source: "client_sessions",
            mode: "enforce",
            ...policy,
          });
          if (ticked.status !== "completed") {
            throw new Error(`the sweep ended ${ticked.status}`);
          }
          return ticked;
        };
        const first = await tick();
        const next = await tick();
        rows.push([
          sessions.toLocaleString("en"),
          name,
          first.rows_read.toLocaleString("en"),
          String(next.rows_read),
          String(next.object_rows_read),
          `${next.ms} ms`,
        ]);
      }
    } finally {
      await runtime.close();
    }
  }
  printTable(
    "idle: rows that a tick reads when nothing is due (goal: a handful, at any size)",
    [
      "sessions",
      "policy",
      "of the store, once an hour",
      "of the store, each tick",
      "of its own tables",
      "time",
    ],
    rows,
  );
}
