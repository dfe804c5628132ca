import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { openEngine } from "../../support/engine.ts";
import {
  by,
  embeddedWorld,
  idOf,
  JANE,
  OF_JANE,
  upstreamWorld,
} from "../../support/erasure_world.ts";
import { store, WORKSPACE } from "../../support/d1.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const embedded = embeddedWorld();

/** Approves an erasure that waits, by its digest, and waits for its end; null when it was not taken. */
async function approve(
  { id, plan_digest: own }: ErasureReport,
  digest = own,
): Promise<ErasureReport | null> {
  const answer = await engine.registrar.approveErasure(id, digest ?? "", "ben");
  return answer.kind === "done"
    ? vi.waitUntil(
        async () => {
          const report = await engine.registrar.erasure(id);
          return report !== null && report.finished_at !== null ? report : false;
        },
        { timeout: 15_000, interval: 20 },
      )
    : null;
}

const DELETE_CLIENT = { path: "/client_sessions/delete" };

describe("reading back upstream", () => {
  const { seam, vectara } = upstream;

  beforeEach(async () => {
    await upstream.open(engine);
  });

  test("a session that returns after its removal is removed again, and counted once", async () => {
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await upstream.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    await seam.effects({
      match: DELETE_CLIENT,
      when: "after",
      effect: { do: "restore", id: idOf("jane") },
    });
    await vectara.effects({
      match: { method: "DELETE" },
      when: "after",
      effect: { do: "restore" },
    });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "completed",
      sources: {
        client_sessions: { found: 1, dispositions: { deleted: 1 } },
        agent_sessions: { found: 1, dispositions: { deleted: 1 } },
      },
    });
    expect(report.sources["client_sessions"]?.verified_at).toHaveLength(2);
    expect(report.sources["agent_sessions"]?.verified_at).toHaveLength(2);
    expect(await upstream.left()).toEqual([]);
    expect(await upstream.removals()).toBe(4);
  });

  test("one that returns each time is partial after three passes, and not called removed", async () => {
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await seam.effects({
      match: DELETE_CLIENT,
      when: "after",
      times: "always",
      effect: { do: "restore", id: idOf("jane") },
    });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]).toMatchObject({
      status: "done",
      found: 1,
      dispositions: { unreachable: 1 },
    });
    expect(report.sources["client_sessions"]?.verified_at).toHaveLength(3);
    expect(await seam.calls({ path: "/client_sessions/delete" })).toHaveLength(3);
    expect(await upstream.left()).toEqual(["jane"]);
  });

  test("passes are settle_seconds apart, the first at once", async () => {
    await upstream.open(engine, { client_sessions: { settle_seconds: 1 } });
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await seam.effects({
      match: DELETE_CLIENT,
      when: "after",
      times: 2,
      effect: { do: "restore", id: idOf("jane") },
    });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("completed");
    const { verified_at: at = [] } = report.sources["client_sessions"] ?? {};
    const [first = 0, second = 0, third = 0] = at.map((time) => Date.parse(time));
    expect(at).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(1000);
    expect(Date.parse(report.finished_at ?? "")).toBeGreaterThanOrEqual(third);
  });

  test("a child that only the read-back sees goes too", async () => {
    await upstream.agents({ at: "agt_a/ase_1", metadata: OF_JANE }, { at: "agt_b/ase_other" });
    await vectara.effects({
      match: { method: "DELETE", id: "ase_1" },
      effect: {
        do: "add",
        agent_key: "agt_b",
        session: {
          key: "ase_child",
          created_by_agent_key: "agt_a",
          created_by_session_key: "ase_1",
        },
      },
    });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 2, dispositions: { deleted: 2 } } },
    });
    expect(await upstream.left()).toEqual(["agt_b/ase_other"]);
  });

  test("a child that returns after its parent is gone goes again", async () => {
    await upstream.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
    );
    await vectara.effects({
      match: { method: "DELETE", id: "ase_child" },
      when: "after",
      effect: { do: "restore" },
    });
    const report = await engine.erase([JANE]);
    expect(report.sources["agent_sessions"]).toMatchObject({
      found: 2,
      dispositions: { deleted: 2 },
    });
    expect(report.status).toBe("completed");
    expect(await upstream.left()).toEqual([]);
  });

  test("a removed id that comes back as somebody else's is left, as renewed", async () => {
    await upstream.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    await vectara.effects({
      match: { method: "DELETE", id: "ase_1" },
      when: "after",
      effect: { do: "restore", fields: { metadata: { user_id: "bob" } } },
    });
    const report = await engine.erase([JANE]);
    expect(report.sources["agent_sessions"]?.dispositions).toEqual({ renewed: 1 });
    expect(await vectara.calls({ method: "DELETE" })).toHaveLength(1);
    expect(await upstream.left()).toEqual(["agt_a/ase_1"]);
  });

  test("a session already gone when it is its turn was not removed by us", async () => {
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await seam.effects({ match: { path: "/client_sessions/get" }, effect: { do: "delete" } });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "completed",
      sources: { client_sessions: { dispositions: { already_absent: 1 } } },
    });
    expect(await upstream.removals()).toBe(0);
  });

  test("what turns up only in the read-back is held to the limit as well", async () => {
    await upstream.open(engine, { vars: { ERASURE_MAX_SESSIONS: "2" } });
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await seam.effects(
      ...["one", "two", "three"].map((name) => ({
        match: DELETE_CLIENT,
        effect: {
          do: "add",
          session: { client_session_id: idOf(name), user_identifier_key: "jane_doe" },
        },
      })),
    );
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "needs_approval",
      error: { code: "too_many" },
      sources: { client_sessions: { status: "planned", found: 4, dispositions: { deleted: 1 } } },
    });
    expect(await upstream.removals()).toBe(1);
    expect(await approve(report)).toMatchObject({
      status: "completed",
      sources: { client_sessions: { found: 4, dispositions: { deleted: 4 } } },
    });
    expect(await upstream.left()).toEqual([]);
  });

  test("what two sources find in their read-backs is held to the limit together", async () => {
    await upstream.open(engine, { vars: { ERASURE_MAX_SESSIONS: "3" } });
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await upstream.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    await seam.effects({
      match: DELETE_CLIENT,
      effect: {
        do: "add",
        session: { client_session_id: idOf("late"), user_identifier_key: "jane_doe" },
      },
    });
    await vectara.effects({
      match: { method: "DELETE", id: "ase_1" },
      effect: { do: "add", agent_key: "agt_a", session: { key: "ase_late", metadata: OF_JANE } },
    });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({ status: "needs_approval", error: { code: "too_many" } });
    // Each has found two; the first to tell may still go, because three may.
    expect(await upstream.removals()).toBeLessThanOrEqual(3);
    expect(await approve(await engine.erasure(report.id))).toMatchObject({ status: "completed" });
    expect(await upstream.left()).toEqual([]);
  });

  test("what turns up may be half of the source by now, and waits for a person", async () => {
    const added = Array.from({ length: 100 }, (_, index) => idOf(`late ${index}`));
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await seam.effects(
      ...added.map((id) => ({
        match: DELETE_CLIENT,
        effect: { do: "add", session: { client_session_id: id, user_identifier_key: "jane_doe" } },
      })),
    );
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "needs_approval",
      error: { code: "half_of_source" },
      sources: { client_sessions: { guard: { code: "half_of_source", found: 101 } } },
    });
    expect(await upstream.removals()).toBe(1);
    expect(await approve(report, report.plan_digest?.replace(/^./, "x"))).toBeNull();
  });

  test("a conflict that only the read-back sees is left, and the erasure is partial", async () => {
    await upstream.clients({
      name: "jane",
      user_identifier_key: "jane_doe",
      user_identity_id: idOf("u1"),
    });
    await seam.effects({
      match: DELETE_CLIENT,
      effect: {
        do: "add",
        session: {
          client_session_id: idOf("odd"),
          user_identifier_key: "jane_doe",
          user_identity_id: idOf("u2"),
        },
      },
    });
    const report = await engine.erase([JANE, by("user_identity_id", idOf("u1"))]);
    expect(report.sources["client_sessions"]?.dispositions).toEqual({ deleted: 1, shared: 1 });
    expect(report.status).toBe("partial");
    expect(await upstream.left()).toEqual([idOf("odd")]);
  });

  test("an agent that is gone when its sessions are read back is not called searched", async () => {
    await upstream.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_2", metadata: OF_JANE },
    );
    await vectara.effects({
      match: { method: "DELETE", id: "ase_1" },
      when: "after",
      effect: { do: "delete_agent" },
    });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: { agent_sessions: { status: "done", found: 2, dispositions: { deleted: 2 } } },
    });
  });
});

