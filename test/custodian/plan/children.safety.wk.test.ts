import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { by } from "../../support/erasure_world.ts";
import { familyWorlds, OF_ANN } from "../../support/lineage_world.ts";
import { sweepOnce } from "../../support/sweep_world.ts";

const engine = await openEngine();
const STALE = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  brake: { percent: 100 },
  verify: 0,
};
const FRESH = { created_at: new Date().toISOString() };

describe.each(await familyWorlds())("$name: a sweep of sessions that made others", (world) => {
  beforeEach(async () => {
    await world.open(engine);
    // The list that remembers nothing of the test before, also not what rests.
    for (const table of ["lineage", "resting"]) {
      await engine.rows("agent_sessions", `DELETE FROM ${table}`);
    }
  });

  test("leaves a parent whose child names nobody and is not due, and the person's erasure finds both", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN },
      { at: "agt_b/child", child_of: "agt_a/parent", ...FRESH },
      { at: "agt_a/alone", metadata: OF_ANN },
    );
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      status: "completed",
      counts: { due: 1, kept: 1, has_children: 1, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
    expect(await engine.erase([by("user_identifier_key", "ann")])).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 2, unattributable: 0 } },
    });
    expect(await world.left()).toEqual([]);
  });

  test("waits over generations, and not for a child that names somebody", async () => {
    await world.agents(
      { at: "agt_a/top", metadata: OF_ANN },
      { at: "agt_b/middle", child_of: "agt_a/top" },
      { at: "agt_c/fresh", child_of: "agt_b/middle", ...FRESH },
      { at: "agt_a/other", metadata: OF_ANN },
      { at: "agt_b/bobs", child_of: "agt_a/other", metadata: { user_id: ["bob"] }, ...FRESH },
    );
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: 1, kept: 2, has_children: 2, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual(["agt_a/top", "agt_b/bobs", "agt_b/middle", "agt_c/fresh"]);
  });

  test("removes what is due of a family from the last generation up", async () => {
    await world.agents(
      { at: "agt_a/top", metadata: OF_ANN },
      { at: "agt_b/middle", child_of: "agt_a/top" },
      { at: "agt_c/last", child_of: "agt_b/middle" },
    );
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      status: "completed",
      counts: { due: 3, kept: 0, has_children: 0, planned: 3 },
      dispositions: { deleted: 3 },
    });
    expect(await world.left()).toEqual([]);
  });

  test("never takes a parent before its child where the budget is one session, and takes both in the end", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN, created_at: "2025-01-01T00:00:00Z" },
      { at: "agt_b/child", child_of: "agt_a/parent" },
    );
    const oneByOne = { ...STALE, budget: { items: 1 } };
    // An index tells what is due, and not what is a parent: that is found out at the removal.
    const first = { counts: { due: 2, planned: 1 }, dispositions: { awaits_children: 1 } };
    const waited = world.isEmbedded ? await sweepOnce(engine, oneByOne) : first;
    expect(waited).toMatchObject(first);
    // The parent rests, or comes after what has made nothing, so that the budget is the child's.
    expect(await sweepOnce(engine, oneByOne)).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await world.left()).toEqual(["agt_a/parent"]);
    await engine.rows("agent_sessions", "DELETE FROM resting");
    expect(await sweepOnce(engine, oneByOne)).toMatchObject({ dispositions: { deleted: 1 } });
  });

  test("leaves a parent whose child is none of its own, by its index and by a list of everything", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN },
      { at: "agt_b/child", child_of: "agt_a/parent" },
    );
    const scoped = { ...STALE, match: { scope: ["agt_a"] } };
    expect(await sweepOnce(engine, scoped)).toMatchObject({
      counts: { due: 0, kept: 1, has_children: 1 },
    });
    const whole = { ...STALE, match: { metadata: { user_id: "ann" } } };
    expect(await sweepOnce(engine, whole)).toMatchObject({
      counts: { due: 0, kept: 1, has_children: 1 },
    });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
  });

  test("fills no budget with parents that wait", async () => {
    await world.agents(
      { at: "agt_a/one", metadata: OF_ANN, created_at: "2025-01-01T00:00:00Z" },
      { at: "agt_b/its", child_of: "agt_a/one", ...FRESH },
      { at: "agt_a/two", metadata: OF_ANN, created_at: "2025-01-02T00:00:00Z" },
      { at: "agt_b/other", child_of: "agt_a/two", ...FRESH },
      { at: "agt_a/alone", metadata: OF_ANN },
    );
    expect(await sweepOnce(engine, { ...STALE, budget: { items: 1 } })).toMatchObject({
      counts: { due: 1, has_children: 2, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).not.toContain("agt_a/alone");
  });

  test("waits for a child that is old and was active, as its provider or its row tells", async () => {
    const active = new Date().toISOString();
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN },
      world.isEmbedded
        ? { at: "agt_b/child", child_of: "agt_a/parent", created_at: active }
        : {
            at: "agt_b/child",
            child_of: "agt_a/parent",
            events: [{ id: "evt_1", type: "input_message", created_at: active }],
          },
    );
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: 0, kept: 1, has_children: 1, planned: 0 },
    });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
  });
});

describe.each(await familyWorlds())("$name: a sweep of orphans alone", (world) => {
  const ORPHANS = { ...STALE, match: { orphan: true } };

  beforeEach(async () => {
    await world.open(engine);
    for (const table of ["lineage", "resting"]) {
      await engine.rows("agent_sessions", `DELETE FROM ${table}`);
    }
  });

  test("takes what nobody can attribute, and nothing that has or had a parent that was seen", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN, ...FRESH },
      { at: "agt_b/child", child_of: "agt_a/parent" },
      { at: "agt_a/seen", metadata: OF_ANN },
      { at: "agt_b/known", child_of: "agt_a/seen" },
      { at: "agt_b/orphan", child_of: "agt_a/never" },
      { at: "agt_c/below", child_of: "agt_b/orphan" },
      { at: "agt_b/named", child_of: "agt_a/never", metadata: { user_id: "bob" } },
      { at: "agt_b/fresh", child_of: "agt_a/never", ...FRESH },
      { at: "agt_a/root" },
    );
    await engine.erase([by("user_identifier_key", "nobody")]);
    await world.vanish("agt_a/seen");
    expect(await sweepOnce(engine, ORPHANS)).toMatchObject({
      status: "completed",
      counts: { due: 2, has_children: 0, planned: 2 },
      dispositions: { deleted: 2 },
    });
    expect(await world.left()).toEqual([
      "agt_a/parent",
      "agt_a/root",
      "agt_b/child",
      "agt_b/fresh",
      "agt_b/known",
      "agt_b/named",
    ]);
    expect(await engine.erase([by("user_identifier_key", "ann")])).toMatchObject({
      sources: { agent_sessions: { found: 3, unattributable: 1 } },
    });
  });

  test("takes one whose parent went with its whole agent", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN, ...FRESH },
      { at: "agt_b/orphan", child_of: "agt_gone/never" },
    );
    expect(await sweepOnce(engine, ORPHANS)).toMatchObject({
      counts: { due: 1, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual(["agt_a/parent"]);
  });

  test("leaves what one has made that is there and cannot be read", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN },
      { at: "agt_b/child", child_of: "agt_a/parent" },
      { at: "agt_c/below", child_of: "agt_b/child" },
    );
    await world.spoil("agt_a/parent");
    await sweepOnce(engine, ORPHANS);
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child", "agt_c/below"]);
  });
});
