import { beforeEach, describe, expect, test } from "vitest";
import { DAY, HOUR, openAttentionWorld, PAUSE, POLICY } from "../../support/attention_world.ts";
import { put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addClientSessions, sweepOnce } from "../../support/sweep_world.ts";

const { engine, registrar, run, told, codes, tell, empty } = await openAttentionWorld();

beforeEach(empty);

describe("what is told of a policy", () => {
  /** As if everything of the policies had happened so much earlier. */
  const age = async (ms: number): Promise<void> =>
    run((sql) => {
      sql.exec("UPDATE gauges SET since = since - ?1, completed_at = completed_at - ?1", ms);
      sql.exec("UPDATE policy_versions SET at = at - ?", ms);
    });

  test("a policy without a completed sweep for three of its times", async () => {
    await put(engine, versionOf({ schedule: "* * * * *" }));
    expect(await sweepOf(engine)).toMatchObject({ status: "completed" });
    await put(engine, versionOf({ schedule: "0 * * * *" }));
    await age(1.5 * HOUR);
    expect(await codes()).toEqual([]);
    await age(2.5 * HOUR);
    expect(await told()).toMatchObject([
      {
        code: "no_completed_sweep",
        about: { kind: "policy", id: "p" },
        settle: { method: "POST", path: "/v1/sweeps", body: { policy: "p" } },
      },
    ]);
    // While nobody expects one, its absence is no matter of its own.
    await registrar.turnSwitch({ source: null, pause: PAUSE }, "anna");
    expect(await codes()).toEqual(["paused"]);
    await registrar.turnSwitch({ source: null, pause: null }, "anna");
    // A sweep that completes settles it, and a policy that is off is expected to do nothing.
    const [due] = await told();
    expect(due?.code).toBe("no_completed_sweep");
    await registrar.startSweep(versionOf({ schedule: "0 * * * *" }), "anna", null);
    await engine.settled();
    expect(await codes()).toEqual([]);
    await age(4 * HOUR);
    expect(await codes()).toEqual(["no_completed_sweep"]);
    await put(engine, versionOf({ schedule: "0 * * * *", mode: "off" }));
    await age(4 * HOUR);
    expect(await codes()).toEqual([]);
    // A schedule of years has not had three times.
    await put(engine, versionOf({ schedule: "0 0 1 1 *" }));
    await age(400 * DAY);
    expect(await codes()).toEqual([]);
    await put(engine, versionOf({ schedule: "0 * * * *", mode: "observe" }));
    await age(4 * HOUR);
    expect(await codes()).toEqual(["no_completed_sweep"]);
    // A new version begins anew.
    await put(engine, versionOf({ schedule: "0 * * * *", note: "new" }));
    expect(await codes()).toEqual([]);
  });

  test("is told as waiting, and not as missing, while its sweep waits", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    await sweepOnce(engine, { ...POLICY, brake: { items: 1 }, schedule: "*/1 * * * *" });
    await age(3 * DAY);
    expect(await codes()).toEqual(["braked"]);
    // One that was decided, and that its source has not taken for more than a day, hides nothing.
    const at = new Date(Date.now() - 3 * DAY).toISOString();
    await run((sql) =>
      sql.exec(
        `UPDATE sweeps SET report = json_set(report, '$.created_at', ?1,
           '$.approved_by', json_array(json_object('name', 'ben', 'at', ?1))) WHERE ended = 0`,
        at,
      ),
    );
    expect(await codes()).toEqual(["no_completed_sweep"]);
  });
});

describe("a policy that selects nobody", () => {
  test("is told after three sweeps in a row", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    const show = async (examined: number, matched: number | null): Promise<string[]> => {
      const report = await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
      expect(report.status).toBe("braked");
      const counts = { ...report.counts, examined, matched, due: 0, planned: 0 };
      const end = { status: "completed", finished_at: new Date().toISOString() } as const;
      await tell({ ...report, ...end, kind: "sweep", counts, account: null });
      return codes();
    };
    expect(await show(5, 0)).toEqual([]);
    expect(await show(5, null)).toEqual([]);
    expect(await show(5, 0)).toEqual([]);
    expect(await show(0, 0)).toEqual([]);
    expect(await show(5, 0)).toEqual(["selects_nobody"]);
    const first = await told();
    expect(await show(5, 0)).toEqual(["selects_nobody"]);
    expect((await told())[0]?.since).toBe(first[0]?.since);
    // One that is there for orphans should find none.
    const orphans = { source: "agent_sessions", match: { orphan: true } };
    const expire = [{ clock: "created_at", after: "P1D" }];
    await put(engine, versionOf({ ...orphans, expire }));
    expect(await codes()).toEqual([]);
    expect(await show(5, 1)).toEqual([]);
  });
});
