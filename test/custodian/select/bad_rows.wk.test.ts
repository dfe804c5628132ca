import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { by, idOf, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";
import { WORKSPACE } from "../../support/d1.ts";
import { begin, outcomeOf } from "../../support/sweep_upstream.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const { seam, vectara } = upstream;

const PAST = "2026-01-02T00:00:00.000Z";
const EXPIRED = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
};
const OLD = { source: "agent_sessions", expire: [{ clock: "created_at", after: "P1D" }] };
const named = (...sessions: { scope: string; id: string }[]) => ({
  count: sessions.length,
  sessions,
});
const client = (name: string) => ({ scope: WORKSPACE, id: idOf(name) });

/** So many ids of connected accounts: more than 256 KiB from 7,000 on. */
function accounts(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `8062d457-e28e-481f-aecc-${String(i).padStart(12, "0")}`,
  );
}

beforeEach(async () => {
  await upstream.open(engine);
});

describe("a bad row of Seam's costs itself", () => {
  test("a sweep removes a very large session and those beside it, and names the one it cannot read", async () => {
    await upstream.clients(
      { name: "one", expires_at: PAST },
      { name: "large", expires_at: PAST, connected_account_ids: accounts(7000) },
      { name: "huge", expires_at: PAST, connected_account_ids: accounts(40_000) },
      { name: "odd", expires_at: PAST, user_identifier_key: 42 },
      { name: "crowd", expires_at: PAST, user_identity_ids: accounts(7000) },
      { name: "last", expires_at: PAST },
    );
    const sweep = await outcomeOf(engine, await begin(engine, EXPIRED));
    expect(sweep).toMatchObject({
      status: "completed",
      counts: { examined: 6, due: 4 },
      dispositions: { deleted: 4 },
      unreadable: named(client("odd"), client("crowd")),
    });
    expect(await upstream.left()).toEqual(["crowd", "odd"]);
  });

  test("an erasure removes what it can read, and is partial for what it cannot", async () => {
    await upstream.clients(
      { name: "jane", user_identifier_key: "jane_doe", connected_account_ids: accounts(7000) },
      { name: "odd", user_identifier_key: "jane_doe", customer_key: 7 },
    );
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: {
          found: 1,
          dispositions: { deleted: 1 },
          unreadable: named(client("odd")),
        },
        agent_sessions: { unreadable: named() },
      },
    });
    expect(await upstream.left()).toEqual(["odd"]);
  });

  test("an erasure that found nothing else is partial too, and never without a match", async () => {
    await upstream.clients({ name: "odd", user_identifier_key: 7 });
    const report = await engine.erase([by("customer_key", "hotel")]);
    expect(report).toMatchObject({
      status: "partial",
      sources: { client_sessions: { found: 0, unreadable: named(client("odd")) } },
    });
  });

  test("many that cannot be read when they are read again hold up nobody", async () => {
    const odd = Array.from({ length: 30 }, (_, i) => `odd-${i}`);
    await upstream.clients(...odd.map((name) => ({ name, expires_at: PAST })), {
      name: "last",
      expires_at: "2026-01-03T00:00:00.000Z",
    });
    await seam.effects(
      ...odd.map((name) => ({
        match: { path: "/client_sessions/get", id: idOf(name) },
        effect: { do: "set", id: idOf(name), fields: { customer_key: 7 } },
      })),
    );
    const sweep = await outcomeOf(engine, await begin(engine, EXPIRED));
    expect(sweep).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1, unreachable: 30 },
      unreadable: { count: 30 },
    });
    expect(sweep.unreadable.sessions).toHaveLength(20);
    expect(await upstream.left()).toEqual(odd.toSorted());
  });

  test("a removed session that is there again and cannot be read is not called removed", async () => {
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await seam.effects({
      match: { path: "/client_sessions/delete" },
      when: "after",
      effect: { do: "restore", id: idOf("jane"), fields: { customer_key: 7 } },
    });
    expect(await engine.erase([JANE])).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: { dispositions: { unreachable: 1 }, unreadable: named(client("jane")) },
      },
    });
  });
});

describe("a bad row of Vectara's costs itself", () => {
  test("a page over 8 MiB is read, and the one session that cannot be is kept and named", async () => {
    const note = "x".repeat(90_000);
    const ats = Array.from({ length: 100 }, (_, i) => `agt_a/ase_${i}`);
    await upstream.agents(
      ...ats.map((at) => ({ at, metadata: { note } })),
      { at: "agt_a/huge", metadata: { note: "x".repeat(1_100_000) } },
      { at: "agt_b/other" },
    );
    const sweep = await outcomeOf(engine, await begin(engine, OLD));
    expect(sweep).toMatchObject({
      status: "completed",
      counts: { examined: 102, due: 101 },
      dispositions: { deleted: 101 },
      unreadable: named({ scope: "agt_a", id: "huge" }),
    });
    expect(await upstream.left()).toEqual(["agt_a/huge"]);
  });

  test("an erasure is partial for a session whose metadata nobody can read", async () => {
    await upstream.agents(
      { at: "agt_a/jane", metadata: OF_JANE },
      { at: "agt_a/huge", metadata: { ...OF_JANE, note: "x".repeat(1_100_000) } },
    );
    await vectara.seed({
      sessions: [{ agent: "agt_a", key: "stray", agent_key: 7, created_at: PAST }],
    });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        agent_sessions: {
          found: 1,
          dispositions: { deleted: 1 },
          unreadable: named({ scope: "agt_a", id: "huge" }, { scope: "agt_a", id: "stray" }),
        },
      },
    });
  });
});

describe("a session that is read alone", () => {
  test("is read field by field as in a list: what is too large, and not wanted, holds up nobody", async () => {
    await upstream.agents(
      { at: "agt_a/fat", description: "x".repeat(9_000_000) },
      { at: "agt_a/other" },
    );
    expect(await outcomeOf(engine, await begin(engine, OLD))).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2 },
    });
    expect(await upstream.left()).toEqual([]);
  });
});

describe("an account of which nothing can be read", () => {
  test("is not taken for an empty one by an erasure", async () => {
    await upstream.clients(
      ...Array.from({ length: 120 }, (_, i) => ({ name: `n${i}`, customer_key: 7 })),
    );
    const report = await engine.erase([by("customer_key", "hotel")]);
    expect(report).toMatchObject({
      status: "partial",
      sources: { client_sessions: { error: null, unreadable: { count: 120 } } },
    });
  });
});
