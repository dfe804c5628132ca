import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { by } from "../../support/erasure_world.ts";
import { approve, ended } from "../../support/guard_world.ts";
import { familyWorlds, OF_ANN, type FamilyWorld } from "../../support/lineage_world.ts";
import { versionOf, preview } from "../../support/preview_world.ts";
import { sweepOnce } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";
import { quicken } from "../../support/quick_clock.ts";

// What waits for its children is tried again after seconds: they pass five times as fast.
await quicken(5);
const engine = await openEngine();
const NOW = new Date().toISOString();
const FRESH = { created_at: NOW };
const STALE = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  children: "together",
  brake: { percent: 100 },
  verify: 0,
};
const PARENT = { at: "agt_a/parent", metadata: OF_ANN };
const CHILD = { at: "agt_b/child", child_of: "agt_a/parent", ...FRESH };

interface Meanwhile {
  readonly change: (world: FamilyWorld) => Promise<unknown>;
  readonly left: readonly string[];
}

async function open(world: FamilyWorld): Promise<void> {
  const page = { limit: 100, cursor: null };
  for (const { id, finished_at: at } of (await engine.registrar.sweeps(page, {})).data) {
    if (at === null) {
      await engine.registrar.cancelSweep(id, "test");
      await ended(engine, id);
    }
  }
  const { data } = await engine.registrar.holds(page, {});
  for (const { id } of data) {
    await engine.registrar.releaseHold(id, "root");
  }
  await world.open(engine);
  for (const table of ["lineage", "resting", "activity"]) {
    await engine.rows("agent_sessions", `DELETE FROM ${table}`);
  }
}

async function hold(at: string): Promise<() => Promise<unknown>> {
  const [scope = "", id = ""] = at.split("/");
  return place({ kind: "session", source: "agent_sessions", scope, id });
}

async function place(
  selector: Parameters<typeof engine.registrar.placeHold>[0]["selector"],
): Promise<() => Promise<unknown>> {
  const { id } = await placeHold(engine, selector);
  return async () => engine.registrar.releaseHold(id, "root");
}

