import { beforeEach, describe, expect, test, vi } from "vitest";
import { openEngine } from "./engine.ts";
import { by, embeddedWorld, idOf, JANE, OF_JANE, upstreamWorld } from "./erasure_world.ts";
import { store, WORKSPACE } from "./d1_setup.ts";
import { begin, outcomeOf } from "./sweep_upstream.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const { seam, vectara } = upstream;
const embedded = embeddedWorld();

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

describe("a record of the embedded store that is not JSON costs itself", () => {
  beforeEach(async () => {
    await embedded.open(engine);
  });

  async function corrupt(): Promise<void> {
    await store.batch([
      store
        .prepare("UPDATE client_sessions SET record = '{\"cut off' WHERE client_session_id = ?")
        .bind(idOf("odd")),
      store.prepare("UPDATE agent_sessions SET record = '{' WHERE session_key = 'ase_odd'"),
    ]);
  }

  test("an erasure removes what it can read, and is partial for what it cannot", async () => {
    await embedded.clients(
      { name: "jane", user_identifier_key: "jane_doe" },
      { name: "odd", user_identifier_key: "jane_doe" },
    );
    await embedded.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_a/ase_odd", metadata: OF_JANE },
      { at: "agt_a/ase_child", child_of: "agt_a/ase_1" },
    );
    await corrupt();
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: { dispositions: { deleted: 1 }, unreadable: named(client("odd")) },
        agent_sessions: {
          dispositions: { deleted: 2 },
          unreadable: named({ scope: "agt_a", id: "ase_odd" }),
        },
      },
    });
    expect(await embedded.left()).toEqual(["agt_a/ase_odd", "odd"]);
  });

  test("a sweep that must read records removes the others, and names it", async () => {
    await embedded.clients(
      ...["a", "b", "odd"].map((name) => ({ name, user_identifier_key: name, expires_at: PAST })),
      { name: "newer", user_identifier_key: "a", created_at: "2026-01-02T00:00:00.000Z" },
      { name: "newest", user_identifier_key: "b", created_at: "2026-01-02T00:00:00.000Z" },
    );
    await corrupt();
    const sweep = await outcomeOf(engine, await begin(engine, { ...EXPIRED, keep: { latest: 1 } }));
    expect(sweep).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2 },
      unreadable: named(client("odd")),
    });
    expect(await embedded.left()).toEqual(["newer", "newest", "odd"]);
  });

  test("a parent waits for one that it has made, because it may name nobody, and others go", async () => {
    await embedded.agents(
      { at: "agt_a/ase_parent", metadata: OF_JANE },
      {
        at: "agt_a/ase_odd",
        child_of: "agt_a/ase_parent",
        created_at: new Date().toISOString(),
      },
      { at: "agt_a/ase_alone" },
    );
    await corrupt();
    expect(await outcomeOf(engine, await begin(engine, OLD))).toMatchObject({
      status: "completed",
      counts: { due: 1, has_children: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await embedded.left()).toEqual(["agt_a/ase_odd", "agt_a/ase_parent"]);
  });

  test("one that was written since it was planned stays, and others go", async () => {
    await embedded.clients(...["a", "odd"].map((name) => ({ name, expires_at: PAST })));
    const id = await begin(engine, { ...EXPIRED, approval: "every" });
    const { plan_digest: digest } = await outcomeOf(engine, id);
    await store
      .prepare(
        "UPDATE client_sessions SET record = '{', version = version + 1 WHERE client_session_id = ?",
      )
      .bind(idOf("odd"))
      .run();
    await engine.registrar.approveSweep(id, digest ?? "", "ben");
    const sweep = await vi.waitUntil(
      async () => {
        const report = await engine.registrar.sweep(id);
        return report?.finished_at === null ? null : report;
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(sweep).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1, unreachable: 1 },
      unreadable: named(client("odd")),
    });
    expect(await embedded.left()).toEqual(["odd"]);
  });

  test("an erasure in some scopes says nothing of one in another", async () => {
    await embedded.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_odd", metadata: OF_JANE },
    );
    await corrupt();
    const report = await engine.erase([JANE], { sources: ["agent_sessions"], scopes: ["agt_a"] });
    expect(report).toMatchObject({
      status: "completed",
      sources: { agent_sessions: { dispositions: { deleted: 1 }, unreadable: named() } },
    });
  });

  test("an erasure in one scope names none of another beside its own", async () => {
    await embedded.agents(
      { at: "agt_a/ase_odd", metadata: OF_JANE },
      { at: "agt_b/ase_odd", metadata: OF_JANE },
    );
    await corrupt();
    const report = await engine.erase([JANE], { sources: ["agent_sessions"], scopes: ["agt_a"] });
    expect(report).toMatchObject({
      status: "partial",
      sources: { agent_sessions: { unreadable: named({ scope: "agt_a", id: "ase_odd" }) } },
    });
  });

  test("a hold that looks at what sessions say keeps it, because it may be meant", async () => {
    await embedded.clients(
      ...["a", "odd"].map((name) => ({ name, user_identifier_key: name, expires_at: PAST })),
    );
    await corrupt();
    const placed = await engine.registrar.placeHold(
      {
        selector: { kind: "subject", identifiers: [by("customer_key", "hotel")] },
        ground: { text: "case 12" },
        owner: "legal",
        review_at: Date.now() + 86_400_000,
        ends_at: null,
        public_reason: null,
        clear_own_expiry: false,
      },
      "test",
      null,
    );
    const sweep = await outcomeOf(engine, await begin(engine, EXPIRED));
    expect(placed.kind).toBe("placed");
    expect(sweep).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1 },
      unreadable: named(client("odd")),
    });
    expect(await embedded.left()).toEqual(["odd"]);
    if (placed.kind === "placed") {
      await engine.registrar.releaseHold(placed.hold.id, "test");
    }
  });
});
