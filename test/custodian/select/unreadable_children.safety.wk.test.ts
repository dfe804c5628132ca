import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { by, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";
import { begin, outcomeOf } from "../../support/sweep_upstream.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const { vectara } = upstream;

const OLD = { source: "agent_sessions", expire: [{ clock: "created_at", after: "P1D" }] };
const named = (...sessions: { scope: string; id: string }[]) => ({
  count: sessions.length,
  sessions,
});

describe("what made a session of Vectara's that cannot be read", () => {
  const HUGE = { note: "x".repeat(1_100_000) };
  const AGENTS_ALONE = { sources: ["agent_sessions"] };

  beforeEach(async () => {
    await upstream.open(engine);
    for (const table of ["lineage", "resting"]) {
      await engine.rows("agent_sessions", `DELETE FROM ${table}`);
    }
  });

  test.each([
    ["waits for it", {}],
    ["waits for it also where families go together", { children: "together" }],
  ])("%s, over generations, because it may name nobody, and others go", async (_, how) => {
    await upstream.agents(
      { at: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_b/huge", child_of: "agt_a/parent", metadata: HUGE },
      { at: "agt_a/top", metadata: OF_JANE },
      { at: "agt_b/middle", child_of: "agt_a/top", metadata: HUGE },
      { at: "agt_c/fresh", child_of: "agt_b/middle", created_at: new Date().toISOString() },
      { at: "agt_a/alone" },
    );
    expect(await outcomeOf(engine, await begin(engine, { ...OLD, ...how }))).toMatchObject({
      status: "completed",
      counts: { due: 1, has_children: 2 },
      dispositions: { deleted: 1 },
      unreadable: { count: 2 },
    });
    expect(await upstream.left()).toEqual([
      "agt_a/parent",
      "agt_a/top",
      "agt_b/huge",
      "agt_b/middle",
      "agt_c/fresh",
    ]);
  });

  test("may be erased: whose it is, is kept until it can be read, and it is not taken before", async () => {
    await upstream.agents(
      { at: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_b/huge", child_of: "agt_a/parent", metadata: HUGE },
      { at: "agt_c/below", child_of: "agt_b/huge" },
    );
    const unreadable = named({ scope: "agt_b", id: "huge" });
    for (const found of [1, 0]) {
      expect(await engine.erase([JANE], AGENTS_ALONE)).toMatchObject({
        status: "partial",
        sources: { agent_sessions: { found, unattributable: 1, unreadable } },
      });
      expect(await upstream.left()).toEqual(["agt_b/huge", "agt_c/below"]);
    }
    await upstream.agents({ at: "agt_b/huge", child_of: "agt_a/parent" });
    expect(await engine.erase([JANE], AGENTS_ALONE)).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 2, unattributable: 0, unreadable: named() } },
    });
    expect(await upstream.left()).toEqual([]);
  });

  test("may vanish: whose it is, is known from the list that showed both", async () => {
    await upstream.agents(
      { at: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_b/huge", child_of: "agt_a/parent", metadata: HUGE },
      { at: "agt_a/other", metadata: { user_id: "bob" } },
    );
    await engine.erase([by("user_identifier_key", "nobody")], AGENTS_ALONE);
    await fetch(`${vectara.url}/v2/agents/agt_a/sessions/parent`, {
      method: "DELETE",
      headers: { "x-api-key": "zut_fake_key" },
    });
    expect(await engine.erase([JANE], AGENTS_ALONE)).toMatchObject({
      status: "partial",
      sources: { agent_sessions: { found: 0, unattributable: 0 } },
    });
    await upstream.agents({ at: "agt_b/huge", child_of: "agt_a/parent" });
    expect(await engine.erase([JANE], AGENTS_ALONE)).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { found: 1, unattributable: 0 } },
    });
    expect(await upstream.left()).toEqual(["agt_a/other"]);
  });
});
