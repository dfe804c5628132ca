import { beforeEach, describe, expect, test } from "vitest";
import { INCOMPARABLE } from "../../../src/core/session/person.ts";
import { parseAgentSession } from "../../../src/store/tables/agent_session_record.ts";
import {
  findExistingAgentSessions,
  prepareAgentImport,
} from "../../../src/store/tables/agent_sessions.ts";
import { insertAgent } from "../../../src/store/tables/agents.ts";
import type { Session } from "../../../src/core/session/session.ts";
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
} from "../../support/d1.ts";

beforeEach(emptyStore);

const HOUR = 3_600_000;

function at(hours: number): string {
  return new Date(NOW + hours * HOUR).toISOString();
}

interface Given {
  readonly session: Readonly<Record<string, unknown>>;
  readonly events?: readonly Readonly<Record<string, unknown>>[];
}

async function importAll(given: readonly Given[]): Promise<void> {
  const records = given.map(({ session, events = [] }) => {
    const parsed = parseAgentSession(session, events);
    if (!parsed.ok) {
      throw new Error(JSON.stringify(parsed.error));
    }
    return parsed.value;
  });
  await store.batch(prepareAgentImport(store, records, NOW));
}

async function read(scope: string, id: string): Promise<Session | null> {
  const answer = await openStore("agent_sessions").read({ scope, id }, countingTurn());
  if (!answer.ok) {
    throw new Error(JSON.stringify(answer.error));
  }
  return answer.value;
}

describe("importing", () => {
  test("keeps the record, makes the agent, and takes the activity from the newest event", async () => {
    const session = { key: "ase_1", agent_key: "support", odd: [1.5], created_at: at(-9) };
    await importAll([
      {
        session,
        events: [
          { id: "aev_2", type: "agent_output", created_at: at(-2) },
          { id: "aev_1", type: "input_message", created_at: at(-3) },
        ],
      },
      { session: { id: "ase_2", agent_key: "support", created_at: at(-5) } },
    ]);
    expect(await read("support", "ase_1")).toMatchObject({
      clocks: { created_at: NOW - 9 * HOUR, last_active_at: NOW - 2 * HOUR },
      version: NOW,
    });
    expect(await read("support", "ase_2")).toMatchObject({
      clocks: { created_at: NOW - 5 * HOUR, last_active_at: NOW - 5 * HOUR },
    });
    const stored = await store
      .prepare("SELECT record FROM agent_sessions WHERE session_key = 'ase_1'")
      .first<string>("record");
    expect(stored).toBe(JSON.stringify(session));
    expect(await idsIn("agent_events")).toEqual(["aev_1", "aev_2"]);
    expect(await store.prepare("SELECT agent_key FROM agents").first("agent_key")).toBe("support");
  });

  test("an event at an unreadable time makes the activity unknown, so nothing is due by it", async () => {
    await importAll([
      {
        session: { key: "ase_1", agent_key: "a", created_at: at(-9) },
        events: [{ id: "aev_1", created_at: "1970-01-01T00:00:00Z" }],
      },
    ]);
    expect(await read("a", "ase_1")).toMatchObject({ clocks: { last_active_at: null } });
  });

  test("is all or nothing: a key that is taken fails the batch", async () => {
    await importAll([{ session: { key: "ase_1", agent_key: "a" } }]);
    const both = ["ase_0", "ase_1"].map((key) => ({ session: { key, agent_key: "b" } }));
    await expect(
      importAll([
        { session: { key: "ase_9", agent_key: "a" } },
        { session: { key: "ase_1", agent_key: "a" } },
      ]),
    ).rejects.toThrow("SQLITE_CONSTRAINT");
    expect(await idsIn("agent_sessions")).toEqual(["ase_1"]);
    await importAll(both);
    const existing = await findExistingAgentSessions(store, [
      { scope: "a", id: "ase_1" },
      { scope: "a", id: "ase_9" },
      { scope: "b", id: "ase_1" },
    ]);
    expect([...existing]).toEqual(["a/ase_1", "b/ase_1"]);
  });

  test.for([
    [{ agent_key: "a" }, [], "session.key"],
    [{ key: "x", id: "y", agent_key: "a" }, [], "session.id"],
    [{ key: "x" }, [], "session.agent_key"],
    [{ key: "x/y", agent_key: "a" }, [], "session.key"],
    [{ key: "x", agent_key: "a" }, [{ type: "t" }], "events[0].id"],
    [{ key: "x", agent_key: "a" }, [{ id: "e" }, { id: "e" }], "events[1].id"],
    [{ key: "x", agent_key: "a", note: "x".repeat(70_000) }, [], "session"],
  ] as const)("names what is wrong with a record (%#)", ([session, events, field]) => {
    expect(parseAgentSession(session, events)).toMatchObject({ ok: false, error: { field } });
  });

  test("20,000 records go in few statements", async () => {
    const records = Array.from({ length: 20_000 }, (_, index) => ({
      session: { key: `ase_${index}`, agent_key: `agt_${index % 7}`, created_at: at(-index / 100) },
      events: [{ id: "aev_1", created_at: at(-1) }],
    }));
    const rows = records.flatMap(({ session, events }) => {
      const parsed = parseAgentSession(session, events);
      return parsed.ok ? [parsed.value] : [];
    });
    const statements = prepareAgentImport(store, rows, NOW);
    expect(statements.length).toBeLessThan(20);
    await store.batch(statements);
    const source = openStore("agent_sessions");
    const scopes: Record<string, number> = {};
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<NonNullable<typeof source.population>>> | undefined =
        await source.population?.(cursor, countingTurn());
      if (page?.ok !== true) {
        throw new Error("not counted");
      }
      for (const [scope, count] of Object.entries(page.value.scopes)) {
        scopes[scope] = (scopes[scope] ?? 0) + count;
      }
      cursor = page.value.next;
    } while (cursor !== null);
    expect(Object.values(scopes).reduce((sum, count) => sum + count, 0)).toBe(20_000);
    expect(Object.keys(scopes)).toHaveLength(7);
  });
});

