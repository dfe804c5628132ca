import { beforeEach, describe, expect, test } from "vitest";
import { store } from "../support/d1.ts";
import { embeddedWorld, upstreamWorld, type World } from "../support/erasure_world.ts";
import { quicken } from "../support/quick_clock.ts";
import type { FaultRule } from "../fakes/faults.ts";
import { openWorld, sweepOnce } from "../support/sweep_world.ts";

// What goes wrong is tried again after seconds: they pass five times as fast.
await quicken(5);
const engine = await openWorld();
const embedded = embeddedWorld();
const upstream = await upstreamWorld();

const TOGETHER = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  children: "together",
  brake: { percent: 100 },
  verify: 0,
};
const FAMILY = ["agt_a/parent", "agt_b/child", "agt_c/last"];

async function open(world: World): Promise<void> {
  await world.open(engine);
  for (const table of ["lineage", "resting", "activity"]) {
    await engine.rows("agent_sessions", `DELETE FROM ${table}`);
  }
  const created = new Date().toISOString();
  await world.agents(
    { at: "agt_a/parent", metadata: { user_id: "ann" } },
    { at: "agt_b/child", child_of: "agt_a/parent", created_at: created },
    { at: "agt_c/last", child_of: "agt_b/child", created_at: created },
  );
}

describe("a provider that fails while a family goes", () => {
  beforeEach(async () => open(upstream));

  test.each<[string, FaultRule, object]>([
    [
      "the answer to the first removal is lost",
      { kind: "reset_after", match: { method: "DELETE", id: "last" } },
      { deleted: 2, absent_after_attempt: 1 },
    ],
    [
      "the answer to a removal between is lost",
      { kind: "reset_after", match: { method: "DELETE", id: "child" } },
      { deleted: 2, absent_after_attempt: 1 },
    ],
    [
      "the first removal does not arrive",
      { kind: "reset_before", match: { method: "DELETE", id: "last" } },
      { deleted: 3 },
    ],
  ])("takes each once, the last first, when %s", async (_, rule, dispositions) => {
    await upstream.vectara.faults(rule);
    expect(await sweepOnce(engine, TOGETHER)).toMatchObject({ status: "completed", dispositions });
    expect(await upstream.left()).toEqual([]);
    const removed = (await upstream.vectara.calls())
      .filter(({ method }) => method === "DELETE")
      .map(({ path }) => path.split("/").at(-1));
    expect([...new Set(removed)]).toEqual(["last", "child", "parent"]);
  });

  test.each<[string, FaultRule]>([
    ["is refused", { kind: "status", status: 403, body: {}, times: 99 }],
    ["is answered by something else", { kind: "html", status: 200, times: 99 }],
  ])("leaves all of it when a read of the parent %s", async (_, rule) => {
    await upstream.vectara.faults({ ...rule, match: { method: "GET", id: "parent" } });
    const { dispositions } = await sweepOnce(engine, TOGETHER);
    expect(dispositions.deleted ?? 0).toBe(0);
    expect(await upstream.left()).toEqual(FAMILY);
  });
});

type Trouble = "before" | "after" | null;

describe("a store that fails while a family goes", () => {
  beforeEach(async () => open(embedded));

  test.each<[Trouble, Trouble, Trouble]>([
    ["after", null, null],
    [null, "after", "before"],
    ["before", "after", "after"],
  ])("takes each once: %s, %s, %s", async (...troubles) => {
    const left: Trouble[] = [...troubles];
    await engine.useStore(
      new Proxy(store, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (key !== "batch") {
            return typeof value === "function" ? (value.bind(target) as unknown) : value;
          }
          return async (statements: D1PreparedStatement[]) => {
            const trouble = left.shift() ?? null;
            const answer = trouble === "before" ? null : await target.batch(statements);
            if (trouble !== null) {
              throw new Error("D1_ERROR: Network connection lost.");
            }
            return answer;
          };
        },
      }),
    );
    expect(await sweepOnce(engine, TOGETHER)).toMatchObject({
      status: "completed",
      counts: { due: 3, planned: 3 },
      dispositions: { deleted: 3 },
    });
    expect(await embedded.left()).toEqual([]);
  });
});
