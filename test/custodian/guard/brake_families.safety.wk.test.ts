import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { ended } from "../../support/guard_world.ts";
import { familyWorlds, OF_ANN } from "../../support/lineage_world.ts";
import { sweepOnce } from "../../support/sweep_world.ts";

const engine = await openEngine();
const FRESH = { created_at: new Date().toISOString() };
const STALE = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  brake: { percent: 50 },
  verify: 0,
};

function many<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

describe.each(await familyWorlds())("$name: the brake by percent, and families", (world) => {
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

  const FREE = { ...STALE, match: { metadata: { plan: "free" } }, children: "together" };
  const free = { metadata: { ...OF_ANN, plan: "free" } };

  test("counts what goes with others once, where it is selected by itself", async () => {
    await world.agents(
      ...many(200, (n) => ({ at: `agt_a/due${n}`, ...free })),
      ...many(200, (n) => ({ at: `agt_a/live${n}`, ...free, ...FRESH })),
      ...many(8, (n) => ({
        at: `agt_b/child${n}`,
        child_of: `agt_a/due${n}`,
        metadata: { plan: "free" },
        ...FRESH,
      })),
    );
    expect(await sweepOnce(engine, FREE)).toMatchObject({
      status: "braked",
      guard: { code: "brake_percent", due: 208, matched: 408 },
    });
  });

  test("counts what goes with others and is not selected by itself", async () => {
    await world.agents(
      ...many(150, (n) => ({ at: `agt_a/due${n}`, ...free })),
      ...many(90, (n) => ({ at: `agt_a/live${n}`, ...free, ...FRESH })),
      ...many(100, (n) => ({ at: `agt_b/child${n}`, child_of: `agt_a/due${n}`, ...FRESH })),
    );
    expect(await sweepOnce(engine, FREE)).toMatchObject({
      status: "braked",
      guard: { code: "brake_percent", due: 250, matched: 340 },
    });
  });

  test("takes the share of orphans by those that are selected, and nobody's", async () => {
    await world.agents(
      { at: "agt_a/parent", metadata: OF_ANN },
      ...many(110, (n) => ({ at: `agt_b/orphan${n}`, child_of: "agt_a/never" })),
      ...many(150, (n) => ({ at: `agt_b/child${n}`, child_of: "agt_a/parent" })),
      ...many(300, (n) => ({ at: `agt_c/orphan${n}`, child_of: "agt_a/never" })),
    );
    const orphans = { ...STALE, match: { scope: ["agt_b"], orphan: true } };
    expect(await sweepOnce(engine, orphans)).toMatchObject({
      status: "braked",
      guard: { code: "brake_percent", due: 110, matched: 110 },
    });
  });
});
