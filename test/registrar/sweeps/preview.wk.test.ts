import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { NONE_OVERDUE } from "../../../src/core/count/overdue.ts";
import { emptyStore, idsIn } from "../../support/d1.ts";
import {
  beginPreview,
  versionOf,
  passTime,
  plannedIn,
  preview,
} from "../../support/preview_world.ts";
import {
  addAgentSessions,
  addClientSessions,
  clearPolicies,
  openWorld,
  writePolicy,
} from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;
const SOURCE = "client_sessions";
const FIRST = { limit: 1, after: 0, newly: false };
const MINUTE = 60_000;
const DAY = 1440;
const POLICY = {
  source: SOURCE,
  expire: [
    { clock: "expires_at", after: "PT15M" },
    { clock: "created_at", after: "P90D" },
  ],
  brake: { percent: 100 },
};

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await passTime(SOURCE);
  await emptyStore();
});

describe("a preview", () => {
  test("reports what would go, keeps the plan to be read, and removes nothing", async () => {
    await addClientSessions([
      { id: "fresh", expired: -60, created: 60 },
      { id: "hour", expired: 45, created: 60 },
      { id: "week", expired: 3 * DAY, created: 4 * DAY },
      { id: "old", expired: null, created: 500 * DAY },
    ]);
    const report = await preview(engine, POLICY);
    expect(report).toMatchObject({
      policy: "p",
      policy_digest: versionOf(POLICY).digest,
      trigger: "preview",
      mode: "observe",
      status: "observed",
      guard: null,
      counts: { due: 3, planned: 3 },
      histogram: { ...NONE_OVERDUE, PT1H: 1, P7D: 1, longer: 1 },
      dispositions: {},
      plan_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(Date.parse(report.plan_until ?? "") - Date.parse(report.finished_at ?? "")).toBe(
      DAY * MINUTE,
    );
    expect(await idsIn(SOURCE)).toHaveLength(4);
    const cutoff = Date.parse(report.cutoff ?? "");
    expect(await plannedIn(SOURCE, report.id)).toMatchObject([
      {
        scope: "w1",
        id: "old",
        clause: 1,
        clock: "created_at",
        threshold: cutoff - 90 * DAY * MINUTE,
      },
      { id: "week", clause: 0, clock: "expires_at", threshold: cutoff - 15 * MINUTE },
      { id: "hour", clause: 0, disposition: null },
    ]);
  });

  test("has the pages of its plan in one order, each session once", async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `s${String(index).padStart(2, "0")}`);
    await addClientSessions(ids.map((id, index) => ({ id, expired: 100 + index })));
    const { id } = await preview(engine, POLICY);
    const rows = await plannedIn(SOURCE, id, 10);
    expect(rows.map((row) => row.id)).toEqual(ids.toReversed());
    for (const [index, row] of rows.entries()) {
      expect(row.due_at).toBeGreaterThanOrEqual(rows[index - 1]?.due_at ?? 0);
      expect(row.due_at).toBeLessThanOrEqual(Date.now());
    }
  });

  test("tells the guard that would stop it", async () => {
    await addClientSessions(["a", "b", "c"].map((id) => ({ id })));
    expect(await preview(engine, { ...POLICY, brake: { items: 2 } })).toMatchObject({
      status: "observed",
      guard: { code: "brake_items", due: 3, limit: 2 },
      counts: { planned: 3 },
    });
  });

  test("plans no more than the budget, the longest overdue", async () => {
    await addClientSessions([
      { id: "a", expired: 60 },
      { id: "b", expired: 90 },
      { id: "c", expired: 80 },
    ]);
    const report = await preview(engine, { ...POLICY, budget: { items: 2 } });
    expect(report).toMatchObject({ counts: { due: 3, planned: 2 }, histogram: { P1D: 2 } });
    expect((await plannedIn(SOURCE, report.id)).map(({ id }) => id)).toEqual(["b", "c"]);
  });

  test("takes a version whose mode is off, and removes nothing under one that enforces", async () => {
    await addClientSessions([{ id: "a" }]);
    expect(await preview(engine, { ...POLICY, mode: "off" })).toMatchObject({
      status: "observed",
      counts: { planned: 1 },
    });
    expect(await idsIn(SOURCE)).toEqual(["a"]);
  });

  test("of nothing due has a plan of no rows", async () => {
    const report = await preview(engine, POLICY);
    expect(report).toMatchObject({ counts: { planned: 0 }, histogram: NONE_OVERDUE });
    expect(await plannedIn(SOURCE, report.id)).toEqual([]);
  });

  test("has the same plan as the sweep that follows, which removes exactly it", async () => {
    await addClientSessions([{ id: "a" }, { id: "b", expired: 90 }, { id: "c", expired: -60 }]);
    const { id } = await preview(engine, POLICY);
    const planned = (await plannedIn(SOURCE, id)).map((row) => row.id);
    await engine.putPolicy("p", { ...POLICY, mode: "enforce" });
    const [sweep] = await engine.sweep();
    expect(sweep).toMatchObject({ trigger: "tick", dispositions: { deleted: planned.length } });
    expect(await idsIn(SOURCE)).toEqual(["c"]);
  });

  test("of agent sessions matches metadata", async () => {
    await addAgentSessions([
      { id: "a", metadata: { plan: "free" } },
      { id: "b", metadata: { plan: "paid" } },
    ]);
    const report = await preview(engine, {
      source: "agent_sessions",
      expire: [{ clock: "last_active_at", after: "P30D" }],
      match: { metadata: { plan: "free" } },
    });
    expect((await plannedIn("agent_sessions", report.id)).map(({ id }) => id)).toEqual(["a"]);
    await passTime("agent_sessions");
  });
});

