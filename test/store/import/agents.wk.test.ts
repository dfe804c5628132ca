import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { importSessions } from "../../../src/store/import/import.ts";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import { CONFIG, emptyStore, NOW, randomBytes, rowOf } from "../../support/client_sessions.ts";

const SESSION = {
  key: "ase_support_1",
  agent_key: "agt_support",
  name: "A question",
  created_at: "2025-05-01T10:00:00Z",
  metadata: { user_id: "jane_doe" },
  unknown: { kept: true },
};
const EVENTS = [
  { id: "aev_1", type: "input_message", created_at: "2025-05-01T10:01:00Z" },
  { id: "aev_2", type: "agent_output", created_at: "2025-05-02T10:00:00.0001Z" },
];

beforeEach(emptyStore);

function run(...records: readonly object[]) {
  const text = records.map((one) => JSON.stringify(one)).join("\n");
  return importSessions(new TextEncoder().encode(text), {
    store: env.STORE,
    sources: CONFIG.sources,
    workspaces: null,
    agents: null,
    keyring: CONFIG.keyring,
    now: () => NOW,
    random: randomBytes,
  });
}

function record(session: object, events?: readonly object[]): object {
  return { source: "agent_sessions", session, events };
}

async function countRows(table: "agents" | "agent_sessions" | "agent_events" | "client_sessions") {
  return env.STORE.prepare(`SELECT count(*) AS n FROM ${table}`).first("n");
}

it("keeps a session and its events as given, and makes the agent that nobody knew", async () => {
  expect(await run(record(SESSION, EVENTS))).toStrictEqual({
    ok: true,
    value: { imported: 1, sources: ["agent_sessions"], undated: {} },
  });
  const row = await env.STORE.prepare("SELECT * FROM agent_sessions").first();
  expect(row).toMatchObject({
    agent_key: "agt_support",
    session_key: "ase_support_1",
    created_at: Date.parse("2025-05-01T10:00:00Z"),
    last_active_at: Date.parse("2025-05-02T10:00:00.001Z"),
  });
  expect(JSON.parse(String(row?.["record"]))).toStrictEqual(SESSION);
  const { results } = await env.STORE.prepare(
    "SELECT record FROM agent_events ORDER BY event_id",
  ).all();
  expect(results.map((event) => JSON.parse(String(event["record"])) as unknown)).toStrictEqual(
    EVENTS,
  );
  expect(await countRows("agents")).toBe(1);
});

it("is as active as its creation at least: events older than the session make nothing due", async () => {
  const old = { id: "aev_0", type: "input_message", created_at: "2020-01-01T00:00:00Z" };
  await run(record(SESSION, [old]));
  expect(await env.STORE.prepare("SELECT last_active_at FROM agent_sessions").first()).toEqual({
    last_active_at: Date.parse(SESSION.created_at),
  });
});

it("leaves an agent that is known as it is", async () => {
  await run(record(SESSION));
  const before = await env.STORE.prepare("SELECT * FROM agents").first();
  await run(record({ ...SESSION, key: "ase_support_2" }));
  expect(await env.STORE.prepare("SELECT * FROM agents").first()).toStrictEqual(before);
  expect(await countRows("agents")).toBe(1);
});

it("takes both sources in one request", async () => {
  const client = { source: "client_sessions", session: DOCUMENT_SESSION };
  expect(await run(client, record(SESSION, EVENTS))).toMatchObject({ value: { imported: 2 } });
  expect(await rowOf(DOCUMENT_SESSION.client_session_id)).not.toBeNull();
});

const ON_LINE_1 = { code: "session_exists", message: "its id is on line 1 too" };

describe("is refused, and nothing of it is stored:", () => {
  it.each([
    ["no agent", record({ key: "ase_1" }), { code: "invalid_request", field: "session.agent_key" }],
    ["no key", record({ agent_key: "agt_1" }), { code: "invalid_request", field: "session.key" }],
    [
      "an event without an id",
      record({ ...SESSION, key: "ase_2" }, [{ type: "x" }]),
      { code: "invalid_request", field: "events[0].id" },
    ],
    [
      "a parent that is no text",
      record({ ...SESSION, key: "ase_2", created_by_session_key: 7 }),
      { code: "invalid_request", field: "session.created_by_session_key" },
    ],
    ["a key twice", record(SESSION), ON_LINE_1],
    [
      "a key twice, under its other name",
      record({ id: SESSION.key, agent_key: SESSION.agent_key }),
      ON_LINE_1,
    ],
  ])("%s", async (_, wrong, error) => {
    const answer = await run(record(SESSION), wrong, record({ ...SESSION, key: "ase_3" }));
    expect(answer).toMatchObject({ ok: false, error: { line: 2, ...error } });
    expect(await countRows("agent_sessions")).toBe(0);
    expect(await countRows("agents")).toBe(0);
  });

  it("a session that is stored already, client sessions of the request included", async () => {
    await run(record(SESSION, EVENTS));
    const client = { source: "client_sessions", session: DOCUMENT_SESSION };
    expect(
      await run(client, record({ ...SESSION, key: "ase_new" }), record(SESSION)),
    ).toStrictEqual({
      ok: false,
      error: {
        code: "session_exists",
        line: 3,
        field: "session",
        message: "its id is stored already",
      },
    });
    expect(await countRows("agent_sessions")).toBe(1);
    expect(await countRows("client_sessions")).toBe(0);
  });
});

it("the same key at two agents is two sessions", async () => {
  const other = { ...SESSION, agent_key: "agt_sales" };
  expect(await run(record(SESSION), record(other))).toMatchObject({ value: { imported: 2 } });
  expect(await countRows("agents")).toBe(2);
});
