import { beforeEach, describe, expect, test } from "vitest";
import { ok } from "../../../src/core/values/result.ts";
import { openEngine } from "../../support/engine.ts";
import { approve, ended } from "../../support/guard_world.ts";
import { familyWorlds, OF_ANN } from "../../support/lineage_world.ts";
import { quicken } from "../../support/quick_clock.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";
import { sweepOnce } from "../../support/sweep_world.ts";

// What waits for its children is tried again after seconds: they pass five times as fast.
await quicken(5);
const engine = await openEngine();
const FRESH = { created_at: new Date().toISOString() };
const STALE = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  children: "together",
  approval: "every",
  brake: { percent: 100 },
  verify: 0,
};
const FAMILY = [
  { at: "agt_a/parent", metadata: OF_ANN },
  { at: "agt_b/child", child_of: "agt_a/parent", ...FRESH },
  { at: "agt_c/last", child_of: "agt_b/child", ...FRESH },
];
const OTHERS = [
  { at: "agt_d/parent", metadata: OF_ANN },
  { at: "agt_e/child", child_of: "agt_d/parent", ...FRESH },
];
const SHARES = { tools: [{ mode: "agent_scoped" }] };

describe("the removal of families that takes long", () => {
  const NOW = Date.UTC(2026, 7, 1);
  const ANN = [{ type: "user_identifier_key", values: ["ann"] }] as const;

  async function removeSlowly(pause: number): Promise<string[]> {
    const source = memorySource(
      [1, 2].flatMap((n) => [
        session(`parent${n}`, NOW - DAY, { scope: "a", person: ANN }),
        session(`child${n}`, NOW + DAY, { scope: "b", parent: { scope: "a", id: `parent${n}` } }),
      ]),
      { has_children: true, concurrency: 1 },
    );
    let shares = false;
    await inCustodian(
      (harness) => {
        source.before = (call) => {
          if (call === "remove" && source.removed.length === 0) {
            harness.now += pause;
            shares = true;
          }
          return null;
        };
        return { ...source, sharesChildren: async () => ok(shares) };
      },
      async (harness) => {
        harness.start("swp_1", {
          expire: [{ clock: "expires_at", after: "PT0S" }],
          children: "together",
          brake: { percent: 100 },
          verify: 0,
        });
        await harness.run();
        expect(harness.broken).toEqual([]);
      },
    );
    return source.removed;
  }

  test("asks each hour whether an agent shares what it makes", async () => {
    expect(await removeSlowly(3_600_000)).toEqual(["child1", "parent1"]);
  });

  test("goes by what it was told for less than that", async () => {
    expect(await removeSlowly(6000)).toEqual(["child1", "child2", "parent1", "parent2"]);
  });
});

describe.each(await familyWorlds())("$name: a plan of families that waits", (world) => {
  beforeEach(async () => {
    const { data } = await engine.registrar.sweeps({ limit: 100, cursor: null }, {});
    for (const { id, finished_at: at } of data) {
      if (at === null) {
        await engine.registrar.cancelSweep(id, "test");
        await ended(engine, id);
      }
    }
    await world.open(engine);
    for (const table of ["lineage", "resting", "activity"]) {
      await engine.rows("agent_sessions", `DELETE FROM ${table}`);
    }
  });

  test.each<[string, string, object | null, number]>([
    ["the due session's agent", "agt_a", SHARES, 2],
    ["an agent further down", "agt_b", SHARES, 1],
    ["an agent that nobody can read", "agt_a", null, 2],
  ])("leaves a family where %s has come to serve several people", async (_, agent, doc, shared) => {
    await world.agents(...FAMILY, ...OTHERS);
    const asked = await sweepOnce(engine, STALE);
    expect(asked).toMatchObject({ status: "needs_approval", counts: { planned: 5 } });
    await world.agentDocument(agent, doc as Parameters<typeof world.agentDocument>[1]);
    // By call, what has made one that is there waits for it before it is looked at itself.
    const left = world.isEmbedded ? shared : 1;
    expect(await approve(engine, asked)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2, shared: left, awaits_children: 3 - left },
      backlog: 3 - left,
    });
    expect(await world.left()).toEqual(FAMILY.map(({ at }) => at));
  });

  test("takes a family where the agent of its last one alone has come to do so", async () => {
    await world.agents(...FAMILY);
    const asked = await sweepOnce(engine, STALE);
    await world.agentDocument("agt_c", SHARES);
    expect(await approve(engine, asked)).toMatchObject({ dispositions: { deleted: 3 } });
    expect(await world.left()).toEqual([]);
  });
});
