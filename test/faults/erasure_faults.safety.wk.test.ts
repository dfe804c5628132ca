import { beforeEach, describe, expect, test, vi } from "vitest";
import { openEngine } from "../support/engine.ts";
import { fillBoth, idOf, JANE, OTHERS, upstreamWorld } from "../support/erasure_world.ts";
import { hurried, hurry, openErasure } from "../support/hurry.ts";
import { quicken } from "../support/quick_clock.ts";

// A call that hangs is given up after many seconds: they pass five times as fast.
await quicken(5);
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
    const id = await openErasure(engine);
    const report = await hurried(
      engine,
      id,
      "client_sessions",
      ({ finished_at: end }) => end !== null,
    );
    expect(report.status).toBe("partial");
    expect(report.sources["client_sessions"]?.dispositions).toEqual({ unreachable: 1 });
    expect(await world.left()).toEqual([...OTHERS, "jane"]);
  });

  test("an HTML 404 of a list is no empty list: the part stalls, is named, and goes on later", async () => {
    await seam.faults({ kind: "html", status: 404, match: LIST, ...ALWAYS });
    const id = await openErasure(engine);
    const stalled = await hurried(
      engine,
      id,
      "client_sessions",
      ({ status }) => status === "stalled",
    );
    expect(stalled.sources["client_sessions"]?.status).toBe("stalled");
    expect(stalled.finished_at).toBeNull();
    expect((await engine.registrar.health()).attention).toContainEqual(
      expect.objectContaining({
        code: "stalled",
        since: expect.stringMatching(/Z$/),
        about: { kind: "erasure", id },
        message: expect.stringContaining("no progress in client_sessions"),
      }),
    );
    expect(await world.left()).toHaveLength(4);
    await seam.reset();
    await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await hurry("client_sessions");
    const report = await engine.erasure(id);
    expect(report.status).toBe("completed");
    const { attention } = await engine.registrar.health();
    expect(attention.filter(({ code }) => code === "stalled")).toEqual([]);
    expect(await world.left()).toEqual(["agt_a/ase_2"]);
  });

  test("a stalled part can be cancelled", async () => {
    await seam.faults({ kind: "html", status: 404, match: LIST, ...ALWAYS });
    const id = await openErasure(engine);
    await hurried(engine, id, "client_sessions", ({ status }) => status === "stalled");
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
        { ...fault, match: LIST, skip: 2 },
      );
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("completed");
      expect(report.sources["client_sessions"]?.verified_at).toHaveLength(2);
      expect(await world.left()).toEqual(OTHERS);
    },
  );

  test("a removal that hangs is resolved by a read", async () => {
    await vectara.faults({ kind: "hang", apply: true, match: { method: "DELETE" } });
    const id = await openErasure(engine);
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
