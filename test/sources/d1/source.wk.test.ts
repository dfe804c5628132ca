import { beforeEach, describe, expect, test } from "vitest";
import type { PlannedRef } from "../../../src/sources/source.ts";
import {
  addClients,
  countingTurn,
  emptyStore,
  idsIn,
  listed,
  NOW,
  openStore,
  store,
  threshold,
  WORKSPACE,
} from "../../support/d1.ts";

const EXPIRED = threshold("expires_at", "PT0S");
const OLD = threshold("created_at", "P1D");
const DAY = 24 * 60;
const RULE = {
  cutoff: NOW,
  thresholds: [EXPIRED],
  youngest: null,
  latest: null,
  scopes: null,
  metadata: null,
  orphan: false,
  together: false,
};

beforeEach(emptyStore);

function planned(ids: readonly string[], version = 1): PlannedRef[] {
  return ids.map((id, index) => ({ scope: WORKSPACE, id, seq: index + 1, version }));
}

describe("selecting what is due", () => {
  test("lists by the clock's index, oldest first, and not the undated", async () => {
    await addClients([
      { id: "b", expires: -5, created: -60 },
      { id: "a", expires: -10, created: null },
      { id: "live", expires: 5, created: -60 },
      { id: "undated", expires: null, created: -60 },
    ]);
    const { sessions } = await listed(openStore("client_sessions"), {
      kind: "due",
      thresholds: [EXPIRED],
    });
    expect(sessions.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(sessions[0]).toMatchObject({
      scope: WORKSPACE,
      clocks: { expires_at: NOW - 600_000, created_at: null },
      version: 1,
      activity_read: true,
    });
  });

  test("a session that an earlier clause returned is not returned again", async () => {
    await addClients([
      { id: "both", expires: -5, created: -2 * DAY },
      { id: "only_old", expires: 5, created: -2 * DAY },
      { id: "old_undated", expires: null, created: -2 * DAY },
      { id: "young_undated", expires: null, created: -5 },
      { id: "no_clock", expires: null, created: null },
      { id: "young", expires: 5, created: null },
    ]);
    const { sessions } = await listed(openStore("client_sessions"), {
      kind: "due",
      thresholds: [EXPIRED, OLD],
    });
    expect(sessions.map(({ id }) => id)).toEqual(["both", "old_undated", "only_old"]);
  });

  test("pages by keyset through equal clocks, so that nothing is skipped or repeated", async () => {
    const ids = Array.from({ length: 4_345 }, (_, index) => `s${String(index).padStart(5, "0")}`);
    await addClients(ids.map((id) => ({ id, expires: -5, created: null })));
    const source = openStore("client_sessions");
    const { sessions, pages } = await listed(source, { kind: "due", thresholds: [EXPIRED] });
    expect(sessions.map(({ id }) => id)).toEqual(ids);
    expect(pages).toBe(3);
    const all = await listed(source, { kind: "all" });
    expect(all.sessions.map(({ id }) => id)).toEqual(ids);
  });

  test("what was listed and what is counted from the cursor on is everything due", async () => {
    await addClients(
      Array.from({ length: 6_000 }, (_, index) => ({
        id: `s${index}`,
        expires: index % 3 === 0 ? null : -index - 1,
        created: index % 2 === 0 ? -2 * DAY : null,
      })),
    );
    const source = openStore("client_sessions");
    const thresholds = [EXPIRED, OLD];
    let sank = 0;
    const first = await source.list(
      { kind: "due", thresholds },
      null,
      (rows) => (sank += rows.length),
      countingTurn(),
    );
    if (!first.ok || source.countDue === undefined) {
      throw new Error("no first page");
    }
    let { next } = first.value;
    while (next !== null) {
      const counted = await source.countDue(thresholds, next, countingTurn());
      if (!counted.ok) {
        throw new Error("not counted");
      }
      sank += counted.value.due;
      next = counted.value.next;
    }
    expect(sank).toBe(4_000 + 1_000);
  });

  test("a cursor of somebody else is a fault, and so is a turn that may ask no more", async () => {
    const source = openStore("client_sessions");
    const sink = (): void => undefined;
    const query = { kind: "due", thresholds: [EXPIRED] } as const;
    expect(await source.list(query, "5", sink, countingTurn())).toMatchObject({
      ok: false,
      error: { kind: "invalid" },
    });
    expect(await source.list(query, null, sink, countingTurn(0))).toMatchObject({
      ok: false,
      error: { kind: "exhausted" },
    });
  });
});

describe("removing", () => {
  test("removes what is as planned, and tells absent and changed apart", async () => {
    await addClients([
      { id: "due", expires: -5 },
      { id: "renewed", expires: 5 },
      { id: "written", expires: -5, version: 2 },
      { id: "bystander", expires: -5 },
    ]);
    const source = openStore("client_sessions");
    const removals = await source.remove(
      planned(["due", "renewed", "written", "missing"]),
      { thresholds: [EXPIRED] },
      "bat_1",
      countingTurn(),
    );
    expect(removals).toEqual([
      { kind: "deleted" },
      { kind: "changed" },
      { kind: "changed" },
      { kind: "absent" },
    ]);
    expect(await idsIn("client_sessions")).toEqual(["bystander", "renewed", "written"]);
  });

  test("a session renewed between plan and removal stays", async () => {
    await addClients([{ id: "s", expires: -5 }]);
    const source = openStore("client_sessions");
    const { sessions } = await listed(source, { kind: "due", thresholds: [EXPIRED] });
    await store
      .prepare("UPDATE client_sessions SET expires_at = ?, version = version + 1")
      .bind(NOW + 1)
      .run();
    const refs = sessions.map(({ scope, id, version }) => ({ scope, id, version, seq: 1 }));
    expect(await source.remove(refs, { thresholds: [EXPIRED] }, "bat_1", countingTurn())).toEqual([
      { kind: "changed" },
    ]);
    expect(await idsIn("client_sessions")).toEqual(["s"]);
  });

  test("any clause may make it due; without a clause that can, nothing is", async () => {
    await addClients([
      { id: "old", expires: null, created: -2 * DAY },
      { id: "s", expires: -5, created: null },
    ]);
    const source = openStore("client_sessions");
    const refs = planned(["old", "s"]);
    expect(await source.remove(refs, { thresholds: [] }, "bat_1", countingTurn())).toEqual([
      { kind: "changed" },
      { kind: "changed" },
    ]);
    const foreign = { thresholds: [threshold("last_active_at", "PT0S")] };
    expect(await source.remove(refs, foreign, "bat_2", countingTurn())).toEqual([
      { kind: "changed" },
      { kind: "changed" },
    ]);
    const both = { thresholds: [EXPIRED, OLD] };
    expect(await source.remove(refs, both, "bat_3", countingTurn())).toEqual([
      { kind: "deleted" },
      { kind: "deleted" },
    ]);
  });

  test("an erasure removes by version alone", async () => {
    await addClients([{ id: "live", expires: 5 }]);
    const source = openStore("client_sessions");
    expect(
      await source.remove(planned(["live"]), { thresholds: null }, "bat_1", countingTurn()),
    ).toEqual([{ kind: "deleted" }]);
  });

  test("carries any text as a key", async () => {
    const ids = ["__proto__", 'quote"\\back', "é 😀", "1", "constructor", "%", "a/b"];
    await addClients(ids.map((id) => ({ id, workspace: id, expires: -5 })));
    const refs = ids.map((id, index) => ({ scope: id, id, seq: index, version: 1 }));
    const removals = await openStore("client_sessions").remove(
      refs,
      { thresholds: [EXPIRED] },
      "bat_1",
      countingTurn(),
    );
    expect(removals.map(({ kind }) => kind)).toEqual(ids.map(() => "deleted"));
    expect(await idsIn("client_sessions")).toEqual([]);
  });
});

describe("after a crash", () => {
  test("resolving tells exactly what a batch removed", async () => {
    await addClients([
      { id: "a", expires: -5 },
      { id: "b", expires: 5 },
    ]);
    const source = openStore("client_sessions");
    await source.remove(planned(["a", "b"]), { thresholds: [EXPIRED] }, "bat_1", countingTurn());
    expect(await source.resolve("bat_1", countingTurn())).toEqual({ ok: true, value: [1] });
    await source.forgetBatch("bat_1", countingTurn());
    expect(await store.prepare("SELECT count(*) AS n FROM removal_batches").first("n")).toBe(0);
  });

  test("a batch that was resolved before it ran can never run", async () => {
    await addClients([{ id: "a", expires: -5 }]);
    const source = openStore("client_sessions");
    expect(await source.resolve("bat_1", countingTurn())).toEqual({ ok: true, value: [] });
    // The fence outlives its record being dropped: the call may still be on its way.
    await source.forgetBatch("bat_1", countingTurn());
    const late = await source.remove(
      planned(["a"]),
      { thresholds: [EXPIRED] },
      "bat_1",
      countingTurn(),
    );
    expect(late).toMatchObject([{ kind: "unknown", fault: { kind: "unavailable" } }]);
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("a lost answer is unknown, and resolving finds what happened", async () => {
    await addClients([{ id: "a", expires: -5 }]);
    const deaf = {
      prepare: (sql: string) => store.prepare(sql),
      batch: async (statements: D1PreparedStatement[]) => {
        await store.batch(statements);
        throw new Error("D1_ERROR: Network connection lost for a@example.com");
      },
    } as unknown as D1Database;
    const source = openStore("client_sessions", {}, deaf);
    const removals = await source.remove(
      planned(["a"]),
      { thresholds: [EXPIRED] },
      "bat_1",
      countingTurn(),
    );
    expect(removals).toMatchObject([{ kind: "unknown" }]);
    expect(JSON.stringify(removals)).not.toContain("example.com");
    const again = openStore("client_sessions");
    expect(await again.resolve("bat_1", countingTurn())).toEqual({ ok: true, value: [1] });
  });

  test.each<[string, number]>([
    ["what it removed", 0],
    ["what it left", 2],
  ])("an answer without %s is unknown, and resolving finds what happened", async (_, missing) => {
    await addClients([
      { id: "a", expires: -5 },
      { id: "b", expires: 5 },
    ]);
    const forgetful = {
      prepare: (sql: string) => store.prepare(sql),
      batch: async (statements: D1PreparedStatement[]) => {
        const answers = await store.batch(statements);
        return answers.map((answer, at) => (at === missing ? { ...answer, results: [] } : answer));
      },
    } as unknown as D1Database;
    const removals = await openStore("client_sessions", {}, forgetful).remove(
      planned(["a", "b"]),
      { thresholds: [EXPIRED] },
      "bat_1",
      countingTurn(),
    );
    expect(removals.map(({ kind }) => kind)).toEqual(["unknown", "unknown"]);
    const resolved = await openStore("client_sessions").resolve("bat_1", countingTurn());
    expect(resolved).toEqual({ ok: true, value: [1] });
    expect(await idsIn("client_sessions")).toEqual(["b"]);
  });

  test("an answer without a row that is always there is no nought", async () => {
    const empty = {
      prepare: () => ({
        bind: () => ({
          all: async () => ({ results: [] }),
          first: async () => null,
        }),
      }),
      batch: async (statements: unknown[]) => statements.map(() => ({ results: [] })),
    } as unknown as D1Database;
    const source = openStore("client_sessions", {}, empty);
    const ref = { scope: WORKSPACE, id: "a" };
    const answers = await Promise.all([
      source.countUpTo?.(1, countingTurn()),
      source.present([ref], countingTurn()),
      source.readMany([ref], countingTurn()),
      source.resolve("bat_1", countingTurn()),
      source.countDue?.([EXPIRED], null, countingTurn()),
      source.lookAhead?.(RULE, RULE, null, countingTurn()),
      source.selects?.({ ...RULE, scopes: ["*"] }, null, countingTurn()),
    ]);
    expect(answers).toMatchObject(
      answers.map(() => ({ ok: false, error: { kind: "unavailable" } })),
    );
  });

  test("a removal that the turn refused did not happen", async () => {
    await addClients([{ id: "a", expires: -5 }]);
    const removals = await openStore("client_sessions").remove(
      planned(["a"]),
      { thresholds: [EXPIRED] },
      "bat_1",
      countingTurn(1),
    );
    expect(removals).toMatchObject([{ kind: "failed", fault: { kind: "exhausted" } }]);
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });
});

test("a page of large records holds fewer of them, and the walk still sees each once", async () => {
  const ids = Array.from({ length: 300 }, (_, index) => `s${String(index).padStart(4, "0")}`);
  const note = "x".repeat(60_000);
  for (let from = 0; from < ids.length; from += 20) {
    await addClients(ids.slice(from, from + 20).map((id) => ({ id, record: { note } })));
  }
  const { sessions, pages } = await listed(openStore("client_sessions"), { kind: "all" });
  expect(sessions.map(({ id }) => id)).toEqual(ids);
  // 8 MB hold 133 of these; the last page is the empty one.
  expect(pages).toBe(4);
});
