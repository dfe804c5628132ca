import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import { emptyStore } from "../../support/d1.ts";
import { startFake } from "../../support/fake_client.ts";
import { upstream } from "../../support/sweep_upstream.ts";
import {
  addAgentSessions,
  addClientSessions,
  clearPolicies,
  openWorld,
} from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const seam = await startFake("seam");
const engine = await openWorld();
const { registrar } = engine;
const JANE = { type: "user_identifier_key", value: "jane" } as const;
const PLAN = { type: "metadata:plan", value: "free" } as const;

const placedIds: string[] = [];

async function place(selector: HoldSelector) {
  const { id, matches, warnings } = await placeHold(engine, selector);
  placedIds.push(id);
  return { id, sources: matches?.sources, codes: warnings.map(({ code }) => code) };
}

beforeEach(async () => {
  for (const id of placedIds.splice(0)) {
    await registrar.releaseHold(id, "root");
  }
  await clearPolicies();
  await engine.configure({});
  await emptyStore();
  await addClientSessions([
    { id: "a", person: "jane" },
    { id: "b", person: "john" },
    { id: "c", person: "jane", workspace: "w2" },
  ]);
  await addAgentSessions([
    { id: "s", agent: "agt_1", metadata: { plan: "free" } },
    { id: "t", agent: "agt_2", metadata: { plan: "paid" } },
  ]);
});

