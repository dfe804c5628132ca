import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { METRICS, type MetricName, type Sample } from "../../../src/core/report/metrics.ts";
import type { NewsItem } from "../../../src/contract/custodian.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { createHarness, keyFor } from "../../support/openapi/harness.ts";
import { preview } from "../../support/preview_world.ts";
import { versionOf } from "../../support/guard_world.ts";
import {
  addAgentSessions,
  addClientSessions,
  clearPolicies,
  sweepOnce,
  writePolicy,
} from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openEngine();
const { registrar } = engine;
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };

beforeEach(async () => {
  await emptyStore();
  await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    for (const table of ["sweeps", "erasures", "erasure_parts", "counters", "gauges"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
  });
});

/** The values of one metric, by the labels that are asked for: of a counter, those that have counted. */
async function valuesOf(name: MetricName, ...labels: string[]): Promise<Record<string, number>> {
  const samples = await samplesOf(name);
  const isCounter = METRICS[name].type === "counter";
  return byLabels(isCounter ? samples.filter(({ value }) => value > 0) : samples, labels);
}

/** The samples of one metric. Each has the labels that the documents name. */
async function samplesOf(name: MetricName): Promise<Sample[]> {
  const samples = await registrar.metrics();
  for (const sample of samples) {
    expect(Object.keys(sample.labels).toSorted()).toEqual(METRICS[sample.name].labels.toSorted());
  }
  return samples.filter((sample) => sample.name === name);
}

function byLabels(samples: Sample[], labels: string[]): Record<string, number> {
  return Object.fromEntries(
    samples.map((one) => [labels.map((label) => one.labels[label]).join(" "), one.value]),
  );
}

describe("GET /metrics", () => {
  test("answers Prometheus' text format to a key with metrics:read, and to no other", async () => {
    const { ask, registrar: fake } = await createHarness();
    fake.samples = [{ name: "lethe_stalled", labels: { kind: "sweep" }, value: 2 }];
    const answer = await ask("/metrics", { key: keyFor("metrics:read") });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.text).toContain('\nlethe_stalled{kind="sweep"} 2\n');
    expect((await ask("/metrics", { key: null })).status).toBe(401);
    expect((await ask("/metrics", { key: keyFor("sweeps:read") })).status).toBe(403);
  });
});

describe("removals", () => {
  test("are counted by source, policy and disposition, over sweeps and erasures", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }, { id: "c", expired: -60, person: "jane" }]);
    await sweepOnce(engine, POLICY);
    await addClientSessions([{ id: "d" }]);
    await engine.sweep(Date.now() + 60_000);
    await addAgentSessions([{ id: "x", metadata: { user_id: "jane" } }]);
    await engine.erase([{ type: "user_identifier_key", value: "jane" }]);
    expect(await valuesOf("lethe_removals_total", "source", "policy", "disposition")).toEqual({
      "client_sessions p deleted": 3,
      "client_sessions  deleted": 1,
      "agent_sessions  deleted": 1,
    });
    expect(await valuesOf("lethe_sweeps_total", "policy", "status")).toEqual({ "p completed": 2 });
    expect(await valuesOf("lethe_erasures_total", "status")).toEqual({ completed: 1 });
    const { ask, registrar: fake } = await createHarness();
    fake.samples = await registrar.metrics();
    expect((await ask("/metrics")).text).not.toMatch(/jane|"[abcdx]"|w1|agt_1|swp_|ers_/);
  });

  test("are counted once, however often and in whatever order the news comes", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    const report = await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
    const news = (seq: number, deleted: number, status: SweepReport["status"]): NewsItem => ({
      source: "client_sessions",
      seq,
      news: { ...report, kind: "sweep", status, dispositions: { deleted }, account: null },
    });
    // The news of a source is numbered by its clock.
    const next = Date.now() + 1000;
    const [first, last] = [news(next, 10, "removing"), news(next + 1, 30, "completed")];
    await registrar.deliver([first, first]);
    expect(await valuesOf("lethe_removals_total", "disposition")).toEqual({ deleted: 10 });
    await registrar.deliver([last, first, last]);
    await registrar.deliver([last]);
    expect(await valuesOf("lethe_removals_total", "disposition")).toEqual({ deleted: 30 });
    expect(await valuesOf("lethe_sweeps_total", "status")).toEqual({ completed: 1 });
  });
});

test("counters that an alert watches begin at 0: what a scraper sees first as 1 has not risen for it", async () => {
  await engine.putPolicy("p", { ...POLICY, mode: "enforce", schedule: "0 0 1 1 *" });
  await engine.tick(Date.now());
  const removals = await samplesOf("lethe_removals_total");
  expect(byLabels(removals, ["source", "policy", "disposition"])).toEqual({
    "client_sessions p deleted": 0,
    "client_sessions  deleted": 0,
    "agent_sessions  deleted": 0,
  });
  const sweeps = await samplesOf("lethe_sweeps_total");
  expect(byLabels(sweeps, ["policy", "status"])).toMatchObject({ "p failed": 0, "p stalled": 0 });
  const callbacks = await samplesOf("lethe_callbacks_total");
  expect(byLabels(callbacks, ["type", "result"])).toMatchObject({ "tick.missing dropped": 0 });
});

test("a preview counts as no sweep of its policy", async () => {
  await sweepOnce(engine, { ...POLICY, mode: "observe" });
  const ages = await valuesOf("lethe_sweeps_total", "policy", "status");
  await preview(engine, POLICY);
  await preview(engine, { ...POLICY, mode: "enforce" });
  expect(await valuesOf("lethe_sweeps_total", "policy", "status")).toEqual(ages);
});

