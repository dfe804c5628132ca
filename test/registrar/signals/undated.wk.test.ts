import { beforeEach, describe, expect, test } from "vitest";
import { beginAnew, engine, POLICY, registrar, table, VARS } from "../../support/callback_world.ts";
import { store, WORKSPACE } from "../../support/d1.ts";
import { startFake } from "../../support/fake_client.ts";
import { clearPolicies } from "../../support/sweep_world.ts";
import { upstream } from "../../support/sweep_upstream.ts";

const seam = await startFake("seam");
const FUTURE = Date.UTC(2090, 0, 1);

beforeEach(async () => {
  await beginAnew();
  await clearPolicies();
  await seam.reset();
});

/** Sessions of the embedded store, the first of them without an expiry that can be read. */
async function fill(count: number, undated: number, workspace = WORKSPACE): Promise<void> {
  await store
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO client_sessions (workspace_id, client_session_id, created_at, expires_at, record, version)
       SELECT ?3, 'cs-' || i, ?4, CASE WHEN i <= ?2 THEN NULL ELSE ?4 END, '{}', 1 FROM n`,
    )
    .bind(count, undated, workspace, FUTURE)
    .run();
}

let versions = 0;

/** Sweeps once under a new version, ticks once more, and answers what is told then. */
async function told(policy: object = {}) {
  versions += 1;
  await engine.putPolicy("p", { ...POLICY, ...policy, note: `version ${versions}` });
  const [sweep] = await engine.sweep();
  await engine.sweep();
  const events = (await table()).filter(({ type }) => type === "sessions.undated");
  const { attention } = await registrar.health();
  const undated = attention
    .filter(({ code }) => code === "undated")
    .map(({ message, about, since }) => ({ share: message.split(" sessions")[0], about, since }));
  return { sweep, events: events.length, undated };
}

describe("a policy of which many sessions have no date", () => {
  test("is told by callback and /healthz: more than one in twenty", async () => {
    await fill(100, 6);
    const { sweep, events, undated } = await told();
    expect(sweep).toMatchObject({ counts: { undated: 6, matched: 100 } });
    expect(events).toBe(1);
    expect(undated).toEqual([
      { share: "6 of 100", about: { kind: "policy", id: "p" }, since: expect.any(String) },
    ]);
    // The next sweep that finds the same does not make it any newer.
    expect((await told()).undated).toEqual(undated);
  });

  test("is not told with one in twenty, and no more is counted than that takes", async () => {
    await fill(4000, 5);
    const { sweep, events, undated } = await told();
    expect(sweep?.counts.undated).toBe(5);
    expect(sweep?.counts.matched).toBeGreaterThanOrEqual(100);
    expect([events, undated]).toEqual([0, []]);
  });

  test("is asked of what it selects alone", async () => {
    await fill(100, 4, "another");
    await fill(10, 4);
    const { events, undated } = await told({ match: { scope: [WORKSPACE] } });
    expect(undated).toMatchObject([{ share: "4 of 10" }]);
    expect(events).toBe(1);
  });

  test("is told of a source that is read whole, too", async () => {
    await engine.configure({ ...VARS, ...upstream({ seam: seam.url }) });
    await seam.seed({
      sessions: [
        ...Array.from({ length: 9 }, () => ({ expires_at: new Date(FUTURE).toISOString() })),
        { expires_at: "some day" },
      ],
    });
    const { sweep, events, undated } = await told({ schedule: "* * * * *" });
    expect(sweep).toMatchObject({ counts: { undated: 1, matched: 10 } });
    expect(undated).toMatchObject([{ share: "1 of 10" }]);
    expect(events).toBe(1);
  });
});
