import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/config.ts";
import type { ExplainAnswer } from "../../../src/contract/custodian.ts";
import { RestingTable } from "../../../src/custodian/tables/resting.ts";
import { runInDurableObject } from "cloudflare:test";
import { emptyStore, idsIn } from "../../support/d1.ts";
import { versionOf, passTime, preview } from "../../support/preview_world.ts";
import {
  addAgentSessions,
  addClientSessions,
  clearPolicies,
  openWorld,
} from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openWorld();
const { registrar } = engine;
const SOURCE = "client_sessions";
const DAY = 1440;
const POLICY = {
  source: SOURCE,
  expire: [{ clock: "expires_at", after: "PT15M" }],
  brake: { percent: 100 },
  mode: "enforce",
};

type Explained = Extract<ExplainAnswer, { kind: "explained" }>;

async function explain(id: string, ...versions: object[]): Promise<Explained> {
  return explainAt(SOURCE, "w1", id, ...versions);
}

async function explainAt(
  source: string,
  scope: string,
  id: string,
  ...versions: object[]
): Promise<Explained> {
  const policies = versions.map((version, place) => ({
    id: `p${place}`,
    policy: versionOf(version).policy,
  }));
  const answer = await env.CUSTODIAN.getByName(source).explain({ ref: { scope, id }, policies });
  if (answer.kind !== "explained") {
    throw new Error(`the source did not tell: ${JSON.stringify(answer)}`);
  }
  return answer;
}

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await passTime(SOURCE);
  await emptyStore();
  await engine.configure({});
});

describe("a session that is there", () => {
  test("has the verdict of each policy, the clock, and when it falls due", async () => {
    await addClientSessions([{ id: "a", expired: 60, created: 100 }]);
    const created = { ...POLICY, expire: [{ clock: "created_at", after: "P1D" }] };
    const elsewhere = { ...POLICY, match: { scope: ["w2"] } };
    const { session, policies, planned, removed } = await explain("a", POLICY, created, elsewhere);
    expect(session).toMatchObject({ busy: false, activity: "read" });
    expect(policies).toMatchObject([
      { id: "p0", verdict: "due", clause: 0, clock: "expires_at", stops: [] },
      { id: "p1", verdict: "not_due", clock: "created_at", stops: [] },
      { id: "p2", verdict: "not_matched", clock: null, stops: [] },
    ]);
    expect(policies[0]?.due_at).toBe((session?.clocks.expires_at ?? 0) + 15 * 60_000);
    expect(policies[1]?.due_at).toBe((session?.clocks.created_at ?? 0) + DAY * 60_000);
    expect([planned, removed]).toEqual([[], null]);
    expect(await idsIn(SOURCE)).toEqual(["a"]);
  });

  test("says nothing of whom it names", async () => {
    await addClientSessions([{ id: "a", person: "jane_doe" }]);
    const answer = await explain("a", { ...POLICY, keep: { latest: 1 } });
    expect(JSON.stringify(answer)).not.toContain("jane");
  });

  test("is held back by what is undated, too young, or among the newest", async () => {
    await addClientSessions([
      { id: "undated", expired: null },
      { id: "young", created: 60 },
      { id: "newest", person: "jane", created: 100 },
      { id: "older", person: "jane", created: 200 },
    ]);
    const stopsOf = async (id: string, more: object) =>
      (await explain(id, { ...POLICY, ...more })).policies[0]?.stops;
    expect(await stopsOf("undated", {})).toEqual(["undated"]);
    expect(await stopsOf("young", { keep: { min_age: "P1D" } })).toEqual(["min_age"]);
    expect(await stopsOf("newest", { keep: { latest: 1 } })).toEqual(["latest"]);
    expect(await stopsOf("older", { keep: { latest: 1 } })).toEqual([]);
    expect(await stopsOf("older", { keep: { latest: 2 } })).toEqual(["latest"]);
    expect(await stopsOf("young", { keep: { latest: 1 } })).toEqual([]);
  });

  test("is held back by the floor of the deployment", async () => {
    await engine.configure({ MIN_AGE: "P30D" });
    await addClientSessions([{ id: "a", created: 60 }]);
    expect((await explain("a", POLICY)).policies[0]?.stops).toEqual(["min_age"]);
  });

  test("rests after it could not be removed", async () => {
    await addClientSessions([{ id: "a" }]);
    await runInDurableObject(env.CUSTODIAN.getByName(SOURCE), (_instance, { storage }) => {
      const { keyring } = parseConfig({ ...env });
      if (keyring === null) {
        throw new Error("the tests have a secret");
      }
      new RestingTable(storage.sql, keyring).add({ scope: "w1", id: "a" }, Date.now());
    });
    expect((await explain("a", POLICY)).policies[0]?.stops).toEqual(["resting"]);
    await runInDurableObject(env.CUSTODIAN.getByName(SOURCE), (_instance, { storage }) => {
      storage.sql.exec("DELETE FROM resting");
    });
  });

  test("is held, and paused, until it is not", async () => {
    await addClientSessions([{ id: "a" }]);
    const hold = await placeHold(engine, { kind: "session", source: SOURCE, scope: "w1", id: "a" });
    const pause = { until: null, reason: "a look first" };
    await registrar.turnSwitch({ source: null, pause }, "root");
    expect((await explain("a", POLICY)).policies[0]).toMatchObject({
      verdict: "due",
      stops: ["hold", "paused"],
    });
    await registrar.turnSwitch({ source: null, pause: null }, "root");
    await registrar.releaseHold(hold.id, "root");
    expect((await explain("a", POLICY)).policies[0]?.stops).toEqual([]);
  });

  test("of an agent is matched by its metadata, and told when it was last active", async () => {
    await addAgentSessions([{ id: "a", metadata: { plan: "free" } }]);
    const version = {
      source: "agent_sessions",
      expire: [{ clock: "last_active_at", after: "P30D" }],
    };
    const { session, policies } = await explainAt(
      "agent_sessions",
      "agt_1",
      "a",
      { ...version, match: { metadata: { plan: "free" } } },
      { ...version, match: { metadata: { plan: "paid" } } },
    );
    expect(session).toMatchObject({ activity: "read" });
    expect(policies.map(({ verdict }) => verdict)).toEqual(["due", "not_matched"]);
  });
});

