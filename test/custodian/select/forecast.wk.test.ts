import { beforeEach, describe, expect, test } from "vitest";
import { emptyStore, store } from "../../support/d1.ts";
import { addAgentSessions, clearPolicies, openWorld } from "../../support/sweep_world.ts";

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
