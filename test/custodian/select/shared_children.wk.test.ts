import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import {
  by,
  embeddedWorld,
  idOf,
  JANE,
  OF_JANE,
  upstreamWorld,
} from "../../support/erasure_world.ts";

const engine = await openEngine();
const worlds = [embeddedWorld(), await upstreamWorld()];

const SHARING = { tools: [{ type: "sub_agent", session: { mode: "agent_scoped" } }] };

describe.each(worlds)("what an erasure leaves ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine);
  });

  describe("conflict", () => {
    test("in client sessions stops the agent sessions too", async () => {
      await world.clients(
        { name: "jane", user_identifier_key: "jane_doe", user_identity_id: idOf("u1") },
        { name: "odd", user_identifier_key: "jane_doe", user_identity_id: idOf("u2") },
      );
      await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
      const report = await engine.erase([JANE, by("user_identity_id", idOf("u1"))]);
      expect(report).toMatchObject({ status: "conflict", statement: null });
      expect(report.error?.message).toContain("user_identity_id");
      expect(report.error?.message).toContain("nothing was removed");
      expect(await world.left()).toEqual(["agt_a/ase_1", "jane", "odd"]);
      expect(await world.removals()).toBe(0);
    });

    test("in agent sessions stops the client sessions too", async () => {
      await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_a/ase_2", metadata: { user_identifier_key: "jane_doe", user_id: "bob" } },
      );
      const report = await engine.erase([JANE, by("metadata:user_id", "u-1")]);
      expect(report.status).toBe("conflict");
      expect(await world.left()).toEqual(["agt_a/ase_1", "agt_a/ase_2", "jane"]);
      expect(await world.removals()).toBe(0);
    });

    test("absent and null contradict nothing", async () => {
      await world.clients(
        { name: "absent", user_identifier_key: "jane_doe" },
        {
          name: "null",
          user_identifier_key: "jane_doe",
          customer_key: null,
          user_identity_id: null,
        },
        { name: "empty", user_identifier_key: "jane_doe", user_identity_ids: [] },
        { name: "both", user_identifier_key: "jane_doe", user_identity_id: idOf("u1") },
        { name: "other way", user_identifier_key: null, user_identity_id: idOf("u1") },
      );
      const report = await engine.erase([JANE, by("user_identity_id", idOf("u1"))]);
      expect(report.status).toBe("completed");
      expect(await world.left()).toEqual([]);
    });

    test("several values of one type are one person's", async () => {
      await world.clients(
        { name: "jane", user_identifier_key: "jane_doe" },
        { name: "old", user_identifier_key: "jane" },
      );
      expect((await engine.erase([JANE, by("user_identifier_key", "jane")])).status).toBe(
        "completed",
      );
      expect(await world.left()).toEqual([]);
    });
  });

  describe("shared", () => {
    test("an array that names several is left", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: { user_id: ["jane_doe", "bob"] } },
        { at: "agt_a/ase_2", metadata: { user_id: ["jane_doe"] } },
      );
      await world.clients(
        { name: "alone", user_identifier_key: "jane_doe", user_identity_ids: [idOf("u1")] },
        {
          name: "two",
          user_identifier_key: "jane_doe",
          user_identity_ids: [idOf("u1"), idOf("u2")],
        },
      );
      const report = await engine.erase([JANE]);
      expect(report).toMatchObject({
        status: "partial",
        sources: {
          agent_sessions: { found: 2, dispositions: { deleted: 1, shared: 1 } },
          client_sessions: { found: 2, dispositions: { deleted: 1, shared: 1 } },
        },
      });
      expect(await world.left()).toEqual(["agt_a/ase_1", "two"]);
    });

    test("another person's name in another person field is left", async () => {
      await world.agents({
        at: "agt_a/ase_1",
        metadata: { user_identifier_key: "jane_doe", user_id: "bob" },
      });
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("partial");
      expect(report.sources["agent_sessions"]?.dispositions).toEqual({ shared: 1 });
      expect(await world.left()).toEqual(["agt_a/ase_1"]);
    });

    test("a value that cannot be compared names somebody else", async () => {
      await world.agents({
        at: "agt_a/ase_1",
        metadata: { user_identifier_key: "jane_doe", user_id: { id: "jane_doe" } },
      });
      expect((await engine.erase([JANE])).sources["agent_sessions"]?.dispositions).toEqual({
        shared: 1,
      });
      expect(await world.left()).toEqual(["agt_a/ase_1"]);
    });
  });

  describe("children", () => {
    test("children and grandchildren that name nobody go with their parent", async () => {
      await world.agents(
        { at: "agt_c/ase_grandchild", child_of: "agt_b/ase_child" },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_a/ase_2", metadata: { user_id: "bob" } },
        { at: "agt_b/ase_of_bob", child_of: "agt_a/ase_2" },
        { at: "agt_b/ase_alone" },
      );
      const report = await engine.erase([JANE]);
      expect(report).toMatchObject({
        status: "completed",
        sources: { agent_sessions: { found: 3, dispositions: { deleted: 3 } } },
      });
      expect(await world.left()).toEqual(["agt_a/ase_2", "agt_b/ase_alone", "agt_b/ase_of_bob"]);
    });

    test("a parent of the same key in another agent is another parent", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_1", metadata: { user_id: "bob" } },
        { at: "agt_c/ase_child", child_of: "agt_b/ase_1" },
      );
      await engine.erase([JANE]);
      expect(await world.left()).toEqual(["agt_b/ase_1", "agt_c/ase_child"]);
    });

    test("a child that names somebody else stays, and so do its children", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1", metadata: { user_id: "bob" } },
        { at: "agt_b/ase_grandchild", child_of: "agt_b/ase_child" },
      );
      await engine.erase([JANE]);
      expect(await world.left()).toEqual(["agt_b/ase_child", "agt_b/ase_grandchild"]);
    });

    test("a child of many pages is found whatever its page", async () => {
      const crowd = Array.from({ length: 230 }, (_, n) => ({
        at: `agt_m/ase_${String(n).padStart(3, "0")}`,
        metadata: { user_id: `other-${n}` },
      }));
      await world.agents(
        { at: "agt_a/ase_child", child_of: "agt_z/ase_parent" },
        ...crowd,
        { at: "agt_z/ase_parent", metadata: OF_JANE },
        { at: "agt_m/ase_999", child_of: "agt_a/ase_child" },
      );
      const report = await engine.erase([JANE]);
      expect(report.sources["agent_sessions"]).toMatchObject({ found: 3 });
      expect(await world.left()).toEqual(crowd.map(({ at }) => at));
    });

    test.each([
      ["an agent whose sub-agents are agent_scoped", SHARING],
      ["an agent that cannot be read", null],
    ])("%s keeps its children: shared", async (_what, document) => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
        { at: "agt_b/ase_grandchild", child_of: "agt_b/ase_child" },
      );
      await world.agentDocument("agt_a", document);
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("partial");
      expect(report.sources["agent_sessions"]).toMatchObject({
        found: 3,
        dispositions: { shared: 2 },
      });
      expect(await world.left()).toEqual(
        expect.arrayContaining(["agt_b/ase_child", "agt_b/ase_grandchild"]),
      );
    });

    test("only the agent of the parent counts", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
      );
      await world.agentDocument("agt_b", SHARING);
      expect((await engine.erase([JANE])).status).toBe("completed");
      expect(await world.left()).toEqual([]);
    });

    test("a source that says shared_children keeps them all", async () => {
      await world.open(engine, { agent_sessions: { shared_children: true } });
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
      );
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("partial");
      expect(report.sources["agent_sessions"]?.dispositions).toEqual({ deleted: 1, shared: 1 });
      expect(await world.left()).toEqual(["agt_b/ase_child"]);
    });

    test("a child that names the person is shared too, where children may serve several", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1", metadata: OF_JANE },
      );
      await world.agentDocument("agt_a", SHARING);
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("partial");
      expect(report.sources["agent_sessions"]?.dispositions).toEqual({ deleted: 1, shared: 1 });
      expect(await world.left()).toEqual(["agt_b/ase_child"]);
    });

    test("such a child goes when it is named itself", async () => {
      await world.agents({ at: "agt_b/ase_child", child_of: "agt_a/ase_1", metadata: OF_JANE });
      await world.agentDocument("agt_a", SHARING);
      await engine.erase([JANE, by("agent_session_id", "agt_b/ase_child")]);
      expect(await world.left()).toEqual([]);
    });

    test("children of a session that is left as shared are left as shared", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: { user_id: ["jane_doe", "bob"] } },
        { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
      );
      const report = await engine.erase([JANE]);
      expect(report.sources["agent_sessions"]?.dispositions).toEqual({ shared: 2 });
      expect(await world.left()).toHaveLength(2);
    });
  });
});