describe("whom an agent session names", () => {
  test("every configured path, by value and type", async () => {
    const metadata = {
      user_id: 5,
      profile: { ids: ["5", 6, true, null] },
      none: null,
      whole: { a: 1 },
    };
    await importAll([{ session: { key: "s", agent_key: "a", metadata } }]);
    const source = openStore("agent_sessions", {
      person_paths: ["user_id", "profile.ids", "none", "absent", "whole", "constructor"],
    });
    const [session] = (await listed(source, { kind: "all" })).sessions;
    expect(session?.person).toEqual([
      { type: "metadata:user_id", values: [5] },
      { type: "metadata:profile.ids", values: ["5", 6, true] },
      { type: "metadata:none", values: [] },
      { type: "metadata:absent", values: [] },
      { type: "metadata:whole", values: [INCOMPARABLE] },
      { type: "metadata:constructor", values: [] },
      { type: "agent_session_id", values: ["a/s", "s"] },
    ]);
    expect(session?.metadata).toEqual(metadata);
    expect(source.capabilities.identifiers).toContain("metadata:profile.ids");
  });

  test("its parent, when both keys are there", async () => {
    await importAll([
      {
        session: {
          key: "whole",
          agent_key: "a",
          created_by_agent_key: "p",
          created_by_session_key: "q",
        },
      },
      { session: { key: "half", agent_key: "a", created_by_session_key: "q" } },
    ]);
    expect(await read("a", "whole")).toMatchObject({ parent: { scope: "p", id: "q" } });
    expect(await read("a", "half")).toMatchObject({ parent: null });
    expect(await read("a", "none")).toBeNull();
  });
});

describe("whom a client session names", () => {
  test("every field that can, and the customer by either name", async () => {
    await addClients([
      {
        id: "one",
        record: {
          user_identifier_key: "jane",
          user_identity_id: "i1",
          user_identity_ids: ["i1", "i2"],
          customer_key: "c",
        },
      },
      { id: "two", record: { customer_id: "d", user_identity_ids: null } },
    ]);
    const { sessions } = await listed(openStore("client_sessions"), { kind: "all" });
    expect(sessions.map(({ person }) => person)).toEqual([
      [
        { type: "user_identifier_key", values: ["jane"] },
        { type: "user_identity_id", values: ["i1", "i2"] },
        { type: "client_session_id", values: ["one"] },
        { type: "customer_key", values: ["c"] },
      ],
      [
        { type: "user_identifier_key", values: [] },
        { type: "user_identity_id", values: [] },
        { type: "client_session_id", values: ["two"] },
        { type: "customer_key", values: ["d"] },
      ],
    ]);
  });

  test("a person is looked up by key and id in every workspace, and else by walking all", async () => {
    await addClients([
      { id: "a", record: { user_identifier_key: "jane" } },
      { id: "b", workspace: "other", record: { user_identifier_key: "jane" } },
      { id: "c", record: { user_identifier_key: "Jane" } },
      { id: "d", workspace: "third" },
    ]);
    const source = openStore("client_sessions");
    const found = async (...identifiers: { type: string; value: string }[]) =>
      (await listed(source, { kind: "person", identifiers })).sessions.map(({ id }) => id);
    expect(await found({ type: "user_identifier_key", value: "jane" })).toEqual(["a", "b"]);
    expect(
      await found(
        { type: "user_identifier_key", value: "jane" },
        { type: "client_session_id", value: "d" },
        { type: "client_session_id", value: "a" },
      ),
    ).toEqual(["a", "b", "d"]);
    expect(await found({ type: "user_identifier_key", value: "nobody" })).toEqual([]);
    expect(await found({ type: "user_identity_id", value: "i" })).toEqual(["a", "c", "b", "d"]);
  });
});

