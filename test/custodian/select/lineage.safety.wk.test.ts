import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { by } from "../../support/erasure_world.ts";
import { ANN_AND_CHILD, familyWorlds, OF_ANN } from "../../support/lineage_world.ts";

const engine = await openEngine();
const ANN = by("user_identifier_key", "ann");
/** Somebody whose erasure reads everything, and takes nothing. */
const NOBODY = by("user_identifier_key", "nobody");

const worlds = await familyWorlds();

describe.each(worlds)("$name: whose a nameless session is", (world) => {
  beforeEach(async () => {
    await world.open(engine);
    // What an earlier test left is forgotten by a list that has something in it.
    await world.agents({ at: "agt_z/other", metadata: { user_id: "bob" } });
    await engine.erase([NOBODY]);
  });

  const agentPart = async (identifiers = [ANN]) => {
    const { status, statement, sources } = await engine.erase(identifiers);
    return { ...sources["agent_sessions"], status, statement };
  };

  test("is known when its parent has gone by itself, and an erasure finds it", async () => {
    await world.agents(...ANN_AND_CHILD);
    expect(await agentPart([NOBODY])).toMatchObject({ status: "no_match", unattributable: 0 });
    await world.vanish("agt_a/parent");
    expect(await agentPart()).toMatchObject({
      status: "completed",
      found: 1,
      unattributable: 0,
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual(["agt_z/other"]);
  });

  test("is known over generations, whichever of them go", async () => {
    await world.agents(...ANN_AND_CHILD, { at: "agt_c/grandchild", child_of: "agt_b/child" });
    await agentPart([NOBODY]);
    await world.vanish("agt_a/parent");
    await agentPart([NOBODY]);
    await world.vanish("agt_b/child");
    expect(await agentPart()).toMatchObject({ status: "completed", found: 1 });
    expect(await world.left()).toEqual(["agt_z/other"]);
  });

  test("is known of one that was made after the list, by one that was on it", async () => {
    await world.agents(...ANN_AND_CHILD);
    await agentPart([NOBODY]);
    await world.agents({ at: "agt_c/late", child_of: "agt_b/child" });
    await world.vanish("agt_a/parent");
    expect(await agentPart()).toMatchObject({ status: "completed", found: 2 });
    expect(await world.left()).toEqual(["agt_z/other"]);
  });

  test("is found by the type it was named by, and by the session that made it", async () => {
    await world.agents(...ANN_AND_CHILD);
    await agentPart([NOBODY]);
    await world.vanish("agt_a/parent");
    expect(await agentPart([by("metadata:user_id", "ann")])).toMatchObject({ found: 1 });
    await world.agents({ at: "agt_a/second" }, { at: "agt_b/its", child_of: "agt_a/second" });
    await agentPart([NOBODY]);
    await world.vanish("agt_a/second");
    expect(await agentPart([by("agent_session_id", "agt_a/second")])).toMatchObject({
      found: 1,
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual(["agt_z/other"]);
  });

  test("is told as nobody's to say when its parent was gone before it was ever seen", async () => {
    await world.agents({ at: "agt_b/orphan", child_of: "agt_a/never" });
    await world.agents({ at: "agt_c/below", child_of: "agt_b/orphan" });
    const told = await agentPart();
    expect(told).toMatchObject({ status: "no_match", found: 0, unattributable: 2 });
    expect(told.statement).toContain("2 in agent_sessions");
    await world.agents({ at: "agt_a/ase", metadata: OF_ANN });
    const completed = await agentPart();
    expect(completed).toMatchObject({ status: "completed", found: 1, unattributable: 2 });
    expect(completed.statement).toContain("2 in agent_sessions");
    expect(await world.left()).toEqual(["agt_b/orphan", "agt_c/below", "agt_z/other"]);
  });

  test("is nobody's where its ancestors named nobody, which is known and not told", async () => {
    await world.agents({ at: "agt_a/root" }, { at: "agt_b/child", child_of: "agt_a/root" });
    await agentPart([NOBODY]);
    await world.vanish("agt_a/root");
    expect(await agentPart()).toMatchObject({ status: "no_match", found: 0, unattributable: 0 });
  });

  test("is shared where what made it was also somebody else's", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: { user_id: ["ann", "bob"] } },
      { at: "agt_b/child", child_of: "agt_a/parent" },
    );
    await agentPart([NOBODY]);
    await world.vanish("agt_a/parent");
    expect(await agentPart()).toMatchObject({ status: "partial", dispositions: { shared: 1 } });
    expect(await world.left()).toEqual(["agt_b/child", "agt_z/other"]);
  });

  test("is shared where any agent of the line shares what it makes", async () => {
    await world.agents(...ANN_AND_CHILD, { at: "agt_c/grandchild", child_of: "agt_b/child" });
    await agentPart([NOBODY]);
    await world.agentDocument("agt_a", { tools: [{ mode: "agent_scoped" }] });
    await world.vanish("agt_a/parent");
    await world.vanish("agt_b/child");
    expect(await agentPart()).toMatchObject({ status: "partial", dispositions: { shared: 1 } });
    expect(await world.left()).toEqual(["agt_c/grandchild", "agt_z/other"]);
  });

  test("follows its parent when that is given to somebody else while it lives", async () => {
    await world.agents(...ANN_AND_CHILD);
    await agentPart([NOBODY]);
    await world.changeAgentSession("agt_a/parent", { user_id: "bob" });
    await agentPart([NOBODY]);
    await world.vanish("agt_a/parent");
    expect(await agentPart()).toMatchObject({ status: "no_match", found: 0 });
    expect(await agentPart([by("user_identifier_key", "bob")])).toMatchObject({ found: 2 });
    expect(await world.left()).toEqual([]);
  });

  test("is kept under keyed hashes, and no longer than the session is there", async () => {
    await world.agents(...ANN_AND_CHILD);
    await agentPart([NOBODY]);
    const kept = await engine.rows<{ session: ArrayBuffer; said: string }>(
      "agent_sessions",
      "SELECT session, people || agents AS said FROM lineage",
    );
    expect(kept).toHaveLength(1);
    expect(kept[0]?.session.byteLength).toBe(16);
    expect(kept[0]?.said).not.toMatch(/ann|agt_|parent|child/);
    await world.vanish("agt_b/child");
    await agentPart([NOBODY]);
    expect(await engine.rows("agent_sessions", "SELECT 1 FROM lineage")).toEqual([]);
    await world.agents({ at: "agt_b/child", child_of: "agt_a/parent" });
    await agentPart();
    expect(await engine.rows("agent_sessions", "SELECT 1 FROM lineage")).toEqual([]);
    expect(await engine.rows("agent_sessions", "SELECT 1 FROM family")).toEqual([]);
  });

  test("is not in question where the erasure looks in other scopes alone", async () => {
    await world.agents(...ANN_AND_CHILD, { at: "agt_c/orphan", child_of: "agt_a/never" });
    await agentPart([NOBODY]);
    await world.vanish("agt_a/parent");
    const { sources } = await engine.erase([ANN], { scopes: ["agt_b"] });
    expect(sources["agent_sessions"]).toMatchObject({ found: 0, unattributable: 0 });
    expect(await world.left()).toContain("agt_b/child");
  });
});

describe("the embedded store's own DELETE", () => {
  const [world] = worlds;
  const agents = env.CUSTODIAN.getByName("agent_sessions");
  const find = async () => (await engine.erase([ANN])).sources["agent_sessions"];

  beforeEach(async () => {
    await world?.open(engine);
    await world?.agents({ at: "agt_z/other", metadata: { user_id: "bob" } });
    await engine.erase([NOBODY]);
  });

  test("keeps whose the sessions are that a parent has made, although nobody had listed them", async () => {
    await world?.agents(
      ...ANN_AND_CHILD,
      { at: "agt_b/bobs", child_of: "agt_a/parent", metadata: { user_id: "bob" } },
      { at: "agt_c/grandchild", child_of: "agt_b/child" },
    );
    for (const [scope, id] of [
      ["agt_b", "child"],
      ["agt_a", "parent"],
    ] as const) {
      expect(await agents.removeNow({ scope, id })).toEqual({ kind: "deleted" });
    }
    expect(await engine.rows("agent_sessions", "SELECT 1 FROM lineage")).toHaveLength(1);
    expect(await find()).toMatchObject({
      found: 1,
      unattributable: 0,
      dispositions: { deleted: 1 },
    });
    expect(await world?.left()).toEqual(["agt_b/bobs", "agt_z/other"]);
  });

  test("keeps nothing of a session that has made none", async () => {
    await world?.agents({ at: "agt_a/alone", metadata: OF_ANN });
    expect(await agents.removeNow({ scope: "agt_a", id: "alone" })).toEqual({ kind: "deleted" });
    expect(await engine.rows("agent_sessions", "SELECT 1 FROM lineage")).toEqual([]);
  });
});

describe("an erasure of somebody else's parent", () => {
  test.each(worlds)("$name: keeps whose a session is that it leaves as shared", async (world) => {
    await world.open(engine);
    await world.agents(
      { at: "agt_z/other", metadata: { user_id: "bob" } },
      { at: "agt_a/parent", metadata: OF_ANN },
    );
    await world.agentDocument("agt_a", { tools: [{ mode: "agent_scoped" }] });
    await world.agents({ at: "agt_b/child", child_of: "agt_a/parent" });
    expect(await engine.erase([ANN])).toMatchObject({ status: "partial" });
    expect(await world.left()).toEqual(["agt_b/child", "agt_z/other"]);
    await world.agentDocument("agt_a", { tools: [] });
    expect(await engine.erase([ANN])).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 1, unattributable: 0 } },
    });
    expect(await world.left()).toEqual(["agt_z/other"]);
  });
});