describe.each(await familyWorlds())("$name: a sweep that takes families together", (world) => {
  beforeEach(async () => open(world));

  test("takes what a due session has made, and names nobody, over generations and before it", async () => {
    await world.agents(
      PARENT,
      CHILD,
      { at: "agt_c/last", child_of: "agt_b/child", ...FRESH },
      { at: "agt_b/bobs", child_of: "agt_a/parent", metadata: { user_id: "bob" }, ...FRESH },
      { at: "agt_c/of_bobs", child_of: "agt_b/bobs", ...FRESH },
      { at: "agt_a/young", metadata: OF_ANN, ...FRESH },
      { at: "agt_b/of_young", child_of: "agt_a/young", ...FRESH },
    );
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      status: "completed",
      counts: { due: 3, kept: 0, has_children: 0, planned: 3 },
      dispositions: { deleted: 3 },
    });
    expect(await world.left()).toEqual([
      "agt_a/young",
      "agt_b/bobs",
      "agt_b/of_young",
      "agt_c/of_bobs",
    ]);
  });

  test("takes a due child and a fresh one with their due parent, each once", async () => {
    await world.agents(PARENT, CHILD, { at: "agt_b/due", child_of: "agt_a/parent" });
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: 3, planned: 3 },
      dispositions: { deleted: 3 },
    });
    expect(await world.left()).toEqual([]);
  });

  test("takes the fresh child of a due child whose own parent is not due", async () => {
    await world.agents(
      { ...PARENT, ...FRESH },
      { at: "agt_b/due", child_of: "agt_a/parent" },
      { at: "agt_c/last", child_of: "agt_b/due", ...FRESH },
    );
    expect(await sweepOnce(engine, STALE)).toMatchObject({ dispositions: { deleted: 2 } });
    expect(await world.left()).toEqual(["agt_a/parent"]);
  });

  test.each<[string, object, object, readonly object[]]>([
    ["in use", {}, { status: "running" }, []],
    ["younger than is kept", { keep: { min_age: "P1D" } }, {}, []],
    ["in a scope that is not selected", { match: { scope: ["agt_a"] } }, {}, []],
    [
      "followed by one in use",
      {},
      {},
      [{ at: "agt_c/last", child_of: "agt_b/child", status: "running", ...FRESH }],
    ],
    [
      "beside one in use",
      {},
      {},
      [{ at: "agt_c/other", child_of: "agt_a/parent", status: "running", ...FRESH }],
    ],
  ])("leaves a family whose child is %s", async (_, changes, fields, more) => {
    const family = [PARENT, { ...CHILD, ...fields }, ...(more as (typeof CHILD)[])];
    await world.agents(...family);
    expect(await sweepOnce(engine, { ...STALE, ...changes })).toMatchObject({
      counts: { due: 0, kept: 1, has_children: 1, planned: 0 },
    });
    expect(await world.left()).toEqual(family.map(({ at }) => at).toSorted());
  });

  test.each([
    ["the due session's agent", "agt_a", []],
    ["an agent further down", "agt_b", []],
    ["no agent of the family", "agt_c", ["agt_a/parent", "agt_b/child", "agt_c/last"]],
  ])("leaves a family where %s may serve several people with one child", async (_, agent, gone) => {
    const family = [PARENT, CHILD, { at: "agt_c/last", child_of: "agt_b/child", ...FRESH }];
    await world.agents(...family);
    await world.agentDocument(agent, { tools: [{ mode: "agent_scoped" }] });
    const kept = gone.length === 0 ? 1 : 0;
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: gone.length, kept, has_children: kept },
    });
    const all = family.map(({ at }) => at);
    expect(await world.left()).toEqual(all.filter((at) => !gone.includes(at)));
  });

  test("leaves a family whose child has no age", async () => {
    await world.agents(PARENT, CHILD);
    await world.undate("agt_b/child");
    expect(await sweepOnce(engine, STALE)).toMatchObject({ counts: { has_children: 1 } });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
  });

  test("leaves a family whose child is held, or whose parent is among the newest", async () => {
    await world.agents(PARENT, CHILD);
    const release = await hold("agt_b/child");
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: 0, kept: 1, has_children: 1 },
    });
    await release();
    expect(await sweepOnce(engine, { ...STALE, keep: { latest: 1 } })).toMatchObject({
      counts: { due: 0, kept: 1, planned: 0 },
    });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
  });

  test("finds the whole family of a person by an erasure, whatever was left of it", async () => {
    await world.agents({ ...PARENT, created_at: "2025-01-01T00:00:00Z" }, CHILD, {
      at: "agt_c/last",
      child_of: "agt_b/child",
      ...FRESH,
    });
    const one = { ...STALE, budget: { items: 1 } };
    expect(await sweepOnce(engine, one)).toMatchObject({
      counts: { due: 3, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
    expect(await engine.erase([by("user_identifier_key", "ann")])).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 2, unattributable: 0 } },
    });
    expect(await world.left()).toEqual([]);
  });

  test("takes a family in the end where the budget is one session", async () => {
    await world.agents(PARENT, CHILD);
    const one = { ...STALE, budget: { items: 1 } };
    expect(await sweepOnce(engine, one)).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await world.left()).toEqual(["agt_a/parent"]);
    expect(await sweepOnce(engine, one)).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await world.left()).toEqual([]);
  });

  test("asks the brake about what goes with others, and has it in its digest", async () => {
    await world.agents(PARENT, CHILD);
    const braked = await sweepOnce(engine, { ...STALE, brake: { items: 1 } });
    expect(braked).toMatchObject({ status: "braked", counts: { due: 2, planned: 2 } });
    const page = await env.CUSTODIAN.getByName("agent_sessions").planPage(braked.id, {
      limit: 10,
      after: 0,
      newly: false,
    });
    expect(page).toMatchObject({
      data: [
        { id: "child", clause: 0 },
        { id: "parent", clause: 0 },
      ],
    });
    await engine.registrar.cancelSweep(braked.id, "test");
  });

  /** What happens to a family between its plan and its removal, and who of parent, child and last is left. */
  const meanwhile: Readonly<Record<string, Meanwhile>> = {
    used: { change: async (there) => there.use("agt_a/used"), left: ["a", "b", "c"] },
    running: { change: async (there) => there.run("agt_a/running"), left: ["a", "b", "c"] },
    gone: { change: async (there) => there.vanish("agt_a/gone"), left: ["b", "c"] },
    bobs_child: {
      change: async (there) => there.changeAgentSession("agt_b/bobs_child", { user_id: "bob" }),
      left: world.isEmbedded ? ["b", "c"] : ["a", "b", "c"],
    },
    bobs_last: {
      change: async (there) => there.changeAgentSession("agt_c/bobs_last", { user_id: "bob" }),
      left: world.isEmbedded ? ["c"] : ["a", "b", "c"],
    },
    child_runs: { change: async (there) => there.run("agt_b/child_runs"), left: ["a", "b", "c"] },
    last_runs: { change: async (there) => there.run("agt_c/last_runs"), left: ["a", "b", "c"] },
    child_held: { change: async () => hold("agt_b/child_held"), left: ["a", "b", "c"] },
    last_held: { change: async () => hold("agt_c/last_held"), left: ["a", "b", "c"] },
    held: { change: async () => hold("agt_a/held"), left: ["a", "b", "c"] },
    her_held: {
      change: async () =>
        place({
          kind: "subject",
          identifiers: [{ type: "user_identifier_key", value: "her_held" }],
        }),
      left: ["a", "b", "c"],
    },
    written: {
      change: async (there) => there.changeAgentSession("agt_b/written", { plan: "free" }),
      left: [],
    },
    untouched: { change: async () => null, left: [] },
  };
  const nameOf = (family: string, members: readonly string[]): string[] =>
    members.map((one) => `agt_${one}/${family}`);

  test("removes nothing that has come to stay between the plan and the removal", async () => {
    const families = Object.entries(meanwhile);
    await world.agents(
      ...families.flatMap(([family]) => [
        { at: `agt_a/${family}`, metadata: { user_id: family } },
        { at: `agt_b/${family}`, child_of: `agt_a/${family}`, ...FRESH },
        { at: `agt_c/${family}`, child_of: `agt_b/${family}`, ...FRESH },
      ]),
    );
    const asked = await sweepOnce(engine, { ...STALE, approval: "every" });
    expect(asked).toMatchObject({
      status: "needs_approval",
      counts: { planned: 3 * families.length },
    });
    for (const [, { change }] of families) {
      await change(world);
    }
    const left = families.flatMap(([family, one]) => nameOf(family, one.left));
    expect(await approve(engine, asked)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 3 * families.length - left.length - 1 },
    });
    expect(await world.left()).toEqual(left.toSorted());
  });

  test("leaves what would go with a session that has become its person's newest meanwhile", async () => {
    await world.agents(PARENT, CHILD, { at: "agt_a/newer", metadata: OF_ANN, ...FRESH });
    const asked = await sweepOnce(engine, {
      ...STALE,
      keep: { latest: 1 },
      approval: "every",
    });
    expect(asked).toMatchObject({ counts: { planned: 2 } });
    await world.vanish("agt_a/newer");
    expect(await approve(engine, asked)).toMatchObject({ dispositions: { renewed: 2 } });
    expect(await world.left()).toEqual(["agt_a/parent", "agt_b/child"]);
  });

  test("previews what would go, and compares with no other version", async () => {
    await world.agents(PARENT, CHILD);
    for (const other of [STALE, { ...STALE, children: "wait" }]) {
      expect(await preview(engine, STALE, other)).toMatchObject({
        status: "observed",
        counts: { due: 2, planned: 2 },
        due_next_24h: null,
        difference: null,
      });
    }
    expect(await preview(engine, { ...STALE, children: "wait" }, STALE)).toMatchObject({
      counts: { due: 0, has_children: 1 },
      difference: null,
    });
  });

  test("explains that a session waits for its children, or goes with its parent", async () => {
    await world.agents(PARENT, CHILD, { at: "agt_c/last", child_of: "agt_b/child", ...FRESH });
    const explain = async (at: string, policy: object) => {
      const [scope = "", id = ""] = at.split("/");
      const answer = await env.CUSTODIAN.getByName("agent_sessions").explain({
        ref: { scope, id },
        policies: [{ id: "p", policy: versionOf(policy).policy }],
      });
      return answer.kind === "explained" ? answer.policies : answer;
    };
    const waiting = { ...STALE, children: "wait" };
    expect(await explain("agt_b/child", STALE)).toMatchObject([{ verdict: "with_parent" }]);
    expect(await explain("agt_b/child", waiting)).toMatchObject([{ verdict: "not_due" }]);
    expect(await explain("agt_a/parent", STALE)).toMatchObject([{ verdict: "due", stops: [] }]);
    // Behind an API it is known while a sweep has listed it.
    const stops = world.isEmbedded ? ["has_children"] : [];
    expect(await explain("agt_a/parent", waiting)).toMatchObject([{ verdict: "due", stops }]);
    await world.agentDocument("agt_a", { tools: [{ mode: "agent_scoped" }] });
    expect(await explain("agt_b/child", STALE)).toMatchObject([{ verdict: "not_due" }]);
    expect(await explain("agt_c/last", STALE)).toMatchObject([{ verdict: "with_parent" }]);
    expect(await explain("agt_a/parent", STALE)).toMatchObject([{ verdict: "due", stops }]);
    await world.agentDocument("agt_a", { tools: [] });
    await sweepOnce(engine, { ...STALE, approval: "every" });
    expect(await explain("agt_a/parent", waiting)).toMatchObject([{ stops: ["has_children"] }]);
  });

  test("takes three hundred children, and their parent last", async () => {
    const children = Array.from({ length: 300 }, (_, n) => ({ ...CHILD, at: `agt_b/c${n}` }));
    await world.agents(PARENT, ...children);
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: 301 },
      dispositions: { deleted: 301 },
    });
    expect(await world.left()).toEqual([]);
  });
});