describe("how many sessions a hold matches", () => {
  test.each([
    [
      { kind: "subject", identifiers: [JANE] },
      { client_sessions: 2, agent_sessions: 0 },
    ],
    [
      { kind: "subject", identifiers: [PLAN] },
      { client_sessions: 0, agent_sessions: 1 },
    ],
    [{ kind: "session", source: "client_sessions", scope: "w2", id: "c" }, { client_sessions: 1 }],
    [{ kind: "scope", source: "client_sessions", globs: ["w*"] }, { client_sessions: 3 }],
    [{ kind: "scope", source: "client_sessions", globs: ["w2"] }, { client_sessions: 1 }],
    [{ kind: "metadata", source: null, fields: { plan: "paid" } }, { agent_sessions: 1 }],
  ] as const)("is counted in each source for %j", async (selector, sources) => {
    const held = await place(selector);
    expect(held.sources).toEqual(sources);
    expect(held.codes).not.toContain("matches_nothing");
  });

  test("is warned of where it is nought in every source", async () => {
    const nobody = { kind: "subject", identifiers: [{ ...JANE, value: "nobody" }] } as const;
    expect((await place(nobody)).codes).toEqual(["matches_nothing", "matches_nothing"]);
    const nowhere = { kind: "scope", source: "client_sessions", globs: ["w9"] } as const;
    expect((await place(nowhere)).codes).toEqual(["matches_nothing"]);
    const none = { kind: "session", source: "client_sessions", scope: "w9", id: "z" } as const;
    expect((await place(none)).codes).toEqual(["session_not_found"]);
  });

  test("is counted anew when one hold is read, and is in lists as it was", async () => {
    const { id } = await place({ kind: "subject", identifiers: [JANE] });
    await addClientSessions([{ id: "d", person: "jane" }]);
    expect((await registrar.holdNow(id))?.matches?.sources).toMatchObject({ client_sessions: 3 });
    const { data } = await registrar.holds({ limit: 1, cursor: null }, {});
    expect(data[0]?.matches?.sources).toMatchObject({ client_sessions: 2 });
    await registrar.releaseHold(id, "root");
    expect((await registrar.holdNow(id))?.matches?.sources).toMatchObject({ client_sessions: 2 });
    expect(await registrar.holdNow("hld_none")).toBeNull();
  });

  test("is not known of a provider, which is not asked", async () => {
    await engine.configure(upstream({ seam: seam.url }));
    const before = (await seam.calls()).length;
    const held = await place({ kind: "subject", identifiers: [{ ...JANE, value: "nobody" }] });
    expect(held.sources).toEqual({ client_sessions: null, agent_sessions: 0 });
    expect(held.codes).not.toContain("matches_nothing");
    expect((await seam.calls()).length).toBe(before);
  });

  test("is not known of a store of which twenty pages do not tell", async () => {
    await env.STORE.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 21000)
       INSERT INTO client_sessions (workspace_id, client_session_id, record)
       SELECT 'w', 'n' || i, '{}' FROM n`,
    ).run();
    const customer = { type: "customer_key", value: "hotel" } as const;
    const held = await runInDurableObject(
      env.CUSTODIAN.getByName("client_sessions"),
      async (custodian) => custodian.countHeld({ kind: "subject", identifiers: [customer] }),
    );
    expect(held).toBeNull();
    expect((await place({ kind: "subject", identifiers: [JANE] })).sources).toMatchObject({
      client_sessions: 2,
    });
  });
});

describe("what a hold holds back", () => {
  test("is told of the sweep that waits and has left held sessions", async () => {
    const jane = await place({ kind: "subject", identifiers: [JANE] });
    await engine.putPolicy("p", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT15M" }],
      mode: "enforce",
      approval: "every",
    });
    const [sweep] = await engine.sweep();
    expect(sweep).toMatchObject({ counts: { held: 2 }, waits_since: expect.any(String) });
    const told = { job: sweep?.id, policy: "p", source: "client_sessions", held: 2 };
    const { holds_back: alone } = (await registrar.holdNow(jane.id)) ?? {};
    expect(alone).toEqual([{ ...told, by_this_alone: true }]);
    await place({ kind: "scope", source: "client_sessions", globs: ["w9"] });
    expect((await registrar.holdNow(jane.id))?.holds_back).toEqual([
      { ...told, by_this_alone: false },
    ]);
    expect((await registrar.hold(jane.id))?.holds_back).toBeNull();
  });

  test("may have been held by one that is over by now", async () => {
    const before = await place({ kind: "subject", identifiers: [JANE] });
    await engine.putPolicy("p", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT15M" }],
      mode: "enforce",
      approval: "every",
    });
    await engine.sweep();
    const later = await place({ kind: "scope", source: "client_sessions", globs: ["w9"] });
    await registrar.releaseHold(before.id, "root");
    expect((await registrar.holdNow(later.id))?.holds_back).toMatchObject([
      { held: 2, by_this_alone: false },
    ]);
  });
});

describe("what a plan leaves out because of a hold", () => {
  const POLICY = {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT15M" }],
    brake: { percent: 100 },
    mode: "observe",
  };
  const W = { kind: "scope", source: "client_sessions", globs: ["w*"] } as const;
  /** A sweep of a policy of its own: one of an earlier test may still be stopping. */
  const sweep = async (policy: string) => {
    await engine.putPolicy(policy, POLICY);
    return (await engine.sweep()).find((one) => one.policy === policy)?.id;
  };
  const leftOut = async (id: string) =>
    (await registrar.holdNow(id))?.left_out?.map((one) => ({ ...one, at: "then" })) ?? null;

  test("is named by the sweep that left it, until the hold is over", async () => {
    const jane = await place({ kind: "subject", identifiers: [JANE] });
    const other = await place({ kind: "scope", source: "client_sessions", globs: ["w9"] });
    const job = await sweep("left-a");
    const by = { source: "client_sessions", job, at: "then" };
    expect(await leftOut(jane.id)).toEqual([
      { ...by, scope: "w1", id: "a" },
      { ...by, scope: "w2", id: "c" },
    ]);
    expect(await leftOut(other.id)).toEqual([]);
    expect((await registrar.hold(jane.id))?.left_out).toBeNull();
    await registrar.releaseHold(jane.id, "root");
    expect(await leftOut(jane.id)).toBeNull();
    expect(await engine.rows("client_sessions", "SELECT id FROM held_back")).toEqual([]);
  });

  test("is named by the erasure that left it, and not by one that only looks", async () => {
    const all = await place(W);
    await engine.erase([JANE], { dry_run: true });
    expect(await leftOut(all.id)).toEqual([]);
    const { id } = await engine.erase([JANE]);
    const named = (await leftOut(all.id))?.map(({ id: session, job }) => `${session} ${job}`);
    expect(named?.toSorted()).toEqual([`a ${id}`, `c ${id}`]);
  });

  test("is a hundred of many, and written again after an hour only", async () => {
    await addClientSessions(Array.from({ length: 150 }, (_, no) => ({ id: `s${no}` })));
    const all = await place(W);
    const first = await sweep("left-b");
    const jobs = async () => new Set((await leftOut(all.id))?.map(({ job }) => job));
    expect(await leftOut(all.id)).toHaveLength(100);
    await sweep("left-b");
    expect(await jobs()).toEqual(new Set([first]));
    await runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), (_one, { storage }) => {
      storage.sql.exec("UPDATE held_back SET at = at - 3600001");
    });
    const third = await sweep("left-b");
    expect(await leftOut(all.id)).toHaveLength(100);
    expect(await jobs()).toEqual(new Set([third]));
  });
});
