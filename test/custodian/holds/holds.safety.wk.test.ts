import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import type { HoldReport } from "../../../src/core/report/hold.ts";
import type { HoldRequest } from "../../../src/contract/registrar.ts";
import { emptyStore, idsIn } from "../../support/d1.ts";
import {
  addAgentSessions,
  addClientSessions,
  openWorld,
  sweepOnce,
} from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openWorld();
const clients = env.CUSTODIAN.getByName("client_sessions");

const EXPIRED = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
};
const STALE = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P1D" }],
  brake: { percent: 100 },
};

beforeEach(async () => {
  await emptyStore();
  await engine.configure({
    SOURCES: JSON.stringify({ agent_sessions: { person_paths: ["user"] } }),
  });
});

async function place(selector: HoldSelector, more: Partial<HoldRequest> = {}): Promise<HoldReport> {
  return placeHold(engine, selector, more);
}

async function release(hold: HoldReport): Promise<void> {
  expect(await engine.registrar.releaseHold(hold.id, "root")).toMatchObject({ kind: "done" });
}

const ofSession = (id: string): HoldSelector => ({
  kind: "session",
  source: "client_sessions",
  scope: "w1",
  id,
});
const ofPerson = (value: string): HoldSelector => ({
  kind: "subject",
  identifiers: [{ type: "user_identifier_key", value }],
});