describe("where a session is planned", () => {
  test("is told of a sweep that waits and of a preview, the one with its end", async () => {
    await addClientSessions([{ id: "a" }, { id: "b", expired: 90 }]);
    await engine.putPolicy("p", { ...POLICY, brake: { items: 1 } });
    const waits = (await engine.sweep()).find(({ trigger }) => trigger === "tick");
    expect(waits).toMatchObject({ status: "braked" });
    const shown = await preview(engine, { ...POLICY, budget: { items: 1 } });
    expect((await explain("b")).planned).toEqual([
      { job: waits?.id, kind: "sweep", policy: "p", preview: false, disposition: null, at: null },
      { job: shown.id, kind: "sweep", policy: "p", preview: true, disposition: null, at: null },
    ]);
    expect((await explain("a")).planned.map(({ job }) => job)).toEqual([waits?.id]);
  });
});

describe("a session that is gone", () => {
  test("went in a sweep, by a clause that was due at a time", async () => {
    await addClientSessions([{ id: "a", expired: 60 }]);
    await engine.putPolicy("p", POLICY);
    const sweep = (await engine.sweep()).find(({ trigger }) => trigger === "tick");
    expect(sweep).toMatchObject({ dispositions: { deleted: 1 } });
    const { session, policies, removed } = await explain("a", POLICY);
    expect([session, policies]).toEqual([null, []]);
    expect(removed).toMatchObject({ job: sweep?.id, disposition: "deleted", clause: 0 });
    expect(Date.now() - (removed?.at ?? 0)).toBeLessThan(20_000);
    expect((removed?.at ?? 0) - (removed?.due_at ?? 0)).toBeGreaterThan(44 * 60_000);
  });

  test("went in an erasure, which no clock decided", async () => {
    await addClientSessions([{ id: "a", person: "jane" }]);
    const erased = await engine.erase([{ type: "user_identifier_key", value: "jane" }]);
    expect((await explain("a")).removed).toMatchObject({
      job: erased.id,
      disposition: "deleted",
      clause: null,
      due_at: null,
    });
  });

  test("was removed by a caller of the embedded store", async () => {
    await addClientSessions([{ id: "a" }]);
    await env.CUSTODIAN.getByName(SOURCE).removeNow({ scope: "w1", id: "a" });
    expect((await explain("a")).removed).toMatchObject({ job: null, disposition: "deleted" });
  });

  test("and came back is told both", async () => {
    await addClientSessions([{ id: "a" }]);
    await env.CUSTODIAN.getByName(SOURCE).removeNow({ scope: "w1", id: "a" });
    await addClientSessions([{ id: "a", expired: -60 }]);
    const { session, policies, removed } = await explain("a", POLICY);
    expect(session).not.toBeNull();
    expect(policies[0]?.verdict).toBe("not_due");
    expect(removed).toMatchObject({ disposition: "deleted" });
  });

  test("of which nothing is known", async () => {
    expect(await explain("never", POLICY)).toMatchObject({
      session: null,
      planned: [],
      removed: null,
    });
  });
});

describe("what cannot be explained", () => {
  test("is a session whose source is not configured", async () => {
    const custodian = env.CUSTODIAN.getByName("nowhere");
    expect(await custodian.explain({ ref: { scope: "w", id: "a" }, policies: [] })).toMatchObject({
      kind: "unavailable",
    });
    expect(await registrar.standings([])).toEqual([]);
  });
});
