import { beforeEach, describe, expect, test } from "vitest";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { openEngine } from "../../support/engine.ts";
import { by, embeddedWorld, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";

const engine = await openEngine();
const worlds = [embeddedWorld(), await upstreamWorld()];

async function approve(report: ErasureReport, actor = "somebody else", digest?: string) {
  return engine.registrar.approveErasure(report.id, digest ?? report.plan_digest ?? "", actor);
}

function janes(n: number) {
  return Array.from({ length: n }, (_, index) => ({
    name: `jane ${index}`,
    user_identifier_key: "jane_doe",
  }));
}

function others(n: number) {
  return Array.from({ length: n }, (_, index) => ({
    name: `bob ${index}`,
    user_identifier_key: `bob-${index}`,
  }));
}

describe.each(worlds)("an erasure that must be approved ($name)", (world) => {
  /** One session more than may go without approval, in two sources. */
  async function waiting(): Promise<ErasureReport> {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "2" } });
    await world.clients(...janes(2));
    await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    return engine.erase([JANE]);
  }

  beforeEach(async () => {
    await world.open(engine);
  });

  test("counts over all sources, removes nothing, and says what it found", async () => {
    const report = await waiting();
    expect(report).toMatchObject({
      status: "needs_approval",
      error: { code: "too_many" },
      finished_at: null,
      sources: {
        client_sessions: { status: "planned", found: 2 },
        agent_sessions: { status: "planned", found: 1 },
      },
    });
    expect(report.plan_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await world.left()).toHaveLength(3);
    expect(await world.removals()).toBe(0);
  });

  test("as many as may go need none", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "3" } });
    await world.clients(...janes(2));
    await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    expect((await engine.erase([JANE])).status).toBe("completed");
    expect(await world.left()).toEqual([]);
  });

  test("goes on with the digest that was shown", async () => {
    const report = await waiting();
    expect(await approve(report)).toMatchObject({
      kind: "done",
      report: { status: "removing", approved_by: [{ name: "somebody else" }], error: null },
    });
    expect(await engine.erasure(report.id)).toMatchObject({
      status: "completed",
      approved_by: [{ name: "somebody else" }],
    });
    expect(await world.left()).toEqual([]);
  });

  test("does not go on with another digest, or twice, or for nobody", async () => {
    const report = await waiting();
    expect(await approve(report, "somebody else", "0".repeat(64))).toEqual({
      kind: "wrong_digest",
    });
    expect(await world.left()).toHaveLength(3);
    await approve(report);
    const ended = await engine.erasure(report.id);
    expect(await approve(ended)).toEqual({ kind: "wrong_status", status: "completed" });
    expect(await approve({ ...report, id: "ers_none" })).toEqual({ kind: "not_found" });
  });

  test("the key that asked may not approve while two are asked for", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1", FOUR_EYES: "on" } });
    await world.clients(...janes(2));
    const report = await engine.erase([JANE]);
    expect(await approve(report, "test")).toEqual({ kind: "same_key" });
    expect(await world.left()).toHaveLength(2);
    expect((await approve(report, "another")).kind).toBe("done");
    expect((await engine.erasure(report.id)).status).toBe("completed");
  });

  test("more than half of a source waits, from 100 sessions up", async () => {
    await world.clients(...janes(100), ...others(99));
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "needs_approval",
      error: { code: "half_of_source" },
      sources: {
        client_sessions: { guard: { code: "half_of_source", found: 100, matched: 199 } },
      },
    });
    expect(await world.removals()).toBe(0);
    expect(await world.left()).toHaveLength(199);
    await approve(report);
    expect((await engine.erasure(report.id)).status).toBe("completed");
    expect(await world.left()).toHaveLength(99);
  });

  test("half of a source, or more of a small one, does not wait", async () => {
    await world.clients(...janes(100), ...others(100));
    await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    expect((await engine.erase([JANE])).status).toBe("completed");
    expect(await world.left()).toHaveLength(100);
  });

  test("more than half of the agent sessions waits", async () => {
    const rows = (n: number, user: string) =>
      Array.from({ length: n }, (_, index) => ({
        at: `agt_a/ase_${user}_${index}`,
        metadata: { user_id: user },
      }));
    await world.agents(...rows(110, "jane_doe"), ...rows(100, "bob"));
    const report = await engine.erase([JANE]);
    expect(report.sources["agent_sessions"]?.guard).toEqual({
      code: "half_of_source",
      found: 110,
      matched: 210,
    });
    expect(report.status).toBe("needs_approval");
    expect(await world.left()).toHaveLength(210);
  });

  describe("cancelled", () => {
    test("while it waits: everything stays, as untouched", async () => {
      const report = await waiting();
      expect((await engine.registrar.cancelErasure(report.id, "x")).kind).toBe("done");
      const ended = await engine.erasure(report.id);
      expect(ended).toMatchObject({
        status: "cancelled",
        statement: null,
        sources: {
          client_sessions: { found: 2, dispositions: { untouched: 2 } },
          agent_sessions: { found: 1, dispositions: { untouched: 1 } },
        },
      });
      expect(await world.left()).toHaveLength(3);
      expect(await approve(report)).toEqual({ kind: "wrong_status", status: "cancelled" });
      expect(await engine.registrar.cancelErasure(report.id, "x")).toEqual({
        kind: "wrong_status",
        status: "cancelled",
      });
    });

    test("before any source has begun", async () => {
      await world.clients(...janes(2));
      const id = await engine.open([JANE]);
      await engine.registrar.cancelErasure(id, "x");
      const ended = await engine.erasure(id);
      expect(ended.status).toBe("cancelled");
      expect(await world.left()).toHaveLength(2);
    });
  });

  describe("what changes while it waits", () => {
    test("a session that is no longer the person's is left, as renewed", async () => {
      await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
      await world.clients(...janes(2));
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_a/ase_2", metadata: OF_JANE },
      );
      const report = await engine.erase([JANE]);
      await world.changeClient("jane 0", { user_identifier_key: "bob" });
      await world.changeAgentSession("agt_a/ase_1", { user_id: "bob" });
      await approve(report);
      expect(await engine.erasure(report.id)).toMatchObject({
        status: "completed",
        sources: {
          client_sessions: { found: 2, dispositions: { deleted: 1, renewed: 1 } },
          agent_sessions: { found: 2, dispositions: { deleted: 1, renewed: 1 } },
        },
      });
      expect(await world.left()).toEqual(["agt_a/ase_1", "jane 0"]);
    });

    test("a session that has come to name somebody else too is left, as shared", async () => {
      const report = await waiting();
      await world.changeAgentSession("agt_a/ase_1", { user_id: ["jane_doe", "bob"] });
      await approve(report);
      const ended = await engine.erasure(report.id);
      expect(ended.status).toBe("partial");
      expect(ended.sources["agent_sessions"]?.dispositions).toEqual({ shared: 1 });
      expect(await world.left()).toEqual(["agt_a/ase_1"]);
    });

    test("a session that was written and is still the person's goes", async () => {
      const report = await waiting();
      await world.changeClient("jane 0", { device_count: 7 });
      await world.changeAgentSession("agt_a/ase_1", { ...OF_JANE, mood: "new" });
      await approve(report);
      expect((await engine.erasure(report.id)).status).toBe("completed");
      expect(await world.left()).toEqual([]);
    });

    test("sessions that the person has opened since are found and go", async () => {
      const report = await waiting();
      await world.clients({ name: "new", user_identifier_key: "jane_doe" });
      await world.agents({ at: "agt_b/ase_new", metadata: OF_JANE });
      await world.agents({ at: "agt_c/ase_child", child_of: "agt_b/ase_new" });
      await approve(report);
      expect(await engine.erasure(report.id)).toMatchObject({
        status: "completed",
        sources: {
          client_sessions: { found: 3, dispositions: { deleted: 3 } },
          agent_sessions: { found: 3, dispositions: { deleted: 3 } },
        },
      });
      expect(await world.left()).toEqual([]);
    });

    test("a parent that is somebody else's by now keeps its children", async () => {
      await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
        { at: "agt_b/ase_grandchild", child_of: "agt_b/ase_child" },
      );
      const report = await engine.erase([JANE]);
      expect(report.sources["agent_sessions"]?.found).toBe(3);
      await world.changeAgentSession("agt_a/ase_1", { user_id: "bob" });
      await world.agents({ at: "agt_b/ase_late", child_of: "agt_a/ase_1" });
      await approve(report);
      const ended = await engine.erasure(report.id);
      expect(await world.left()).toEqual([
        "agt_a/ase_1",
        "agt_b/ase_child",
        "agt_b/ase_grandchild",
        "agt_b/ase_late",
      ]);
      expect(ended.sources["agent_sessions"]?.dispositions).toEqual({ renewed: 1, shared: 2 });
      expect(ended.status).toBe("partial");
    });

    test("a child that names somebody by now keeps its own children", async () => {
      await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
        { at: "agt_b/ase_grandchild", child_of: "agt_b/ase_child" },
      );
      const report = await engine.erase([JANE]);
      await world.changeAgentSession("agt_b/ase_child", { user_id: "bob" });
      await approve(report);
      const ended = await engine.erasure(report.id);
      expect(await world.left()).toEqual(["agt_b/ase_child", "agt_b/ase_grandchild"]);
      expect(ended.sources["agent_sessions"]?.dispositions).toEqual({ deleted: 1, shared: 2 });
    });

    test("another agent's session under a bare id that was asked for is not taken later", async () => {
      await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
      await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
      await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
      const report = await engine.erase([JANE, by("agent_session_id", "ase_1")]);
      expect(report.status).toBe("needs_approval");
      await world.agents({ at: "agt_b/ase_1" });
      await approve(report);
      expect((await engine.erasure(report.id)).status).toBe("partial");
      expect(await world.left()).toEqual(["agt_b/ase_1"]);
    });
  });
});

test("an erasure does not go on when whom sessions name is read elsewhere by now", async () => {
  const [world] = worlds;
  const vars = { ERASURE_MAX_SESSIONS: "1" };
  await world?.open(engine, { vars });
  await world?.agents(
    { at: "agt_a/ase_1", metadata: OF_JANE },
    { at: "agt_a/ase_2", metadata: OF_JANE },
  );
  const report = await engine.erase([JANE]);
  expect(report.status).toBe("needs_approval");
  const moved = { settle_seconds: 0, person_paths: ["owner"] };
  await engine.configure({ ...vars, SOURCES: JSON.stringify({ agent_sessions: moved }) });
  await approve(report);
  await expect
    .poll(async () => engine.registrar.erasure(report.id), { timeout: 10_000 })
    .toMatchObject({
      status: "partial",
      sources: {
        agent_sessions: {
          status: "failed",
          error: { code: "account_changed" },
          dispositions: { untouched: 2 },
        },
      },
    });
  expect(await world?.left()).toHaveLength(2);
});
