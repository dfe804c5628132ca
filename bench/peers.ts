import { existsSync } from "node:fs";
import { join } from "node:path";
import { policyOf, type Swept } from "./embedded.ts";
import { betterAuth } from "./peers/better_auth.ts";
import { postgres } from "./peers/postgres.ts";
import { sessionStore } from "./peers/session_store.ts";
import type { PeerFill, PeerResult } from "./peers/sessions.ts";
import type { BenchRuntime } from "./runtime.ts";
import { rawSqlite } from "./sqlite_raw.ts";
import { printTable, rate, ratio } from "./table.ts";

const LETHE = "Lethe: embedded sweep, in workerd";

/** Says how to install the peers where they are not: they are no part of the main install. */
export function missingPeers(): string | null {
  return existsSync(join(import.meta.dirname, "peers/node_modules"))
    ? null
    : "the peers are not installed: npm ci --prefix bench/peers --ignore-scripts";
}

/** Lethe's embedded sweep beside what other session stores do about expired sessions, in one run. */
export async function benchPeers(
  runtime: BenchRuntime,
  total: number,
  runs: number,
): Promise<void> {
  const results = new Map<string, PeerResult[]>();
  for (let run = 0; run < runs; run++) {
    const fill: PeerFill = { total, due: total / 2, now: Date.now() };
    for (const result of await runAll(runtime, fill)) {
      results.set(result.way, [...(results.get(result.way) ?? []), result]);
    }
  }
  const own = medianMs(results.get(LETHE) ?? []);
  printTable(
    `expired sessions removed: ${(total / 2).toLocaleString("en")} of ${total.toLocaleString("en")}, median of ${runs}`,
    ["way", "sessions", "time against Lethe's", "longest statement"],
    [...results].map(([way, measured]) => [
      way,
      rate(total / 2, medianMs(measured)),
      ratio(medianMs(measured) / own),
      longestOf(measured),
    ]),
  );
  if (![...results.keys()].some((way) => way.startsWith("PostgreSQL"))) {
    console.log("  PostgreSQL is left out: no initdb on the PATH or under /usr/lib/postgresql\n");
  }
}

async function runAll(runtime: BenchRuntime, fill: PeerFill): Promise<PeerResult[]> {
  const { total, due, now } = fill;
  await runtime.fillStore(fill);
  const swept = await runtime.ask<Swept>("sweep", policyOf(due));
  if (swept.status !== "completed" || swept.dispositions["deleted"] !== due) {
    throw new Error(`the sweep did not do its work: ${JSON.stringify(swept)}`);
  }
  await runtime.fillStore(fill);
  const bare = await runtime.ask<Swept>("bare", { batch: 1000, now });
  const raw = rawSqlite(total, due, now).filter(({ way }) => way !== "batches of 5000");
  return [
    { way: LETHE, removed: due, ms: swept.ms, longest_ms: swept.longest_ms },
    {
      way: "bare DELETE of 1000 at a time, in workerd",
      removed: due,
      ms: bare.ms,
      longest_ms: bare.longest_ms,
    },
    ...raw.map(({ way, ...one }) => ({ way: `SQLite in process: ${way}`, removed: due, ...one })),
    ...(await betterAuth(fill)),
    ...(await sessionStore(fill)),
    ...((await postgres(fill)) ?? []),
  ];
}

function medianMs(results: readonly PeerResult[]): number {
  const sorted = results.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function longestOf(results: readonly PeerResult[]): string {
  const known = results.flatMap(({ longest_ms: ms }) => (ms === null ? [] : [ms]));
  return known.length === 0 ? "one session each" : `${Math.max(...known).toFixed(0)} ms`;
}
