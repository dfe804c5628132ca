import { beforeEach, describe, expect, test } from "vitest";
import { emptyStore, store } from "../../support/d1.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";
import { addAgentSessions, clearPolicies, openWorld } from "../../support/sweep_world.ts";
import { ok } from "../../../src/core/values/result.ts";
import type { Source } from "../../../src/sources/source.ts";

const engine = await openWorld();
const HOUR = 60;
const POLICY = {
  source: "agent_sessions",
  expire: [{ clock: "created_at", after: "P1D" }],
  mode: "enforce",
};

/** What a sweep that finds nothing due tells of what is not due yet. */
async function forecast(policy: object) {
  await engine.putPolicy("p", { ...POLICY, ...policy });
  const [sweep] = await engine.sweep();
  expect(sweep).toMatchObject({ status: "completed", counts: { due: 0 } });
  return {
    undated: sweep?.counts.undated,
    soon: sweep?.due_next_24h?.count ?? null,
    counted: sweep?.counted_at !== null,
  };
}

const sessions = (plan: unknown, count: number, created: number | null) =>
  Array.from({ length: count }, (_, no) => ({
    id: `${JSON.stringify(plan)}-${created}-${no}`,
    created,
    active: null,
    metadata: { account: { plan }, 'odd"key': plan },
  }));

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await emptyStore();
  await addAgentSessions([
    ...sessions("free", 3, 20 * HOUR),
    ...sessions("free", 2, null),
    ...sessions("paid", 5, 20 * HOUR),
    ...sessions(true, 4, null),
    ...sessions(1, 1, 20 * HOUR),
  ]);
  await store
    .prepare(
      "INSERT INTO agent_sessions (agent_key, session_key, created_at, record) VALUES ('agt_1', 'bad', NULL, '{')",
    )
    .run();
});

describe("what an index counts where nothing is due", () => {
  test("obeys match.metadata", async () => {
    const matching = async (metadata: object) => forecast({ match: { metadata } });
    expect(await matching({ "account.plan": "free" })).toMatchObject({ undated: 2, soon: 3 });
    expect(await matching({ "account.plan": "paid" })).toMatchObject({ undated: 0, soon: 5 });
    expect(await matching({ "account.plan": true })).toMatchObject({ undated: 4, soon: 0 });
    expect(await matching({ "account.plan": 1 })).toMatchObject({ undated: 0, soon: 1 });
    expect(await matching({ "account.plan": "1" })).toMatchObject({ undated: 0, soon: 0 });
    expect(await matching({ 'odd"key': "free" })).toMatchObject({ undated: 2, soon: 3 });
    const both = { "account.plan": "free", 'odd"key': "paid" };
    expect(await matching(both)).toMatchObject({ undated: 0, soon: 0 });
  });

  test("obeys match.scope and keep.min_age", async () => {
    expect(await forecast({ match: { scope: ["agt_2"] } })).toMatchObject({ undated: 0, soon: 0 });
    expect(await forecast({ keep: { min_age: "P3D" } })).toMatchObject({ soon: 0 });
    expect(await forecast({})).toMatchObject({ undated: 7, soon: 9 });
  });

  test("says that it does not know what keep.latest and children would leave", async () => {
    expect(await forecast({ keep: { latest: 1 } })).toMatchObject({ undated: 7, soon: null });
    expect(await forecast({ children: "together" })).toMatchObject({ soon: null });
  });

  test("counts nothing for a policy of orphans, and says so", async () => {
    expect(await forecast({ match: { orphan: true } })).toMatchObject({
      undated: 0,
      soon: null,
      counted: false,
    });
  });
});

/** A source that lists only what is due, and looks through its one session, which is not due, in ten pages. */
function paged(now: number): Source {
  const source: Source = memorySource([session("a", now + 10 * DAY)], { selective: true });
  return Object.assign(source, {
    lookAhead: async (...[, , , turn]: Parameters<NonNullable<Source["lookAhead"]>>) => {
      const spent = turn.spend(1);
      return spent.ok ? ok({ undated: 0, soon: 0, next: null }) : spent;
    },
    selects: async (...[, cursor, turn]: Parameters<NonNullable<Source["selects"]>>) => {
      const spent = turn.spend(2);
      const page = Number(cursor ?? 0) + 1;
      const next = page < 10 ? String(page) : null;
      return spent.ok ? ok({ any: false, holds_some: true, next }) : spent;
    },
  });
}

describe("whom a match selects, where nothing is due", () => {
  test.each([
    ["is nobody, where the calls of a slice suffice to look", 40, 0],
    ["is not known, and the sweep goes on, where they do not", 12, null],
  ])("%s", async (_, calls, matched) => {
    await inCustodian(
      ({ now }) => paged(now),
      async (harness) => {
        harness.calls = calls;
        harness.start("swp_1", {
          match: { scope: ["other"] },
          expire: [{ clock: "expires_at", after: "PT0S" }],
        });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          counts: { matched, due: 0 },
        });
      },
    );
  });
});
