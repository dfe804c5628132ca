import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import type { MetricName } from "../../../src/core/report/metrics.ts";
import type { HoldReport } from "../../../src/core/report/hold.ts";
import { emptyStore } from "../../support/d1.ts";
import { openWorld } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openWorld();
const { registrar } = engine;
const SOURCES = ["client_sessions", "agent_sessions"];

beforeEach(async () => {
  await emptyStore();
  await registrar.turnSwitch({ source: null, pause: null }, "root");
});

async function valuesOf(name: MetricName): Promise<Record<string, number>> {
  const samples = await registrar.metrics();
  return Object.fromEntries(
    samples
      .filter((one) => one.name === name)
      .map(({ labels, value }) => [labels["source"] ?? "", value]),
  );
}

const each = (value: number): Record<string, number> =>
  Object.fromEntries(SOURCES.map((source) => [source, value]));

async function place(id: string, endsAt: number | null = null): Promise<HoldReport> {
  const session = { kind: "session", source: "client_sessions", scope: "w1", id } as const;
  return placeHold(engine, session, { ends_at: endsAt });
}

test("holds in force are counted, and those that should have been looked at", async () => {
  const [first] = [await place("a"), await place("b"), await place("c", Date.now() + 50_000)];
  expect([await valuesOf("lethe_holds"), await valuesOf("lethe_holds_review_due")]).toEqual([
    { "": 3 },
    { "": 0 },
  ]);
  await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    sql.exec("UPDATE holds SET review_at = 1 WHERE id = ?", first?.id ?? "");
    sql.exec("UPDATE holds SET ends_at = 1 WHERE ends_at IS NOT NULL");
  });
  expect([await valuesOf("lethe_holds"), await valuesOf("lethe_holds_review_due")]).toEqual([
    { "": 2 },
    { "": 1 },
  ]);
  await registrar.releaseHold(first?.id ?? "", "root");
  expect([await valuesOf("lethe_holds"), await valuesOf("lethe_holds_review_due")]).toEqual([
    { "": 1 },
    { "": 0 },
  ]);
});

test("a pause shows in its source, in all where it is of all, and no longer than it lasts", async () => {
  expect(await valuesOf("lethe_paused")).toEqual(each(0));
  const pause = { until: Date.now() + 60_000, reason: "an incident" };
  await registrar.turnSwitch({ source: "agent_sessions", pause }, "root");
  expect(await valuesOf("lethe_paused")).toEqual({ client_sessions: 0, agent_sessions: 1 });
  await registrar.turnSwitch({ source: null, pause }, "root");
  expect(await valuesOf("lethe_paused")).toEqual(each(1));
  await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    sql.exec("UPDATE pauses SET pause = json_set(pause, '$.until', 1)");
  });
  expect(await valuesOf("lethe_paused")).toEqual(each(0));
});

test("a Custodian that has not stored the newest restraints shows", async () => {
  await place("d");
  expect(await valuesOf("lethe_restraints_in_force")).toEqual(each(1));
  await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    sql.exec("UPDATE restraint_acks SET version = version - 1 WHERE source = 'agent_sessions'");
  });
  expect(await valuesOf("lethe_restraints_in_force")).toEqual({
    client_sessions: 1,
    agent_sessions: 0,
  });
});
