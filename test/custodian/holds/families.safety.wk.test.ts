import { beforeEach, describe, expect, test } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import { openEngine } from "../../support/engine.ts";
import { by } from "../../support/erasure_world.ts";
import { approve, ended } from "../../support/guard_world.ts";
import { familyWorlds, OF_ANN, type FamilyWorld } from "../../support/lineage_world.ts";
import { sweepOnce } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";
import { quicken } from "../../support/quick_clock.ts";

// A hold binds what it names: in a sweep no relative besides, and in an erasure all that the held one has made.

// What waits for its children is tried again after seconds: they pass five times as fast.
await quicken(5);
const engine = await openEngine();
const FRESH = { created_at: new Date().toISOString() };
const STALE = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  children: "together",
  brake: { percent: 100 },
  verify: 0,
};
const PARENT = { at: "agt_a/parent", metadata: OF_ANN };
const of = (parent: string) => ({ child_of: `agt_a/${parent}`, ...FRESH });
const ANN = by("user_identifier_key", "ann");

async function releaseAll(): Promise<void> {
  const { data } = await engine.registrar.holds({ limit: 100, cursor: null }, {});
  for (const { id } of data) {
    await engine.registrar.releaseHold(id, "root");
  }
}

async function open(world: FamilyWorld, vars = {}): Promise<void> {
  const { data } = await engine.registrar.sweeps({ limit: 100, cursor: null }, {});
  for (const { id, finished_at: at } of data) {
    if (at === null) {
      await engine.registrar.cancelSweep(id, "test");
      await ended(engine, id);
    }
  }
  await releaseAll();
  await world.open(engine, { vars });
  for (const table of ["lineage", "resting", "activity"]) {
    await engine.rows("agent_sessions", `DELETE FROM ${table}`);
  }
}

const ofSession = (at: string): HoldSelector => {
  const [scope = "", id = ""] = at.split("/");
  return { kind: "session", source: "agent_sessions", scope, id };
};

async function hold(selector: HoldSelector): Promise<void> {
  expect(await placeHold(engine, selector)).toMatchObject({ status: "in_force" });
}

describe.each(await familyWorlds())("$name: a sweep that takes families together", (world) => {
  beforeEach(async () => open(world));

  test.each<[string, HoldSelector]>([
    ["by its id", ofSession("agt_a/parent")],
    ["by whom it names", { kind: "subject", identifiers: [ANN] }],
  ])("leaves with a parent that is held %s what would go with it, and no more", async (_, of_) => {
    await world.agents(
      PARENT,
      { at: "agt_b/fresh", ...of("parent") },
      { at: "agt_c/last", child_of: "agt_b/fresh", ...FRESH },
      { at: "agt_b/due", child_of: "agt_a/parent" },
      { at: "agt_c/of_due", child_of: "agt_b/due", ...FRESH },
    );
    await hold(of_);
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2 },
    });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/fresh", "agt_c/last"]);
  });

  test("leaves a parent and what would go with it while a sibling of that is held", async () => {
    await world.agents(
      PARENT,
      { at: "agt_b/fresh", ...of("parent") },
      { at: "agt_b/held", ...of("parent") },
      { at: "agt_c/of_held", child_of: "agt_b/held", ...FRESH },
      { at: "agt_b/due", child_of: "agt_a/parent" },
    );
    await hold(ofSession("agt_b/held"));
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { has_children: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual([
      "agt_a/parent",
      "agt_b/fresh",
      "agt_b/held",
      "agt_c/of_held",
    ]);
  });

  test("leaves a parent while a child that is due itself is held", async () => {
    await world.agents(
      PARENT,
      { at: "agt_b/fresh", ...of("parent") },
      { at: "agt_b/held", child_of: "agt_a/parent" },
      { at: "agt_c/of_held", child_of: "agt_b/held", ...FRESH },
    );
    await hold(ofSession("agt_b/held"));
    await sweepOnce(engine, STALE);
    expect(await world.left()).toEqual([
      "agt_a/parent",
      "agt_b/fresh",
      "agt_b/held",
      "agt_c/of_held",
    ]);
  });

  test("leaves one that is held after the plan, what would go with it, and its parent", async () => {
    await world.agents(
      PARENT,
      { at: "agt_b/fresh", ...of("parent") },
      { at: "agt_b/held", ...of("parent") },
      { at: "agt_c/of_held", child_of: "agt_b/held", ...FRESH },
    );
    const asked = await sweepOnce(engine, { ...STALE, approval: "every" });
    expect(asked).toMatchObject({ counts: { planned: 4 } });
    await hold(ofSession("agt_b/held"));
    expect(await approve(engine, asked)).toMatchObject({ status: "completed" });
    // The sibling goes with the parent, which is due still, and goes when the hold is over.
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/held", "agt_c/of_held"]);
    await releaseAll();
    await engine.rows("agent_sessions", "DELETE FROM resting");
    await sweepOnce(engine, STALE);
    expect(await world.left()).toEqual([]);
  });
});

describe.each(await familyWorlds())("$name: an erasure of a family", (world) => {
  beforeEach(async () => open(world));

  test("goes on beside a child that is held, and finds it when the hold is over", async () => {
    await world.agents(
      PARENT,
      { at: "agt_b/held", ...of("parent") },
      { at: "agt_c/of_held", child_of: "agt_b/held", ...FRESH },
      { at: "agt_b/sibling", ...of("parent") },
    );
    await hold(ofSession("agt_b/held"));
    expect(await engine.erase([ANN])).toMatchObject({
      status: "partial",
      sources: { agent_sessions: { found: 4, dispositions: { held: 2, deleted: 2 } } },
    });
    expect(await world.left()).toEqual(["agt_b/held", "agt_c/of_held"]);
    await releaseAll();
    expect(await engine.erase([ANN])).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 2, dispositions: { deleted: 2 } } },
    });
    expect(await world.left()).toEqual([]);
  });

  test("leaves all that a parent has made which is held after the plan", async () => {
    await open(world, { ERASURE_MAX_SESSIONS: "1" });
    await world.agents(
      PARENT,
      { at: "agt_b/child", ...of("parent") },
      { at: "agt_c/last", child_of: "agt_b/child", ...FRESH },
      { at: "agt_a/other", metadata: OF_ANN },
      { at: "agt_b/of_other", ...of("other") },
    );
    const { id, status, plan_digest: digest } = await engine.erase([ANN]);
    expect(status).toBe("needs_approval");
    await hold(ofSession("agt_a/parent"));
    await engine.registrar.approveErasure(id, digest ?? "", "ben");
    await expect
      .poll(async () => engine.registrar.erasure(id), { timeout: 10_000 })
      .toMatchObject({
        status: "partial",
        finished_at: expect.any(String),
        sources: { agent_sessions: { dispositions: { held: 3, deleted: 2 } } },
      });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child", "agt_c/last"]);
  });
});
