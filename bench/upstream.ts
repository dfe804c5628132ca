import { startFakeSeam } from "../test/fakes/seam.ts";
import { startRuntime } from "./runtime.ts";
import { printTable, rate, ratio } from "./table.ts";

const WARM_UP = 60;

/** The upstream sweep against a bare window of six fetches, on the same fake in the same workerd. */
export async function benchUpstream(script: string, sessions: number, runs: number): Promise<void> {
  const rows: string[][] = [];
  for (const latency of [20, 50]) {
    for (let run = 0; run < runs; run++) {
      rows.push(await compare(script, latency, sessions));
    }
  }
  printTable(
    `upstream sweep: ${sessions} sessions, each read again and deleted (calls a second, reads counted)`,
    ["latency", "sweep", "bare window of 6", "ratio (goal: at least 0.95)", "most at once"],
    rows,
  );
}

async function compare(script: string, latency: number, sessions: number): Promise<string[]> {
  const now = Date.now();
  const fake = await startFakeSeam({ latency_ms: latency });
  const runtime = await startRuntime(script, {
    SEAM_API_KEY: fake.apiKey,
    SEAM_ENDPOINT: fake.url,
    SOURCES: JSON.stringify({ client_sessions: { per_second: 10_000 } }),
  });
  try {
    const seed = (count: number): string[] => {
      const ids = Array.from({ length: count }, () => crypto.randomUUID());
      fake.seed({
        sessions: ids.map((id) => ({
          client_session_id: id,
          expires_at: new Date(now - 3_600_000).toISOString(),
          created_at: new Date(now - 7_200_000).toISOString(),
        })),
      });
      return ids;
    };
    const bareRun = async (count: number): Promise<number> => {
      const ids = seed(count);
      const { ms, calls } = await runtime.ask<{ ms: number; calls: number }>("bare-upstream", {
        endpoint: fake.url,
        api_key: fake.apiKey,
        ids,
      });
      return (calls * 1000) / ms;
    };
    await bareRun(WARM_UP);
    const bare = await bareRun(sessions);
    seed(sessions);
    const from = fake.calls().length;
    const { status } = await runtime.ask<{ status: string }>("sweep", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
      mode: "enforce",
      brake: { percent: 100 },
      verify: 0,
    });
    if (status !== "completed") {
      throw new Error(`the sweep ended ${status}`);
    }
    // From the first re-read to the last removal: the list is not part of the window.
    const calls = fake
      .calls()
      .slice(from)
      .filter(({ path }) => path !== "/client_sessions/list");
    const first = Math.min(...calls.map(({ started_at: at }) => at));
    const last = Math.max(...calls.map(({ ended_at: at }) => at ?? 0));
    const swept = (calls.length * 1000) / (last - first);
    return [
      `${latency} ms`,
      rate(swept, 1000),
      rate(bare, 1000),
      ratio(swept / bare),
      String(fake.peakInFlight()),
    ];
  } finally {
    await runtime.close();
    await fake.close();
  }
}
