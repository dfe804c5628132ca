import type { BenchRuntime } from "./runtime.ts";
import { uuid } from "./store.ts";
import { printTable } from "./table.ts";

/** How long the same clients are measured while nothing else runs, in milliseconds. */
const ALONE_MS = 5000;

interface Waits {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

/**
 * How long a reader and a writer of single sessions wait: alone, beside a sweep, beside a bare loop with
 * the same batches, and beside the one DELETE that clean-up jobs run.
 */
export async function benchContention(runtime: BenchRuntime, total: number): Promise<void> {
  const now = Date.now();
  const due = total / 2;
  const fill = async (): Promise<void> => runtime.fillStore({ total, due, now });
  const rows: string[][] = [];
  const add = (way: string, { reads, writes }: Waits): void => {
    rows.push([way, String(reads.length + writes.length), ...told(reads), ...told(writes)]);
  };
  await fill();
  add(
    "alone",
    await beside(runtime, total, async () => {
      await new Promise((resolve) => setTimeout(resolve, ALONE_MS));
    }),
  );
  let batch = 1000;
  add(
    "beside the sweep",
    await beside(runtime, total, async () => {
      const swept = await runtime.ask<{ status: string; transactions: number }>("sweep", {
        source: "client_sessions",
        expire: [{ clock: "expires_at", after: "PT0S" }],
        mode: "enforce",
        budget: { items: due },
        brake: { percent: 100 },
      });
      if (swept.status !== "completed") {
        throw new Error(`the sweep ended ${swept.status}`);
      }
      batch = Math.round(due / swept.transactions);
    }),
  );
  for (const [way, size] of [
    [`beside a bare loop, batches of ${batch.toLocaleString("en")}`, batch],
    ["beside one DELETE", total],
  ] as const) {
    await fill();
    add(way, await beside(runtime, total, async () => runtime.ask("bare", { batch: size, now })));
  }
  printTable(
    `contention: waits of one reader and one writer, ${due.toLocaleString("en")} due among ${total.toLocaleString("en")}`,
    ["", "requests", "read: median", "p99", "max", "write: median", "p99", "max"],
    rows,
  );
}

/** One reader and one writer, each with the next request when it has its answer, while something runs. */
async function beside(
  runtime: BenchRuntime,
  total: number,
  work: () => Promise<unknown>,
): Promise<Waits> {
  const ended = new AbortController();
  const client = async (part: string): Promise<number[]> => {
    const waits: number[] = [];
    for (let n = 0; !ended.signal.aborted; n++) {
      const from = performance.now();
      await runtime.ask(part, { id: uuid((n * 7919) % total) });
      waits.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return waits;
  };
  const clients = [client("read-one"), client("write-one")];
  try {
    await work();
  } finally {
    ended.abort();
  }
  const [reads = [], writes = []] = await Promise.all(clients);
  return { reads, writes };
}

function told(waits: readonly number[]): string[] {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return [at(0.5), at(0.99), at(1)].map((ms) => `${ms.toFixed(1)} ms`);
}
