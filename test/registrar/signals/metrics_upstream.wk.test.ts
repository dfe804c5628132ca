import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import type { MetricName } from "../../../src/core/report/metrics.ts";
import type { SourceNews } from "../../../src/contract/custodian.ts";
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
const { registrar } = engine;
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT0S" }] };

const points: AnalyticsEngineDataPoint[] = [];
const METRICS = {
  writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point),
} as unknown as string;

afterEach(async () => {
  await fake.reset();
  points.length = 0;
});

/** The values of one metric for the source of these tests, by one label. */
async function valuesOf(name: MetricName, label: string): Promise<Record<string, number>> {
  const samples = await registrar.metrics();
  return Object.fromEntries(
    samples
      .filter((one) => one.name === name && one.labels["source"] === "client_sessions")
      .map(({ labels, value }) => [labels[label] ?? "", value]),
  );
}

async function sweep(count: number): Promise<void> {
  await fake.seed({ sessions: newIds(count).map((id, n) => seamSession(id, 60 + n)) });
  await outcomeOf(engine, await begin(engine, POLICY));
}

describe("what a source was asked", () => {
  test("is counted by status and told at the end of each slice, with its rests and its pace", async () => {
    await engine.configure({ ...upstream({ seam: fake.url }, 500), METRICS });
    await fake.faults({ kind: "status", status: 429, headers: { "retry-after": "1" } });
    await sweep(5);
    const calls = await valuesOf("lethe_upstream_calls_total", "status");
    const made = await timedCalls(fake);
    expect(calls).toEqual({
      "2xx": made.filter(({ status }) => status === 200).length,
      "3xx": 0,
      "4xx": 0,
      "404": made.filter(({ status }) => status === 404).length,
      "429": 1,
      "5xx": 0,
      none: 0,
    });
    const throttled = await valuesOf("lethe_throttled_seconds_total", "source");
    expect(throttled["client_sessions"]).toBeGreaterThan(0.9);
    expect(throttled["client_sessions"]).toBeLessThan(1.1);
    expect(await valuesOf("lethe_breaker_state", "state")).toEqual({
      closed: 1,
      half_open: 0,
      open: 0,
    });
    const rate = await valuesOf("lethe_upstream_rate", "source");
    expect(rate["client_sessions"]).toBeGreaterThan(0);
    const { sources } = await registrar.health();
    const pace = sources["client_sessions"]?.pace;
    expect(pace).toMatchObject({ breaker: "closed", rate: rate["client_sessions"], limit: 500 });
    expect(pace?.answered_at).not.toBeNull();
    expect(rate["client_sessions"]).toBeLessThanOrEqual(500);
  });

  test("goes on from what it was, and one point a slice says what rose", async () => {
    await engine.configure({ ...upstream({ seam: fake.url }), METRICS });
    const before = await valuesOf("lethe_upstream_calls_total", "status");
    await sweep(4);
    const after = await valuesOf("lethe_upstream_calls_total", "status");
    const made = await timedCalls(fake);
    const sum = (of: Record<string, number>): number =>
      Object.values(of).reduce((total, n) => total + n, 0);
    expect(sum(after) - sum(before)).toBe(made.length);
    expect(points.length).toBeGreaterThan(0);
    for (const { indexes, blobs, doubles } of points) {
      expect(indexes).toEqual(["client_sessions"]);
      expect(blobs).toEqual(["slice.done", "client_sessions", "closed"]);
      expect(doubles).toHaveLength(10);
    }
    const total = (at: number): number =>
      points.reduce((all, { doubles = [] }) => all + (doubles[at] ?? 0), 0);
    expect({ calls: total(2), deleted: total(4), other: total(5) }).toEqual({
      calls: made.length,
      deleted: 4,
      other: 0,
    });
    expect(total(8)).toBe(0);
  });

  test("is told with the time of its last answer, which calls without one leave as it was", async () => {
    const told = (seq: number, calls: { "2xx": number; none: number }) => {
      const statuses = { "3xx": 0, "4xx": 0, "404": 0, "429": 0, "5xx": 0, ...calls };
      const pace = { throttled_ms: 0, breaker: "closed", rate: null, window: null } as const;
      const reading = { ...pace, calls_by_status: statuses };
      return [{ source: "client_sessions", seq, news: { kind: "source", reading } as const }];
    };
    const answeredAt = async () =>
      (await registrar.health()).sources["client_sessions"]?.pace?.answered_at;
    await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
      sql.exec("DELETE FROM readings");
    });
    expect(await answeredAt()).toBeUndefined();
    await registrar.deliver(told(1, { "2xx": 0, none: 3 }));
    expect(await answeredAt()).toBeNull();
    await registrar.deliver(told(2, { "2xx": 1, none: 3 }));
    const first = await answeredAt();
    expect(first).toEqual(expect.any(String));
    await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
      sql.exec("UPDATE readings SET at = 1, answered_at = 1");
    });
    await registrar.deliver(told(3, { "2xx": 1, none: 4 }));
    expect(await answeredAt()).toBe("1970-01-01T00:00:00.001Z");
    expect((await registrar.health()).sources["client_sessions"]?.pace?.at).not.toBe(
      "1970-01-01T00:00:00.001Z",
    );
  });

  test("is not put back by news that was overtaken", async () => {
    const reading: SourceNews["reading"] = {
      calls_by_status: { "2xx": 7, "3xx": 0, "4xx": 0, "404": 0, "429": 0, "5xx": 0, none: 0 },
      throttled_ms: 1500,
      breaker: "open",
      rate: null,
      window: null,
    };
    const news = (seq: number, asked: number): Parameters<typeof registrar.deliver>[0] => [
      {
        source: "client_sessions",
        seq,
        news: {
          kind: "source",
          reading: { ...reading, calls_by_status: { ...reading.calls_by_status, "2xx": asked } },
        },
      },
    ];
    await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
      sql.exec("DELETE FROM readings");
    });
    await registrar.deliver(news(10, 7));
    await registrar.deliver(news(9, 3));
    expect(await valuesOf("lethe_upstream_calls_total", "status")).toMatchObject({ "2xx": 7 });
    expect(await valuesOf("lethe_breaker_state", "state")).toMatchObject({ open: 1, closed: 0 });
    expect(await valuesOf("lethe_upstream_rate", "source")).toEqual({});
    expect(await valuesOf("lethe_throttled_seconds_total", "source")).toEqual({
      client_sessions: 1.5,
    });
  });
});
