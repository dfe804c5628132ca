import { startFakeSeam } from "../test/fakes/seam.ts";
import { startRuntime } from "./runtime.ts";
import { printTable } from "./table.ts";

const LATENCIES = [20, 200];

/** Removals that must be under way before the switch is turned. */
const FIRST = 30;

/** How long calls are still looked for after the answer. */
const WATCHED_MS = 3000;

/**
 * How long the switch takes to answer in the middle of an upstream sweep, and how many removals go out
 * after its answer: none may.
 */
export async function benchSwitch(script: string, runs: number): Promise<void> {
  const rows: string[][] = [];
  for (const latency of LATENCIES) {
    for (let run = 0; run < runs; run++) {
      rows.push(await turnOnce(script, latency));
    }
  }
  printTable(
    "switch: turned while an upstream sweep removes",
    ["latency", "answered in", "of one call", "removals before", "removals after (goal: none)"],
    rows,
  );
}

async function turnOnce(script: string, latency: number): Promise<string[]> {
  const now = Date.now();
  const fake = await startFakeSeam({ latency_ms: latency });
  const runtime = await startRuntime(script, {
    SEAM_API_KEY: fake.apiKey,
    SEAM_ENDPOINT: fake.url,
    SOURCES: JSON.stringify({ client_sessions: { per_second: 10_000 } }),
  });
  const removals = (): { started_at: number }[] =>
    fake.calls().filter(({ path }) => path === "/client_sessions/delete");
  try {
    fake.seed({
      sessions: Array.from({ length: 2000 }, () => ({
        client_session_id: crypto.randomUUID(),
        expires_at: new Date(now - 3_600_000).toISOString(),
        created_at: new Date(now - 7_200_000).toISOString(),
      })),
    });
    await runtime.ask("start", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
      mode: "enforce",
      brake: { percent: 100 },
      verify: 0,
    });
    await waitFor(() => removals().length >= FIRST);
    const turned = await runtime.ask<{ ms: number; in_force: Record<string, boolean> }>("switch");
    const answeredAt = performance.timeOrigin + performance.now();
    if (Object.values(turned.in_force).includes(false)) {
      throw new Error("the switch is not in force");
    }
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const after = removals().filter(({ started_at: at }) => at > answeredAt).length;
    return [
      `${latency} ms`,
      `${turned.ms} ms`,
      (turned.ms / latency).toFixed(1),
      String(removals().length - after),
      String(after),
    ];
  } finally {
    await runtime.close();
    await fake.close();
  }
}

async function waitFor(isTrue: () => boolean): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 5) {
    if (waited > 60_000) {
      throw new Error("the sweep did not come to its removals within a minute");
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
