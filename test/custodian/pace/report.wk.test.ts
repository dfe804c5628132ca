import { afterEach, expect, test } from "vitest";
import type { PaceState } from "../../../src/custodian/tables/pace.ts";
import { NO_TOTALS, type PaceTotals } from "../../../src/core/pace/totals.ts";
import { startFake } from "../../support/fake_client.ts";
import {
  begin,
  newIds,
  outcomeOf,
  seamSession,
  timedCalls,
  upstream,
} from "../../support/sweep_upstream.ts";
import { openWorld } from "../../support/sweep_world.ts";

const fake = await startFake("seam");
const engine = await openWorld();
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT0S" }] };
const GET = "/client_sessions/get";

afterEach(() => fake.reset());

async function seed(count: number): Promise<void> {
  await fake.seed({ sessions: newIds(count).map((id) => seamSession(id)) });
}

async function stored(): Promise<{ state: PaceState; totals: PaceTotals }> {
  const [row] = await engine.rows<{ state: string; totals: string }>(
    "client_sessions",
    "SELECT state, totals FROM pace",
  );
  return {
    state: JSON.parse(row?.state ?? "{}") as PaceState,
    totals: row === undefined ? NO_TOTALS : (JSON.parse(row.totals) as PaceTotals),
  };
}

test.for([
  ["connections", 1000, {}],
  ["rate", 20, {}],
  ["budget", 1000, { budget: { per_second: 20 } }],
] as const)("a report says that its speed was bound by %s", async ([speed, perSecond, policy]) => {
  await engine.configure(upstream({ seam: fake.url }, perSecond));
  await seed(15);
  await fake.configure({ latency_ms: 25 });
  const report = await outcomeOf(engine, await begin(engine, { ...POLICY, ...policy }));
  expect(report).toMatchObject({ status: "completed", dispositions: { deleted: 15 }, speed });
  const { [speed]: most, ...others } = report.bound_by;
  expect(most).toBeGreaterThan(Math.max(...Object.values(others)));
  const took = Date.parse(report.finished_at ?? "") - Date.parse(report.created_at);
  const sum = Object.values(report.bound_by).reduce((all, seconds) => all + seconds, 0);
  expect(sum).toBeLessThanOrEqual(took / 1000 + 0.3);
});

test("a source that fails is left alone, tried by one call, and swept when it answers again", async () => {
  await engine.configure(upstream({ seam: fake.url }));
  const before = (await stored()).totals.calls_by_status;
  await seed(30);
  await fake.faults({ kind: "status", status: 500, times: "always", match: { path: GET } });
  const id = await begin(engine, POLICY);
  await expect
    .poll(async () => (await stored()).state.breaker?.opened, { timeout: 15_000 })
    .toBeGreaterThanOrEqual(2);
  await fetch(`${fake.url}/_fake/faults`, { method: "POST", body: '{"clear":true}' });
  const report = await outcomeOf(engine, id);
  expect(report).toMatchObject({
    status: "completed",
    dispositions: { deleted: 30 },
    speed: "faults",
  });
  expect(report.bound_by.faults).toBeGreaterThan(1.9);
  const calls = await timedCalls(fake);
  const failed = calls.filter(({ status }) => status === 500);
  expect(failed.length).toBeLessThan(25);
  // The last of them was a probe: alone, after a rest, and with nothing else under way.
  const probe = failed.at(-1);
  const neighbours = calls.filter(
    ({ n, started_at: at }) => n !== probe?.n && Math.abs(at - (probe?.started_at ?? 0)) < 1500,
  );
  expect(neighbours).toEqual([]);
  const { state, totals } = await stored();
  expect(state.breaker.state).toBe("closed");
  expect(totals.calls_by_status["5xx"] - before["5xx"]).toBe(failed.length);
  expect(totals.calls_by_status["2xx"] - before["2xx"]).toBe(61);
}, 40_000);

test("a 429 halves the rate, counts the time it took, and is remembered by the next slice", async () => {
  await engine.configure(upstream({ seam: fake.url }));
  const before = (await stored()).totals;
  await seed(40);
  await fake.faults({ kind: "status", status: 429, skip: 20, match: { path: GET } });
  const report = await outcomeOf(engine, await begin(engine, POLICY));
  expect(report).toMatchObject({ status: "completed", dispositions: { deleted: 40 } });
  expect(report.bound_by.rate).toBeGreaterThan(0.9);
  const { state, totals } = await stored();
  expect(state.learnt?.ceiling).toBeLessThan(1000);
  expect(totals.calls_by_status["429"] - before.calls_by_status["429"]).toBe(1);
  expect(totals.throttled_ms - before.throttled_ms).toBe(1000);
});
