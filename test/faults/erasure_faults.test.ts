import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ErasureReport } from "../../src/core/job.ts";
import { openEngine } from "../worker/engine.ts";
import { embeddedWorld, idOf, JANE, OF_JANE, upstreamWorld } from "../worker/erasure_world.ts";

const engine = await openEngine();
const world = await upstreamWorld();
const { seam, vectara } = world;

const GET = { path: "/client_sessions/get" };
const LIST = { path: "/client_sessions/list" };
const DELETE = { path: "/client_sessions/delete" };
const ALWAYS = { times: "always" } as const;

/** Lets no time pass: whatever waits is due now. */
async function hurry(source: string): Promise<void> {
  const custodian = env.CUSTODIAN.getByName(source);
  await runInDurableObject(custodian, (_instance, state) => {
    state.storage.sql.exec("UPDATE timers SET at = 0");
    state.storage.sql.exec("UPDATE plan SET not_before = 0");
  });
  await runDurableObjectAlarm(custodian);
}

/** Waits for a status, and makes every wait of a source as short as it can be. */
async function hurried(id: string, source: string, isThere: (report: ErasureReport) => boolean) {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      if (report !== null && isThere(report)) {
        return report;
      }
      await hurry(source);
      return false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

async function opened(): Promise<string> {
  const answer = await engine.registrar.openErasure(
    { identifiers: [JANE], regulation: null, requested_at: Date.now(), reference: null },
    "test",
    null,
    null,
  );
  if (answer.kind !== "opened") {
    throw new Error(answer.kind);
  }
  return answer.erasure.id;
}

/** One session of the person, and one of somebody else, in each source. */
async function fill(): Promise<void> {
  await world.clients(
    { name: "jane", user_identifier_key: "jane_doe" },
    { name: "bob", user_identifier_key: "bob" },
  );
  await world.agents(
    { at: "agt_a/ase_1", metadata: OF_JANE },
    { at: "agt_a/ase_2", metadata: { user_id: "bob" } },
  );
}

const OTHERS = ["agt_a/ase_2", "bob"];

beforeEach(async () => {
  await world.open(engine);
  await fill();
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
    await seam.faults({ kind: "status", status: 401, match: LIST, skip: 1, ...ALWAYS });
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
    await fill();
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
      sources: { agent_sessions: { status: "done", found: 1, dispositions: { deleted: 1 } } },
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

describe("an answer that is lost", () => {
  test("before the removal: it is removed by the next call", async () => {
    await seam.faults({ kind: "reset_before", match: DELETE });
    await vectara.faults({ kind: "reset_before", match: { method: "DELETE" } });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "completed",
      sources: {
        client_sessions: { dispositions: { deleted: 1 } },
        agent_sessions: { dispositions: { deleted: 1 } },
      },
    });
    expect(await world.left()).toEqual(OTHERS);
  });

  test.each([
    ["reset", { kind: "reset_after" }],
    ["500", { kind: "status", status: 500, apply: true }],
    ["HTML", { kind: "html", status: 200, apply: true }],
  ] as const)(
    "after the removal (%s): absent_after_attempt, counted once",
    async (_what, fault) => {
      await seam.faults({ ...fault, match: DELETE });
      await vectara.faults({ ...fault, match: { method: "DELETE" } });
      const report = await engine.erase([JANE]);
      expect(report).toMatchObject({ status: "completed" });
      expect(report.sources["client_sessions"]).toMatchObject({
        found: 1,
        dispositions: { absent_after_attempt: 1 },
      });
      expect(report.sources["agent_sessions"]).toMatchObject({
        found: 1,
        dispositions: { absent_after_attempt: 1 },
      });
      expect(await world.left()).toEqual(OTHERS);
    },
  );

  test("an HTML 404 is no absence: the session counts as unreachable, the erasure as partial", async () => {
    await seam.faults({ kind: "html", status: 404, match: GET, ...ALWAYS });
    const id = await opened();
    const report = await hurried(id, "client_sessions", ({ finished_at: end }) => end !== null);
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]?.dispositions).toEqual({ unreachable: 1 });
    expect(await world.left()).toEqual([...OTHERS, "jane"]);
  });

  test("an HTML 404 of a list is no empty list: the part stalls, is named, and goes on later", async () => {
    await seam.faults({ kind: "html", status: 404, match: LIST, ...ALWAYS });
    const id = await opened();
    const stalled = await hurried(id, "client_sessions", ({ status }) => status === "stalled");
    expect(stalled.sources["client_sessions"]?.status).toBe("stalled");
    expect(stalled.finished_at).toBeNull();
    expect((await engine.registrar.health()).stalled).toContainEqual({
      id,
      kind: "erasure",
      source: null,
    });
    expect(await world.left()).toHaveLength(4);
    await seam.reset();
    await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await hurry("client_sessions");
    const report = await engine.erasure(id);
    expect(report.status).toBe("completed");
    expect((await engine.registrar.health()).stalled).toEqual([]);
    expect(await world.left()).toEqual(["agt_a/ase_2"]);
  });

  test("a stalled part can be cancelled", async () => {
    await seam.faults({ kind: "html", status: 404, match: LIST, ...ALWAYS });
    const id = await opened();
    await hurried(id, "client_sessions", ({ status }) => status === "stalled");
    await engine.registrar.cancelErasure(id, "x");
    const report = await vi.waitUntil(
      async () => {
        const now = await engine.registrar.erasure(id);
        return now?.finished_at === null ? false : now;
      },
      { timeout: 10_000, interval: 20 },
    );
    expect(report?.status).toBe("cancelled");
    expect(await world.left()).toHaveLength(4);
  });

  test.each([
    ["cut off", { kind: "truncate", bytes: 40 }],
    ["cut off cleanly", { kind: "truncate", clean: true, bytes: 40 }],
    ["HTML", { kind: "html" }],
    ["an empty object", { kind: "empty_ok" }],
    ["a redirect", { kind: "redirect", location: "https://example.com/" }],
  ] as const)(
    "a list in the read-back that is %s proves nothing: it is read again",
    async (_what, fault) => {
      await seam.effects({
        match: DELETE,
        when: "after",
        effect: { do: "restore", id: idOf("jane") },
      });
      // The removed id seems gone, and only the list shows that it is back.
      await seam.faults(
        { kind: "status", status: 404, match: GET, skip: 1, body: NOT_FOUND },
        { ...fault, match: LIST, skip: 1 },
      );
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("completed");
      expect(report.sources["client_sessions"]?.verified_at).toHaveLength(2);
      expect(await world.left()).toEqual(OTHERS);
    },
  );

  test("a removal that hangs is settled by a read", async () => {
    await vectara.faults({ kind: "hang", apply: true, match: { method: "DELETE" } });
    const id = await opened();
    const report = await vi.waitUntil(
      async () => {
        const now = await engine.registrar.erasure(id);
        return now?.finished_at === null ? false : now;
      },
      { timeout: 55_000, interval: 100 },
    );
    expect(report?.status).toBe("completed");
    expect(report?.sources["agent_sessions"]?.dispositions).toEqual({ absent_after_attempt: 1 });
  }, 60_000);
});

const NOT_FOUND = { error: { type: "client_session_not_found", message: "gone" }, ok: false };

describe("the account", () => {
  test("that changes before the removal voids the plan: nothing is removed in it", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await fill();
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
