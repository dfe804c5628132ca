import { startFakeSeam } from "../test/fakes/seam.ts";
import { startRuntime } from "./runtime.ts";
import { printTable, rate, ratio } from "./table.ts";

/** What a source allows in any second, and what is configured for it. */
interface Case {
  readonly limit: number;
  readonly configured: number;
  readonly said: string;
}

const CASES: readonly Case[] = [5, 50, 500].flatMap((limit) => [
  { limit, configured: limit, said: "as it is" },
  { limit, configured: 10_000, said: "not at all" },
]);

/**
 * How much of a provider's limit a sweep uses, and how often it is refused: where `per_second` says
 * the limit, and where only the 429s tell it. Each sweep is long enough to last `seconds` at the limit.
 */
export async function benchPacing(script: string, seconds: number): Promise<void> {
  const rows: string[][] = [];
  for (const one of CASES) {
    rows.push(await measure(script, one, seconds));
  }
  printTable(
    `pace under a provider's limit, ${seconds} s of work each (calls answered otherwise than 429)`,
    [
      "limit",
      "per_second says it",
      "calls",
      "share of the limit",
      "429s per 1,000 calls",
      "bound by",
    ],
    rows,
  );
}

async function measure(
  script: string,
  { limit, configured, said }: Case,
  seconds: number,
): Promise<string[]> {
  const now = Date.now();
  const fake = await startFakeSeam({ latency_ms: 5, rate_limit: { per_second: limit } });
  const runtime = await startRuntime(script, {
    SEAM_API_KEY: fake.apiKey,
    SEAM_ENDPOINT: fake.url,
    SOURCES: JSON.stringify({ client_sessions: { per_second: configured } }),
  });
  try {
    const sessions = Math.ceil((limit * seconds) / 2);
    fake.seed({
      sessions: Array.from({ length: sessions }, () => ({
        client_session_id: crypto.randomUUID(),
        expires_at: new Date(now - 3_600_000).toISOString(),
        created_at: new Date(now - 7_200_000).toISOString(),
      })),
    });
    const { status, speed } = await runtime.ask<{ status: string; speed: string | null }>("sweep", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
      mode: "enforce",
      brake: { percent: 100 },
      verify: 0,
    });
    if (status !== "completed") {
      throw new Error(`the sweep ended ${status}`);
    }
    const calls = fake.calls().filter(({ path }) => path !== "/client_sessions/list");
    const refused = calls.filter((call) => call.status === 429).length;
    const first = Math.min(...calls.map(({ started_at: at }) => at));
    const last = Math.max(...calls.map(({ ended_at: at }) => at ?? 0));
    const taken = calls.length - refused;
    return [
      rate(limit, 1000),
      said,
      String(calls.length),
      ratio((taken * 1000) / (last - first) / limit),
      ((refused * 1000) / calls.length).toFixed(1),
      speed ?? "",
    ];
  } finally {
    await runtime.close();
    await fake.close();
  }
}