describe("removing agent sessions", () => {
  test("takes their events along, and nobody else's", async () => {
    const events = [{ id: "aev_1", created_at: at(-50) }];
    await importAll([
      { session: { key: "stale", agent_key: "a", created_at: at(-60) }, events },
      {
        session: { key: "stale", agent_key: "b", created_at: at(-60) },
        events: [{ id: "aev_2", created_at: at(-1) }],
      },
    ]);
    const source = openStore("agent_sessions");
    const stale = threshold("last_active_at", "P1D");
    const { sessions } = await listed(source, { kind: "due", thresholds: [stale] });
    expect(sessions).toMatchObject([{ scope: "a", id: "stale" }]);
    const refs = ["a", "b"].map((scope, seq) => ({ scope, id: "stale", seq, version: NOW }));
    const removals = await source.remove(refs, { thresholds: [stale] }, "bat_1", countingTurn());
    expect(removals).toEqual([{ kind: "deleted" }, { kind: "changed" }]);
    expect(await idsIn("agent_sessions")).toEqual(["stale"]);
    expect(await idsIn("agent_events")).toEqual(["aev_2"]);
  });
});

describe("whether children may be shared", () => {
  const shares = async (scope: string, changes = {}): Promise<unknown> => {
    const answer = await openStore("agent_sessions", changes).sharesChildren?.(
      scope,
      countingTurn(),
    );
    return answer?.ok === true ? answer.value : answer;
  };

  test("only when the agent is known and has no agent-scoped tool, at any depth", async () => {
    const tools = { a: { type: "sub_agent", session: { mode: "per_session" } } };
    await insertAgent(store, "plain", NOW, { key: "plain", tool_configurations: tools });
    const deep = { tools: [{ x: { y: [{ mode: "agent_scoped" }] } }] };
    await insertAgent(store, "scoped", NOW, { key: "scoped", ...deep });
    expect(await shares("plain")).toBe(false);
    expect(await shares("scoped")).toBe(true);
    expect(await shares("missing")).toBe(true);
    expect(await shares("plain", { shared_children: true })).toBe(true);
    await store.prepare("UPDATE agents SET record = '{' WHERE agent_key = 'plain'").run();
    expect(await shares("plain")).toBe(true);
  });

  test("is not asked of client sessions", () => {
    const source = openStore("client_sessions");
    expect(source.sharesChildren).toBeUndefined();
    expect(source.capabilities.has_children).toBe(false);
  });
});

test("a person's lookup reads the person's rows, not the table", async () => {
  await addClients(
    Array.from({ length: 3_000 }, (_, index) => ({
      id: `s${index}`,
      workspace: `w${index % 3}`,
      record: { user_identifier_key: `user_${index % 1_000}` },
    })),
  );
  let rowsRead = 0;
  const watched = {
    prepare: (sql: string) => ({
      bind: (...values: unknown[]) => ({
        all: async () => {
          const answer = await store
            .prepare(sql)
            .bind(...values)
            .all();
          rowsRead += answer.meta.rows_read;
          return answer;
        },
      }),
    }),
  } as unknown as D1Database;
  const source = openStore("client_sessions", {}, watched);
  const identifiers = [{ type: "user_identifier_key", value: "user_7" }];
  const { sessions } = await listed(source, { kind: "person", identifiers });
  expect(sessions).toHaveLength(3);
  expect(rowsRead).toBeLessThan(500);
});
