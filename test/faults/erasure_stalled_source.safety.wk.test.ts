import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { STALLED_FOR_MS } from "../../src/core/rule/erasure.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import { openEngine } from "../support/engine.ts";
import { fillBoth, OF_JANE, OTHERS, upstreamWorld } from "../support/erasure_world.ts";
import { hurried, hurry, openErasure } from "../support/hurry.ts";
import { quicken } from "../support/quick_clock.ts";

// What goes wrong is tried again after seconds: they pass five times as fast.
await quicken(5);
const engine = await openEngine();
const world = await upstreamWorld();
const { seam } = world;

const FAILS = {
  kind: "status",
  status: 500,
  match: { path: "/client_sessions/list" },
  times: "always",
} as const;

/** As if the sources of an erasure had stalled so much longer ago. */
async function stalledFor(id: string, ms: number): Promise<void> {
  await runInDurableObject(engine.registrar, (_instance, state) => {
    state.storage.sql.exec(
      `UPDATE erasure_parts SET part = json_set(part, '$.stalled_since', (part ->> '$.stalled_since') - ?)
       WHERE erasure = ? AND part ->> '$.stalled_since' IS NOT NULL`,
      ms,
      id,
    );
  });
}

async function until(id: string, is: (report: ErasureReport) => boolean): Promise<ErasureReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      return report !== null && is(report) ? report : false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** An erasure of Jane whose client sessions stall, and that has gone on without them. */
async function goneOn(): Promise<string> {
  await seam.faults(FAILS);
  const id = await openErasure(engine);
  const stalled = await hurried(
    engine,
    id,
    "client_sessions",
    ({ sources }) => sources["client_sessions"]?.status === "stalled",
  );
  expect(stalled.status).toBe("stalled");
  await engine.tick();
  expect(await engine.registrar.erasure(id)).toMatchObject({ status: "stalled" });
  expect(await world.left()).toContain("agt_a/ase_1");
  await stalledFor(id, STALLED_FOR_MS);
  await engine.tick();
  return id;
}

const isEnded = ({ finished_at: at }: ErasureReport): boolean => at !== null;

describe("an account that fails for good", () => {
  beforeEach(async () => {
    await world.open(engine);
    await fillBoth(world);
  });

  test("costs one account: after an hour the person goes everywhere else", async () => {
    const id = await goneOn();
    const report = await until(id, ({ status }) => status === "partial");
    expect(report).toMatchObject({
      finished_at: null,
      statement: null,
      sources: {
        agent_sessions: { status: "done", dispositions: { deleted: 1 } },
        // A try that is under way is told as what it is at.
        client_sessions: { status: expect.stringMatching(/^(stalled|queued|selecting)$/) },
      },
    });
    expect(await world.left()).toEqual([...OTHERS, "jane"].toSorted());
    // It is tried again all the while, and when it fails again nothing is ended by that.
    await hurry("client_sessions");
    await engine.tick();
    expect(await engine.registrar.erasure(id)).toMatchObject({
      status: "partial",
      finished_at: null,
    });
    expect((await engine.registrar.health()).attention).toContainEqual(
      expect.objectContaining({
        code: "stalled",
        since: expect.stringMatching(/Z$/),
        about: { kind: "erasure", id },
        message: expect.stringContaining("no progress in client_sessions"),
      }),
    );
    // Else it would go on in the next test.
    await engine.registrar.cancelErasure(id, "test");
    await hurried(engine, id, "client_sessions", isEnded);
  });

  test("and answers again is erased too, and the whole completes", async () => {
    const id = await goneOn();
    await until(id, ({ status }) => status === "partial");
    await seam.reset(["faults"]);
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({
      status: "completed",
      sources: { client_sessions: { status: "done", found: 1 } },
    });
    expect(await world.left()).toEqual(OTHERS);
  });

  test("and answers with a contradiction ends it as a conflict that says what had gone", async () => {
    await world.changeClient("jane", { user_identity_id: "somebody" });
    await seam.faults(FAILS);
    const id = await engine.open([
      { type: "user_identifier_key", value: "jane_doe" },
      { type: "user_identity_id", value: "jane's identity" },
      { type: "metadata:user_id", value: "jane_doe" },
    ]);
    await hurried(
      engine,
      id,
      "client_sessions",
      ({ sources }) => sources["client_sessions"]?.status === "stalled",
    );
    await stalledFor(id, STALLED_FOR_MS);
    await engine.tick();
    await until(id, ({ status }) => status === "partial");
    await seam.reset(["faults"]);
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({
      status: "conflict",
      error: { message: expect.stringContaining("`sources` says what had gone") },
      sources: { agent_sessions: { dispositions: { deleted: 1 } } },
    });
    expect(await world.left()).toEqual([...OTHERS, "jane"].toSorted());
  });

  test("and answers with more than may go waits for an approval of its own", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "2" } });
    await fillBoth(world);
    await world.clients(
      { name: "jane2", user_identifier_key: "jane_doe" },
      { name: "jane3", user_identifier_key: "jane_doe" },
    );
    const id = await goneOn();
    await until(id, ({ status }) => status === "partial");
    await seam.reset(["faults"]);
    const waits = await hurried(
      engine,
      id,
      "client_sessions",
      ({ status }) => status === "needs_approval",
    );
    expect(waits).toMatchObject({ error: { code: "too_many" }, finished_at: null });
    expect(await world.left()).toContain("jane2");
    const { kind } = await engine.registrar.approveErasure(id, waits.plan_digest ?? "", "ben");
    expect(kind).toBe("done");
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({ status: "completed", approved_by: [{ name: "ben" }] });
    expect(await world.left()).toEqual(OTHERS);
  });

  test("and comes late is approved by itself, and the report names each who approved", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "0" } });
    await fillBoth(world);
    const id = await goneOn();
    const first = await until(id, ({ status }) => status === "needs_approval");
    await engine.registrar.approveErasure(id, first.plan_digest ?? "", "anna");
    await until(id, ({ status }) => status === "partial");
    await seam.reset(["faults"]);
    const late = await hurried(
      engine,
      id,
      "client_sessions",
      ({ status }) => status === "needs_approval",
    );
    expect(late.approved_by).toMatchObject([{ name: "anna" }]);
    await engine.registrar.approveErasure(id, late.plan_digest ?? "", "ben");
    expect(await hurried(engine, id, "client_sessions", isEnded)).toMatchObject({
      status: "completed",
      approved_by: [{ name: "anna" }, { name: "ben" }],
    });
    expect(await world.left()).toEqual(OTHERS);
  });

  test("is left when a person cancels: what the others removed stays removed", async () => {
    const id = await goneOn();
    await until(id, ({ status }) => status === "partial");
    expect(await engine.registrar.cancelErasure(id, "test")).toMatchObject({ kind: "done" });
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({
      status: "cancelled",
      sources: { agent_sessions: { dispositions: { deleted: 1 } } },
    });
  });

  test("is alone stalled: nothing is partial that was not begun", async () => {
    await world.agents({ at: "agt_a/ase_3", metadata: OF_JANE });
    await seam.faults(FAILS);
    const id = await engine.open([{ type: "user_identifier_key", value: "jane_doe" }], {
      sources: ["client_sessions"],
    });
    await hurried(engine, id, "client_sessions", ({ status }) => status === "stalled");
    await stalledFor(id, STALLED_FOR_MS);
    await engine.tick();
    expect(await engine.registrar.erasure(id)).toMatchObject({ status: "stalled" });
    await engine.registrar.cancelErasure(id, "test");
    await hurried(engine, id, "client_sessions", isEnded);
  });
});
