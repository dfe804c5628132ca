import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../support/engine.ts";
import {
  embeddedWorld,
  fillBoth,
  idOf,
  JANE,
  OF_JANE,
  OTHERS,
  upstreamWorld,
} from "../support/erasure_world.ts";

const engine = await openEngine();
const world = await upstreamWorld();
const { seam, vectara } = world;

const GET = { path: "/client_sessions/get" };
const LIST = { path: "/client_sessions/list" };
const DELETE = { path: "/client_sessions/delete" };
const ALWAYS = { times: "always" } as const;

beforeEach(async () => {
  await world.open(engine);
  await fillBoth(world);
});

describe("a credential that is refused", () => {
  test("in one source: that part failed, the other is erased, and the whole is partial", async () => {
    await seam.faults({ kind: "status", status: 401, ...ALWAYS });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: { status: "failed", error: { code: "source_unauthorized" } },
        agent_sessions: { status: "done", dispositions: { deleted: 1 } },
      },
    });
    expect(report.statement).toContain("Not everything");
    expect(await world.left()).toEqual(["agt_a/ase_2", "bob", "jane"]);
  });

  test("in both sources: failed", async () => {
    await seam.faults({ kind: "status", status: 401, ...ALWAYS });
    await vectara.faults({ kind: "status", status: 401, ...ALWAYS });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({ status: "failed", statement: null });
    expect(await world.left()).toHaveLength(4);
  });

  test("in the middle of the removal: what was attempted is unknown, and nothing is claimed", async () => {
    await seam.faults({ kind: "status", status: 401, match: DELETE, ...ALWAYS });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]).toMatchObject({
      status: "failed",
      error: { code: "source_unauthorized" },
    });
    expect(report.sources["client_sessions"]?.dispositions).not.toHaveProperty("deleted");
    expect(await world.left()).toEqual([...OTHERS, "jane"]);
  });

  test("in the read-back: what was removed is said, and completed is not", async () => {
    // The first list is of the person's, the second tells how many the account holds.
    await seam.faults({ kind: "status", status: 401, match: LIST, skip: 2, ...ALWAYS });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]).toMatchObject({
      status: "failed",
      dispositions: { deleted: 1 },
      verified_at: [],
    });
  });

  test("that is missing: that part failed", async () => {
    await world.open(engine, { client_sessions: { secret: "NOT_SET" } });
    await fillBoth(world);
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]).toMatchObject({
      status: "failed",
      error: { code: "source_unauthorized" },
    });
    expect(await world.left()).toEqual([...OTHERS, "jane"]);
  });
});

describe("an agent that is closed to the key", () => {
  test("is not called searched", async () => {
    await vectara.configure({ forbidden_agents: ["agt_b"] });
    await vectara.faults({
      kind: "empty_ok",
      body: { agents: [{ key: "agt_a" }, { key: "agt_b" }], metadata: {} },
      match: { path: "/v2/agents?" },
      ...ALWAYS,
    });
    await world.agents({ at: "agt_b/ase_3", metadata: OF_JANE });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        agent_sessions: { status: "done", found: 1, unsearched: 1, dispositions: { deleted: 1 } },
      },
    });
    expect(await world.left()).toEqual(["agt_a/ase_2", "agt_b/ase_3", "bob"]);
  });

  test("for removals only, refuses them", async () => {
    await vectara.faults({ kind: "status", status: 403, match: { method: "DELETE" }, ...ALWAYS });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("partial");
    expect(report.sources["agent_sessions"]?.dispositions).toEqual({ refused: 1 });
    expect(await world.left()).toEqual(["agt_a/ase_1", ...OTHERS]);
  });
});

describe("the account", () => {
  test("that changes before the removal voids the plan: nothing is removed in it", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await fillBoth(world);
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("needs_approval");
    await seam.configure({ api_keys: { seam_other_key: "another workspace" } });
    await engine.configure({
      ...world.vars,
      SEAM_API_KEY: "seam_other_key",
      SOURCES: JSON.stringify({
        client_sessions: { settle_seconds: 0, per_second: 2000 },
        agent_sessions: { settle_seconds: 0, per_second: 2000 },
      }),
    });
    await engine.registrar.approveErasure(report.id, report.plan_digest ?? "", "another");
    const ended = await engine.erasure(report.id);
    expect(ended.status).toBe("partial");
    expect(ended.sources["client_sessions"]).toMatchObject({
      status: "failed",
      error: { code: "account_changed" },
      dispositions: { untouched: 1 },
    });
    expect(await seam.calls({ path: "/client_sessions/delete" })).toHaveLength(0);
  });
});

describe("a credential that begins to answer for another account", () => {
  beforeEach(async () => {
    await seam.seed({
      owner: "another",
      raw: true,
      sessions: [{ client_session_id: idOf("theirs"), workspace_id: "another" }],
    });
  });

  test.each([
    ["before the removal", GET],
    ["in the removal", DELETE],
  ])("%s: what it does not have is not called absent", async (_what, match) => {
    await seam.effects({ match, effect: { do: "rekey", workspace_id: "another" } });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]).toMatchObject({
      status: "failed",
      error: { code: "account_changed" },
      dispositions: { unknown: 1 },
    });
    expect((await seam.state({ id: idOf("jane") }))["session"]).not.toBeNull();
  });

  test("in the read-back: the erasure is not completed", async () => {
    await seam.effects({ match: LIST, skip: 2, effect: { do: "rekey", workspace_id: "another" } });
    await seam.effects({
      match: DELETE,
      when: "after",
      effect: { do: "restore", id: idOf("jane") },
    });
    const report = await engine.erase([JANE]);
    expect(report.status).not.toBe("completed");
  });
});

describe("without LETHE_SECRET", () => {
  const embedded = embeddedWorld();

  test("nothing is removed, and the erasure failed", async () => {
    await embedded.open(engine);
    await embedded.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await engine.configure({ LETHE_SECRET: "" });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("failed");
    expect(report.sources["client_sessions"]).toMatchObject({
      status: "failed",
      error: { code: "source_missing" },
    });
    expect(await embedded.left()).toEqual(["jane"]);
  });

  test("lost between plan and approval: nothing is removed", async () => {
    await embedded.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await embedded.clients(
      { name: "jane", user_identifier_key: "jane_doe" },
      { name: "jane 2", user_identifier_key: "jane_doe" },
    );
    const report = await engine.erase([JANE]);
    await engine.configure({ LETHE_SECRET: "" });
    await engine.registrar.approveErasure(report.id, report.plan_digest ?? "", "another");
    const ended = await engine.erasure(report.id);
    expect(ended.status).toBe("failed");
    expect(ended.sources["client_sessions"]?.dispositions).toEqual({ untouched: 2 });
    expect(await embedded.left()).toEqual(["jane", "jane 2"]);
  });
});