describe("what a policy shows", () => {
  test("its age since the last completed sweep, and the lag of its removals", async () => {
    await addClientSessions([{ id: "a", expired: 75 }]);
    const report = await sweepOnce(engine, POLICY);
    const ages = await valuesOf("lethe_seconds_since_completed_sweep", "source", "policy");
    expect(ages["client_sessions p"]).toBeLessThan(60);
    const lags = await valuesOf("lethe_lag_seconds", "quantile");
    expect(lags["1"]).toBeCloseTo(report.lag_seconds?.max ?? 0);
    expect(Object.keys(lags).toSorted()).toEqual(["0.5", "0.99", "1"]);
    // A sweep that removes nothing says nothing about lag.
    await engine.sweep(Date.now() + 60_000);
    expect(await valuesOf("lethe_lag_seconds", "quantile")).toEqual(lags);
  });

  test("an age from its first tick on while no sweep has completed", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
    await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
      sql.exec("UPDATE gauges SET since = since - 5000000");
    });
    const ages = await valuesOf("lethe_seconds_since_completed_sweep", "policy");
    expect(ages["p"]).toBeGreaterThan(5000);
    expect(await valuesOf("lethe_jobs", "kind", "status")).toEqual({ "sweep braked": 1 });
  });

  test("nothing once it is gone or off, and still while it is only invalid", async () => {
    await sweepOnce(engine, POLICY);
    await engine.putPolicy("p", { ...POLICY, mode: "enforce", expire: [] });
    await engine.tick(Date.now() + 60_000);
    expect(await valuesOf("lethe_seconds_since_completed_sweep", "policy")).toHaveProperty("p");
    expect(await valuesOf("lethe_policies_invalid")).toEqual({ "": 1 });
    await engine.putPolicy("p", { ...POLICY, mode: "off" });
    await engine.tick(Date.now() + 120_000);
    expect(await valuesOf("lethe_seconds_since_completed_sweep", "policy")).toEqual({});
  });
});

describe("what a policy has left", () => {
  const backlog = async (): Promise<Record<string, number>> => ({
    ...(await valuesOf("lethe_backlog")),
    oldest: (await valuesOf("lethe_oldest_overdue_seconds", "policy"))["p"] ?? -1,
    soon: (await valuesOf("lethe_due_next_24h", "policy"))["p"] ?? -1,
    drain: (await valuesOf("lethe_drain_seconds", "policy"))["p"] ?? -1,
  });

  test("beyond the budget, what is next, and for how long", async () => {
    await addClientSessions([
      { id: "a", expired: 600 },
      { id: "b", expired: 315 },
      { id: "c", expired: 75 },
      { id: "d", expired: -60 },
      { id: "e", expired: -600 },
      { id: "f", expired: -3000 },
    ]);
    const report = await sweepOnce(engine, { ...POLICY, budget: { items: 1 } });
    const left = await backlog();
    expect(left).toEqual({
      "": 2,
      oldest: expect.any(Number),
      soon: 2,
      drain: report.drain_seconds ?? -1,
    });
    expect(left["oldest"]).toBeGreaterThanOrEqual(18_000);
    expect(left["oldest"]).toBeLessThan(18_060);
    await clearPolicies();
    await engine.putPolicy("p", { ...POLICY, mode: "enforce" });
    await engine.sweep(Date.now() + 60_000);
    expect(await backlog()).toMatchObject({ "": 0, oldest: 0, drain: 0 });
  });

  test("is told while a plan waits, and without what is held", async () => {
    await addClientSessions([
      { id: "held", expired: 6000 },
      { id: "b", expired: 135 },
      { id: "c", expired: 75 },
    ]);
    const session = {
      kind: "session",
      source: "client_sessions",
      scope: "w1",
      id: "held",
    } as const;
    const hold = await placeHold(engine, session);
    await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
    const left = await backlog();
    expect(left[""]).toBe(3);
    expect(left["oldest"]).toBeGreaterThanOrEqual(7200);
    expect(left["oldest"]).toBeLessThan(7260);
    await registrar.releaseHold(hold.id, "root");
  });
});

test("the deployment: the last tick, sources that fail, what is on its way", async () => {
  await sweepOnce(engine, POLICY);
  const [tick] = Object.values(await valuesOf("lethe_last_tick_timestamp_seconds"));
  expect(Math.abs(Date.now() / 1000 - (tick ?? 0))).toBeLessThan(60);
  expect(await valuesOf("lethe_source_failing", "source")).toEqual({
    client_sessions: 0,
    agent_sessions: 0,
  });
  expect(await valuesOf("lethe_commands_pending")).toEqual({ "": 0 });
  expect(await valuesOf("lethe_stalled", "kind")).toEqual({ sweep: 0, erasure: 0 });
});

test("a sweep that a person starts before any tick has seen its policy leaves its trace", async () => {
  await clearPolicies();
  await addClientSessions([{ id: "a" }]);
  const version = versionOf({ mode: "observe" });
  await writePolicy(engine, "p", version, "anna");
  await registrar.startSweep(version, "anna", null);
  await engine.settled();
  expect(await valuesOf("lethe_backlog", "source", "policy")).toEqual({ "client_sessions p": 1 });
  // A tick to which KV does not show the version yet takes nothing away.
  await engine.tick();
  expect(await valuesOf("lethe_backlog", "source", "policy")).toEqual({ "client_sessions p": 1 });
});