describe("a hold of each kind keeps what it matches through a sweep, and nothing else", () => {
  test.each<[string, HoldSelector]>([
    ["session", ofSession("a")],
    ["subject", ofPerson("jane")],
    [
      "subject by a session id",
      { kind: "subject", identifiers: [{ type: "client_session_id", value: "a" }] },
    ],
    ["scope", { kind: "scope", source: "client_sessions", globs: ["x*", "w*"] }],
  ])("client sessions: %s", async (_kind, selector) => {
    await addClientSessions([
      { id: "a", person: "jane" },
      { id: "b", workspace: "v2", person: "john" },
    ]);
    const hold = await place(selector);
    expect(hold.in_force).toEqual({ client_sessions: true, agent_sessions: true });
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({
      status: "completed",
      counts: { due: 1, held: 1, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
    await release(hold);
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await idsIn("client_sessions")).toEqual([]);
  });

  test.each<[string, HoldSelector]>([
    ["metadata", { kind: "metadata", source: null, fields: { "case.no": 7, open: true } }],
    ["subject by a declared path", ofPerson("jane")],
    [
      "subject by any path",
      { kind: "subject", identifiers: [{ type: "metadata:case.no", value: 7 }] },
    ],
    ["scope", { kind: "scope", source: "agent_sessions", globs: ["agt_1"] }],
  ])("agent sessions: %s", async (_kind, selector) => {
    await addAgentSessions([
      { id: "a", metadata: { user: "jane", case: { no: 7 }, open: true } },
      { id: "b", agent: "agt_2", metadata: { user: "john", case: { no: "7" }, open: true } },
      { id: "c", agent: "agt_2", metadata: {} },
    ]);
    const hold = await place(selector);
    expect(await sweepOnce(engine, STALE)).toMatchObject({
      counts: { due: 2, held: 1, planned: 2 },
      dispositions: { deleted: 2 },
    });
    expect(await idsIn("agent_sessions")).toEqual(["a"]);
    await release(hold);
  });

  test("what cannot be compared counts as held", async () => {
    await addAgentSessions([
      { id: "a", metadata: { user: { name: "jane" } } },
      { id: "b", metadata: { user: ["john", ["jane"]] } },
      { id: "c", metadata: { user: "john" } },
    ]);
    const hold = await place(ofPerson("jane"));
    const other = await place({
      kind: "metadata",
      source: "agent_sessions",
      fields: { user: "x" },
    });
    expect(await sweepOnce(engine, STALE)).toMatchObject({ counts: { held: 2 } });
    expect(await idsIn("agent_sessions")).toEqual(["a", "b"]);
    await release(hold);
    expect(await sweepOnce(engine, STALE)).toMatchObject({ counts: { held: 2 } });
    await release(other);
  });

  test("held sessions do not use up a budget", async () => {
    await addClientSessions(
      Array.from({ length: 30 }, (_, index) => ({
        id: `s${String(index).padStart(2, "0")}`,
        expired: 100 - index,
        person: index < 20 ? "jane" : "john",
      })),
    );
    const hold = await place(ofPerson("jane"));
    const report = await sweepOnce(engine, { ...EXPIRED, budget: { items: 10 } });
    expect(report).toMatchObject({ counts: { held: 20, due: 10 }, dispositions: { deleted: 10 } });
    expect(await idsIn("client_sessions")).toHaveLength(20);
    await release(hold);
  });
});

describe("a hold that came after the plan", () => {
  test.each<[string, HoldSelector]>([
    ["session", ofSession("s1")],
    ["subject", ofPerson("p1")],
    ["scope", { kind: "scope", source: "client_sessions", globs: ["*"] }],
  ])(
    "%s: the plan waits, and what is held is not removed when it goes on",
    async (kind, selector) => {
      await addClientSessions(
        Array.from({ length: 120 }, (_, index) => ({ id: `s${index}`, person: `p${index}` })),
      );
      const braked = await sweepOnce(engine, { ...EXPIRED, brake: { percent: 10 } });
      expect(braked).toMatchObject({ status: "braked", counts: { held: 0, planned: 120 } });
      const hold = await place(selector);
      await engine.registrar.approveSweep(braked.id, braked.plan_digest ?? "", "somebody");
      const report = await vi.waitUntil(async () => {
        const one = await engine.registrar.sweep(braked.id);
        return one?.status === "completed" ? one : null;
      });
      const held = kind === "scope" ? 120 : 1;
      expect(report).toMatchObject({
        status: "completed",
        dispositions: held === 120 ? { held } : { held, deleted: 119 },
      });
      expect(await idsIn("client_sessions")).toHaveLength(held);
      await release(hold);
    },
  );
});

describe("the embedded store's own removal", () => {
  test("of a held session answers held, with the public reason; another goes", async () => {
    await addClientSessions([
      { id: "a", person: "jane" },
      { id: "b", person: "john" },
    ]);
    const hold = await place(ofPerson("jane"), { public_reason: "case 12" });
    expect(await clients.removeNow({ scope: "w1", id: "a" })).toEqual({
      kind: "held",
      public_reason: "case 12",
    });
    expect(await clients.removeNow({ scope: "w1", id: "b" })).toEqual({ kind: "deleted" });
    await release(hold);
    expect(await clients.removeNow({ scope: "w1", id: "a" })).toEqual({ kind: "deleted" });
  });
});

describe("an erasure", () => {
  test("leaves what is held, ends partial, and says so", async () => {
    await addClientSessions([
      { id: "a", person: "jane" },
      { id: "b", person: "jane" },
    ]);
    const hold = await place(ofSession("a"));
    const report = await engine.erase([{ type: "user_identifier_key", value: "jane" }]);
    expect(report).toMatchObject({
      status: "partial",
      sources: { client_sessions: { found: 2, dispositions: { held: 1, deleted: 1 } } },
    });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
    await release(hold);
  });
});

describe("the end of a hold", () => {
  test("a release forgets whom it bound, in both objects", async () => {
    const hold = await place(ofPerson("jane_forgotten"));
    const held = await engine.rows<{ copy: string }>(
      "client_sessions",
      "SELECT copy FROM restraints",
    );
    expect(held[0]?.copy).toContain("jane_forgotten");
    await release(hold);
    for (const source of ["client_sessions", "agent_sessions"]) {
      const [row] = await engine.rows<{ copy: string }>(source, "SELECT copy FROM restraints");
      expect(row?.copy).not.toContain("jane_forgotten");
    }
    const report = await engine.registrar.hold(hold.id);
    expect(report).toMatchObject({
      status: "released",
      released_by: "root",
      in_force: { client_sessions: false, agent_sessions: false },
    });
    expect(JSON.stringify(report)).not.toContain("jane_forgotten");
    expect(await engine.registrar.releaseHold(hold.id, "root")).toEqual({
      kind: "wrong_status",
      status: "released",
    });
  });

  test("ends_at ends it, and a review date does not", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    const end = Date.now() + 3000;
    await place(ofSession("a"), { ends_at: end });
    const kept = await place(ofSession("b"), { review_at: Date.now() + 200 });
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({ counts: { held: 2, due: 0 } });
    await new Promise((resolve) => setTimeout(resolve, end + 10 - Date.now()));
    expect(await engine.registrar.hold(kept.id)).toMatchObject({
      status: "in_force",
      review_due: true,
    });
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({ counts: { held: 1, due: 1 } });
    expect(await idsIn("client_sessions")).toEqual(["b"]);
    await release(kept);
  });
});
