import { beforeEach, describe, expect, test, vi } from "vitest";
import { store, WORKSPACE } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { by, embeddedWorld, idOf, JANE, OF_JANE } from "../../support/erasure_world.ts";
import { begin, outcomeOf } from "../../support/sweep_upstream.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openEngine();
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
    const hold = await placeHold(engine, {
      kind: "subject",
      identifiers: [by("customer_key", "hotel")],
    });
    const sweep = await outcomeOf(engine, await begin(engine, EXPIRED));
    expect(sweep).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1 },
      unreadable: named(client("odd")),
    });
    expect(await embedded.left()).toEqual(["odd"]);
    await engine.registrar.releaseHold(hold.id, "test");
  });
});
