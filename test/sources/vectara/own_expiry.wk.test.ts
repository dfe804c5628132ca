import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import type { HoldReport } from "../../../src/core/report/hold.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { startFake, type FakeClient } from "../../support/fake_client.ts";
import { upstream } from "../../support/sweep_upstream.ts";
import { HURRIED, openOn, openTurn } from "../../support/vectara_source.ts";
import { placeHold } from "../../support/hold_request.ts";

const REF = { scope: "agent_a", id: "s-1" };
const PATH = "/v2/agents/agent_a/sessions/s-1";

let fake: FakeClient;
beforeAll(async () => {
  fake = await startFake("vectara");
});

async function seed(more: Readonly<Record<string, unknown>>): Promise<void> {
  await fake.reset();
  const sessions = [{ key: "s-1", created_at: "2026-01-15T10:30:00Z", ...more }];
  await fake.seed({ agents: [{ key: "agent_a", sessions }] });
}

describe("a session that Vectara would remove by itself", () => {
  it.each<[unknown, unknown]>([
    [30, { ok: true, value: 30 }],
    [0, { ok: true, value: null }],
    [null, { ok: true, value: null }],
    ["30", { ok: false, error: { kind: "invalid" } }],
    [-1, { ok: false, error: { kind: "invalid" } }],
  ])("tti_minutes %j is read as %j", async (minutes, expected) => {
    await seed({ tti_minutes: minutes });
    expect(await openOn(fake.url).ownExpiry?.(REF, openTurn())).toMatchObject(expected as object);
  });

  it.each([
    { scope: "..", id: "s-1" },
    { scope: "agent_a", id: "../.." },
    { scope: "agent_a", id: "a b" },
  ])("is absent under a name that no session can have, and nobody is asked: %j", async (ref) => {
    await seed({ tti_minutes: 30 });
    const source = openOn(fake.url);
    expect(await source.read(ref, openTurn())).toEqual({ ok: true, value: null });
    expect(await source.ownExpiry?.(ref, openTurn())).toEqual({ ok: true, value: "absent" });
    expect(await source.clearOwnExpiry?.(ref, openTurn())).toMatchObject({ ok: false });
    expect(await fake.calls()).toEqual([]);
  });

  it("is absent when there is none", async () => {
    await seed({});
    const asked = await openOn(fake.url).ownExpiry?.({ ...REF, id: "s-2" }, openTurn());
    expect(asked).toEqual({ ok: true, value: "absent" });
  });

  it("is cleared by a PATCH that sets nothing else, and believed only as answered", async () => {
    await seed({ tti_minutes: 30, metadata: { user: "jane" } });
    expect(await openOn(fake.url).clearOwnExpiry?.(REF, openTurn())).toEqual({
      ok: true,
      value: undefined,
    });
    const { session } = await fake.state({ agent_key: REF.scope, id: REF.id });
    expect(session).toMatchObject({ tti_minutes: 0, metadata: { user: "jane" } });
    expect(await fake.calls({ method: "PATCH" })).toMatchObject([
      { path: PATH, body: '{"tti_minutes":0}' },
    ]);
  });

  it("is not said to be cleared when nothing answers, or the session is gone", async () => {
    await seed({ tti_minutes: 30 });
    await fake.faults({ kind: "hang", match: { method: "PATCH" } });
    const hung = await openOn(fake.url, {}, HURRIED).clearOwnExpiry?.(REF, openTurn());
    expect(hung).toMatchObject({ ok: false, error: { kind: "unavailable" } });
    await seed({});
    const gone = await openOn(fake.url).clearOwnExpiry?.({ ...REF, id: "s-2" }, openTurn());
    expect(gone).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });
});

describe("a hold on an agent session at Vectara", () => {
  beforeEach(async () => {
    await emptyStore();
    await seed({ tti_minutes: 30 });
  });

  async function place(selector: HoldSelector, clear: boolean): Promise<HoldReport> {
    const engine = await openEngine(upstream({ vectara: fake.url }));
    const hold = await placeHold(engine, selector, { clear_own_expiry: clear });
    await engine.registrar.releaseHold(hold.id, "root");
    return hold;
  }

  const one: HoldSelector = { kind: "session", source: "agent_sessions", ...REF };

  it("warns that the provider removes it by itself, with the minutes", async () => {
    const { warnings } = await place(one, false);
    expect(warnings).toMatchObject([{ code: "expires_by_itself", source: "agent_sessions" }]);
    expect(warnings[0]?.message).toContain("30 minutes");
    expect(await fake.calls({ method: "PATCH" })).toEqual([]);
  });

  it("clears that when it is asked to", async () => {
    const { warnings } = await place(one, true);
    expect(warnings).toMatchObject([{ code: "own_expiry_cleared" }]);
    const { session } = await fake.state({ agent_key: REF.scope, id: REF.id });
    expect(session).toMatchObject({ tti_minutes: 0 });
  });

  it("says so when it could not be learnt, and is in force all the same", async () => {
    await fake.faults({ kind: "status", status: 500, match: { method: "GET" } });
    const { in_force, warnings } = await place(one, true);
    expect(warnings).toMatchObject([{ code: "own_expiry_unknown" }]);
    expect(in_force).toEqual({ agent_sessions: true, client_sessions: true });
  });

  it("of another kind says that it does not look, and where it can bind nothing", async () => {
    const scope = await place({ kind: "scope", source: "agent_sessions", globs: ["*"] }, false);
    expect(scope.warnings).toMatchObject([{ code: "may_expire_by_itself" }]);
    const subject = await place(
      { kind: "subject", identifiers: [{ type: "client_session_id", value: "x" }] },
      false,
    );
    expect(subject.warnings).toMatchObject([
      { code: "binds_nothing_in", source: "agent_sessions" },
    ]);
    const client = await place({ ...one, source: "client_sessions" }, false);
    expect(client.warnings).toMatchObject([{ code: "session_not_found" }]);
  });
});