describe("two accounts of one kind", () => {
  test("a bare session id that both have is a conflict: nothing is removed in either", async () => {
    const [world, other] = [await upstreamWorld(), await upstreamWorld()];
    await world.open(engine);
    await engine.configure({
      ...world.vars,
      SOURCES: JSON.stringify({
        client_sessions: { per_second: 2000, settle_seconds: 0 },
        agent_sessions: { per_second: 2000, settle_seconds: 0 },
        agents_eu: {
          provider: "vectara",
          endpoint: other.vectara.url,
          secret: "VECTARA_API_KEY",
          per_second: 2000,
          settle_seconds: 0,
        },
      }),
    });
    await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    await other.agents({ at: "agt_z/ase_1" }, { at: "agt_z/ase_2", metadata: OF_JANE });
    const report = await engine.erase([by("agent_session_id", "ase_1")]);
    expect(report.status).toBe("conflict");
    expect(await world.left()).toEqual(["agt_a/ase_1"]);
    expect(await other.left()).toEqual(["agt_z/ase_1", "agt_z/ase_2"]);
    const named = await engine.erase([by("agent_session_id", "agt_z/ase_1"), JANE]);
    expect(named.status).toBe("completed");
    expect(named.sources["agents_eu"]).toMatchObject({ found: 2, dispositions: { deleted: 2 } });
    expect(await world.left()).toEqual([]);
  });
});
