import { startFakeSeam } from "../test/fakes/seam.ts";
import { startRuntime, type BenchRuntime } from "./runtime.ts";
import { megabytes, printTable } from "./table.ts";

/** Peak heap of sweeps of different sizes: it must not grow with the number of sessions. */
export async function benchMemory(
  script: string,
  sizes: readonly number[],
  streamed: number,
): Promise<void> {
  const rows: string[][] = [];
  for (const total of sizes) {
    const runtime = await startRuntime(script, {});
    try {
      const now = Date.now();
      await runtime.fillStore({ total, due: total / 2, now });
      rows.push(await peakOf(runtime, `embedded, ${total.toLocaleString("en")} sessions`, total));
    } finally {
      await runtime.close();
    }
  }
  const fake = await startFakeSeam({
    seed: { generate: { count: streamed, seed: 7, expired_share: 0.3 } },
  });
  const runtime = await startRuntime(script, {
    SEAM_API_KEY: fake.apiKey,
    SEAM_ENDPOINT: fake.url,
    SOURCES: JSON.stringify({ client_sessions: { per_second: 10_000 } }),
  });
  try {
    rows.push(
      await peakOf(runtime, `Seam list, ${streamed.toLocaleString("en")} sessions, streamed`, 50),
    );
  } finally {
    await runtime.close();
    await fake.close();
  }
  printTable(
    "peak heap by the inspector (goal: the same, under 64 MB)",
    ["sweep", "before", "peak", "due", "seconds"],
    rows,
  );
}

async function peakOf(runtime: BenchRuntime, name: string, items: number): Promise<string[]> {
  const inspector = await runtime.inspect();
  const before = await inspector.heap();
  let peak = before;
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      peak = Math.max(peak, await inspector.heap());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const from = Date.now();
  const swept = await runtime.ask<{ status: string; counts: { due: number } }>("sweep", {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT0S" }],
    mode: "enforce",
    budget: { items },
    brake: { percent: 100 },
  });
  const seconds = (Date.now() - from) / 1000;
  ended.abort();
  await watching;
  inspector.close();
  if (swept.status !== "completed") {
    throw new Error(`the sweep ended ${swept.status}`);
  }
  return [
    name,
    megabytes(before),
    megabytes(peak),
    swept.counts.due.toLocaleString("en"),
    seconds.toFixed(1),
  ];
}
