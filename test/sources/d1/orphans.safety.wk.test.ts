import { beforeEach, expect, test, vi } from "vitest";
import { store } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { embeddedWorld } from "../../support/erasure_world.ts";
import { begin, outcomeOf } from "../../support/sweep_upstream.ts";

const engine = await openEngine();
const embedded = embeddedWorld();

const ORPHANS = {
  source: "agent_sessions",
  expire: [{ clock: "created_at", after: "P1D" }],
  match: { orphan: true },
  approval: "every",
};

beforeEach(async () => {
  await embedded.open(engine);
  for (const table of ["lineage", "resting"]) {
    await engine.rows("agent_sessions", `DELETE FROM ${table}`);
  }
});

async function approved(id: string) {
  const { plan_digest: digest } = await outcomeOf(engine, id);
  await engine.registrar.approveSweep(id, digest ?? "", "ben");
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.sweep(id);
      return report?.finished_at === null ? null : report;
    },
    { timeout: 50_000, interval: 50 },
  );
}

test("an orphan whose parent has come since it was planned stays, with what it has made", async () => {
  await embedded.agents(
    { at: "agt_b/child", child_of: "agt_a/parent" },
    { at: "agt_c/below", child_of: "agt_b/child" },
    { at: "agt_b/orphan", child_of: "agt_a/never" },
    { at: "agt_c/its", child_of: "agt_b/orphan" },
  );
  const id = await begin(engine, ORPHANS);
  expect(await outcomeOf(engine, id)).toMatchObject({ counts: { planned: 4 } });
  await embedded.agents({ at: "agt_a/parent", metadata: { user_id: "ann" } });
  expect(await approved(id)).toMatchObject({ dispositions: { deleted: 2 } });
  expect(await embedded.left()).toEqual(["agt_a/parent", "agt_b/child", "agt_c/below"]);
});

test("one below a record that is not JSON stays", async () => {
  await embedded.agents(
    { at: "agt_b/child", child_of: "agt_a/never" },
    { at: "agt_c/below", child_of: "agt_b/child" },
  );
  const id = await begin(engine, ORPHANS);
  expect(await outcomeOf(engine, id)).toMatchObject({ counts: { planned: 2 } });
  await store.prepare("UPDATE agent_sessions SET record = '{' WHERE session_key = 'child'").run();
  await approved(id);
  expect(await embedded.left()).toContain("agt_c/below");
});