describe("a preview beside sweeps", () => {
  test("is joined by no tick, and no change of version stops it", async () => {
    await addClientSessions([{ id: "a" }]);
    await engine.putPolicy("gone", { ...POLICY, mode: "enforce" });
    const id = await beginPreview(engine, POLICY, "gone");
    await writePolicy(engine, "gone", null, "writer", versionOf(POLICY, "gone"));
    const sweeps = await engine.sweep();
    expect(sweeps.find((sweep) => sweep.id === id)).toMatchObject({ status: "observed" });
  });

  test("leaves a policy free to sweep", async () => {
    await addClientSessions([{ id: "a" }]);
    await engine.putPolicy("q", { ...POLICY, mode: "enforce" });
    await beginPreview(engine, POLICY, "q");
    const sweeps = await engine.sweep();
    expect(sweeps.filter(({ policy }) => policy === "q").map(({ trigger }) => trigger)).toEqual([
      "tick",
      "preview",
    ]);
    expect(await idsIn(SOURCE)).toEqual([]);
  });

  test("is cancelled by a person, and has no plan then", async () => {
    await addClientSessions([{ id: "a" }]);
    const id = await beginPreview(engine, POLICY);
    const answer = await registrar.cancelSweep(id, "operator");
    await engine.settled();
    const { status } = (await registrar.sweep(id)) ?? {};
    // It may have ended before the word came.
    expect(answer.kind === "done" ? ["cancelled", "observed"] : ["observed"]).toContain(status);
    const page = await env.CUSTODIAN.getByName(SOURCE).planPage(id, FIRST);
    expect(page.kind).toBe(status === "cancelled" ? "gone" : "page");
  });

  test("are at most twenty at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, async () =>
        registrar.startPreview(
          { policy: versionOf(POLICY), other: null, stored_digest: null },
          "test",
          null,
        ),
      ),
    );
    expect(answers.some(({ kind }) => kind === "too_many_previews")).toBe(true);
    await engine.settled();
    expect(await preview(engine, POLICY)).toMatchObject({ status: "observed" });
  });

  test("answers the same preview to the same Idempotency-Key", async () => {
    const idempotency = { owner: "test", key: "once", body_hash: "h" };
    const request = { policy: versionOf(POLICY), other: null, stored_digest: null };
    const first = await registrar.startPreview(request, "test", idempotency);
    const again = await registrar.startPreview(request, "test", idempotency);
    expect(again).toMatchObject({
      kind: "replayed",
      sweep: { id: "sweep" in first ? first.sweep.id : "" },
    });
    expect(
      await registrar.startPreview(request, "test", { ...idempotency, body_hash: "other" }),
    ).toEqual({ kind: "idempotency_conflict" });
  });

  test("is not made of a version that the API has replaced", async () => {
    await writePolicy(engine, "lags", versionOf({ ...POLICY, verify: 5 }, "lags"), "writer");
    const old = versionOf(POLICY, "lags");
    expect(
      await registrar.startPreview(
        { policy: old, other: null, stored_digest: old.digest },
        "test",
        null,
      ),
    ).toEqual({ kind: "kv_stale" });
  });
});

describe("the plan", () => {
  test("of a preview goes when its time is over, with every row", async () => {
    await addClientSessions([{ id: "a" }]);
    const { id } = await preview(engine, POLICY);
    await passTime(SOURCE);
    const custodian = env.CUSTODIAN.getByName(SOURCE);
    expect(await custodian.planPage(id, FIRST)).toEqual({ kind: "gone" });
    for (const rows of ["jobs", "plan", "differences", "timers WHERE name LIKE '%swp_%'"]) {
      expect(await engine.rows(SOURCE, `SELECT * FROM ${rows}`)).toEqual([]);
    }
    expect(await idsIn(SOURCE)).toEqual(["a"]);
  });

  test("regression: of a preview whose time is over is gone, before its rows are: part would read as all", async () => {
    await addClientSessions([{ id: "a" }]);
    const { id } = await preview(engine, POLICY);
    await engine.rows(
      SOURCE,
      "UPDATE jobs SET progress = json_set(progress, '$.end.plan_until', 1)",
    );
    expect(await env.CUSTODIAN.getByName(SOURCE).planPage(id, FIRST)).toEqual({ kind: "gone" });
  });

  test("of a braked sweep can be read by who is to approve it, and is gone after its end", async () => {
    await addClientSessions([{ id: "a" }, { id: "b", expired: 90 }]);
    await engine.putPolicy("p", { ...POLICY, mode: "enforce", brake: { items: 1 } });
    const waits = (await engine.sweep()).find(({ trigger }) => trigger === "tick");
    expect(waits).toMatchObject({ status: "braked", plan_until: null });
    const id = waits?.id ?? "";
    expect((await plannedIn(SOURCE, id)).map((row) => row.id)).toEqual(["b", "a"]);
    await registrar.approveSweep(id, waits?.plan_digest ?? "", "operator");
    await expect.poll(async () => (await registrar.sweep(id))?.status).toBe("completed");
    const custodian = env.CUSTODIAN.getByName(SOURCE);
    expect(await custodian.planPage(id, FIRST)).toEqual({ kind: "gone" });
  });

  test("of an erasure, or of nothing, is not shown here", async () => {
    const custodian = env.CUSTODIAN.getByName(SOURCE);
    for (const id of ["ers_1", "swp_unknown", ""]) {
      expect(await custodian.planPage(id, FIRST)).toEqual({ kind: "gone" });
    }
  });
});