describe("reading back the embedded store", () => {
  beforeEach(async () => {
    await embedded.open(engine);
  });

  test("a session that is written between plan and removal is not left behind", async () => {
    await embedded.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await embedded.clients(
      { name: "jane", user_identifier_key: "jane_doe" },
      { name: "jane 2", user_identifier_key: "jane_doe" },
    );
    const report = await engine.erase([JANE]);
    for (let write = 0; write < 9; write++) {
      await embedded.changeClient("jane", { device_count: write });
    }
    await engine.registrar.approveErasure(report.id, report.plan_digest ?? "", "another");
    expect((await engine.erasure(report.id)).sources["client_sessions"]?.dispositions).toEqual({
      deleted: 2,
    });
    expect(await embedded.left()).toEqual([]);
  });

  test("one that is put back by each removal is partial after three passes, and counted once", async () => {
    await embedded.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await store
      .prepare(
        `CREATE TRIGGER come_back AFTER DELETE ON client_sessions BEGIN
           INSERT INTO client_sessions (workspace_id, client_session_id, user_identifier_key, version, record)
           VALUES (old.workspace_id, old.client_session_id, old.user_identifier_key, old.version, old.record);
         END`,
      )
      .run();
    try {
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("partial");
      expect(report.sources["client_sessions"]).toMatchObject({
        found: 1,
        dispositions: { unreachable: 1 },
      });
      expect(report.sources["client_sessions"]?.verified_at).toHaveLength(3);
    } finally {
      await store.prepare("DROP TRIGGER come_back").run();
    }
    expect(await embedded.left()).toEqual(["jane"]);
  });

  test("sessions of one id in two workspaces are two sessions", async () => {
    await embedded.clients(
      { name: "jane", user_identifier_key: "jane_doe" },
      { name: "jane", user_identifier_key: "bob", workspace_id: "another" },
    );
    const report = await engine.erase([JANE]);
    expect(report.sources["client_sessions"]).toMatchObject({ found: 1 });
    expect(
      await store.prepare("SELECT workspace_id FROM client_sessions").first("workspace_id"),
    ).toBe("another");
    expect(WORKSPACE).not.toBe("another");
  });
});
