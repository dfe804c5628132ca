import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { SourceConfig } from "../../../src/sources/provider.ts";
import { importSessions, type ImportDeps } from "../../../src/store/import/import.ts";
import { IMPORT_LINE_MAX_BYTES } from "../../../src/store/import/lines.ts";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  CONFIG,
  emptyStore,
  NOW,
  openRoutes,
  OTHER_WORKSPACE,
  post,
  randomBytes,
  rowOf,
} from "../../support/client_sessions.ts";

const workspace_id = DOCUMENT_SESSION.workspace_id;

beforeEach(emptyStore);

async function run(text: string | Blob, overrides: Partial<ImportDeps> = {}) {
  return importSessions(new Uint8Array(await new Blob([text]).arrayBuffer()), {
    store: env.STORE,
    sources: CONFIG.sources,
    workspaces: null,
    agents: null,
    keyring: CONFIG.keyring,
    now: () => NOW,
    random: randomBytes,
    ...overrides,
  });
}

function line(session: object, source = "client_sessions"): string {
  return JSON.stringify({ source, session });
}

function small(id: string, more: object = {}): object {
  return { client_session_id: id, workspace_id, ...more };
}

async function countSessions(): Promise<number | null> {
  return env.STORE.prepare("SELECT count(*) AS n FROM client_sessions").first("n");
}

describe("client sessions", () => {
  it("are kept as given: ids, token, timestamps to the microsecond, unknown fields", async () => {
    const session = { ...DOCUMENT_SESSION, more: { of: ["it", 1.5, null, true] } };
    expect(await run(line(session))).toStrictEqual({
      ok: true,
      value: { imported: 1, sources: ["client_sessions"], undated: {} },
    });
    const response = await post(openRoutes(), "/get", {
      client_session_id: session.client_session_id,
    });
    expect(await response.text()).toBe(JSON.stringify({ client_session: session }));
    expect(await rowOf(session.client_session_id)).toMatchObject({
      created_at: Date.parse("2025-06-15T16:54:17.947Z"),
      expires_at: Date.parse("2025-06-19T15:22:40.000Z"),
      revoked_at: null,
      user_identifier_key: "jane_doe",
    });
  });

  it.each([
    ["expires_at", "0001-01-01T00:00:00Z"],
    ["expires_at", "soon"],
    ["expires_at", null],
    ["created_at", "1750000000 s"],
  ])("an odd clock is undated and kept: %s = %j", async (field, value) => {
    expect(await run(line(small("odd", { [field]: value })))).toMatchObject({ ok: true });
    const row = await rowOf("odd");
    expect(row?.[field]).toBeNull();
    expect(JSON.parse(String(row?.["record"]))).toMatchObject({ [field]: value });
  });

  it("that were revoked stay revoked", async () => {
    await run(line(small("r", { revoked_at: "2025-06-16T00:00:00Z" })));
    expect(await rowOf("r")).toMatchObject({ revoked_at: Date.parse("2025-06-16T00:00:00Z") });
  });

  it("of one id in two workspaces are two sessions", async () => {
    const text = [line(small("a")), line({ ...small("a"), workspace_id: OTHER_WORKSPACE })].join(
      "\n",
    );
    expect(await run(text)).toStrictEqual({
      ok: true,
      value: { imported: 2, sources: ["client_sessions"], undated: {} },
    });
  });
});

it.each(["", "\n\n", "\r\n"])("nothing in %j is nothing to do", async (text) => {
  expect(await run(text)).toStrictEqual({
    ok: true,
    value: { imported: 0, sources: [], undated: {} },
  });
});

it("takes CRLF, blank lines and a last line without an end", async () => {
  expect(await run(`${line(small("a"))}\r\n\n${line(small("b"))}`)).toMatchObject({
    value: { imported: 2 },
  });
});

it("imports thousands in a few statements", async () => {
  const sessions = Array.from({ length: 12_000 }, (_, i) =>
    line(
      small(`s${i}`, {
        token: `seam_cst1${i}`,
        user_identifier_key: `user-${i % 100}`,
        note: "é".repeat(60),
      }),
    ),
  );
  let batches = 0;
  let statements = 0;
  const counting = new Proxy(env.STORE, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "prepare") {
        statements += 1;
      } else if (name === "batch") {
        batches += 1;
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  expect(await run(sessions.join("\n"), { store: counting })).toMatchObject({
    value: { imported: 12_000 },
  });
  expect(await countSessions()).toBe(12_000);
  expect(statements).toBeLessThan(40);
  expect(batches).toBeLessThan(10);
});

describe("is refused, and nothing of it is stored:", () => {
  it.each([
    ["not JSON", "{", { code: "invalid_request", field: "" }],
    ["no object", "[]", { code: "invalid_request", field: "" }],
    ["no source", '{"session":{}}', { code: "invalid_request", field: "source" }],
    ["no session", '{"source":"client_sessions"}', { code: "invalid_request", field: "session" }],
    [
      "a list as session",
      '{"source":"client_sessions","session":[]}',
      { code: "invalid_request", field: "session" },
    ],
    [
      "an unknown key",
      JSON.stringify({ source: "client_sessions", session: small("z"), sesion: 1 }),
      { code: "invalid_request", field: "sesion" },
    ],
    [
      "events of a client session",
      JSON.stringify({ source: "client_sessions", session: small("z"), events: [] }),
      { code: "invalid_request", field: "events" },
    ],
    [
      "no id",
      line({ workspace_id }),
      { code: "invalid_request", field: "session.client_session_id" },
    ],
    [
      "an empty id",
      line(small("")),
      { code: "invalid_request", field: "session.client_session_id" },
    ],
    [
      "no workspace",
      line({ client_session_id: "z" }),
      { code: "invalid_request", field: "session.workspace_id" },
    ],
    [
      "an id with a control character",
      line(small("a\u0000b")),
      { code: "invalid_request", field: "session.client_session_id" },
    ],
    [
      "a token that is no text",
      line(small("z", { token: 1 })),
      { code: "invalid_request", field: "session.token" },
    ],
    [
      "a user that is no text",
      line(small("z", { user_identifier_key: 7 })),
      { code: "invalid_request", field: "session.user_identifier_key" },
    ],
    [
      "too deep",
      line(small("z", JSON.parse(`{"a":${"[".repeat(40)}${"]".repeat(40)}}`))),
      { code: "invalid_request" },
    ],
    [
      "a record that is too large",
      line(small("z", { a: "x".repeat(65_536) })),
      { code: "invalid_request", field: "session" },
    ],
    [
      "a line that is too long",
      line(small("z", { a: "x".repeat(IMPORT_LINE_MAX_BYTES) })),
      { code: "payload_too_large" },
    ],
    [
      "an unknown source",
      line(small("z"), "other"),
      {
        code: "invalid_request",
        message: "no such source: there are client_sessions, agent_sessions",
      },
    ],
    [
      "an id twice",
      line(small("a")),
      { code: "session_exists", message: "its id is on line 1 too" },
    ],
    [
      "a token twice",
      line(small("z", { token: "seam_cst1a" })),
      { code: "session_exists", message: "its token is on line 1 too" },
    ],
  ])("%s", async (_, wrong, error) => {
    const text = [line(small("a", { token: "seam_cst1a" })), "", wrong, line(small("b"))].join(
      "\n",
    );
    expect(await run(text)).toMatchObject({ ok: false, error: { line: 3, ...error } });
    expect(await countSessions()).toBe(0);
  });

  it("what is not UTF-8", async () => {
    const wrong = new Blob([line(small("a")), "\n", new Uint8Array([0x7b, 0xff, 0x7d])]);
    expect(await run(wrong)).toMatchObject({ error: { code: "invalid_request", line: 2 } });
    expect(await countSessions()).toBe(0);
  });

  it("anything without LETHE_SECRET, a record without a token too", async () => {
    expect(await run(line(small("a")), { keyring: null })).toStrictEqual({
      ok: false,
      error: {
        code: "not_configured",
        line: null,
        field: "",
        message: "Set the secret LETHE_SECRET.",
      },
    });
    expect(await countSessions()).toBe(0);
  });

  it("a session of a workspace that the key does not reach", async () => {
    const text = [line(small("a")), line(small("b", { workspace_id: OTHER_WORKSPACE }))].join("\n");
    expect(await run(text, { workspaces: [workspace_id] })).toMatchObject({
      ok: false,
      error: { code: "forbidden", line: 2, field: "session.workspace_id" },
    });
    expect(await countSessions()).toBe(0);
    expect(await run(text, { workspaces: [workspace_id, OTHER_WORKSPACE] })).toMatchObject({
      value: { imported: 2 },
    });
  });

  it("a source that is reached over the network", async () => {
    const source = CONFIG.sources.get("client_sessions");
    const upstream = { ...source, endpoint: "https://connect.getseam.com" } as SourceConfig;
    const sources = new Map([["client_sessions", upstream]]);
    expect(await run(line(small("a")), { sources })).toMatchObject({
      ok: false,
      error: { code: "invalid_request", line: 1, field: "source" },
    });
    expect(await countSessions()).toBe(0);
  });

  it.each([
    ["id", small("there", { token: "seam_cst1new" })],
    ["token", small("new", { token: "seam_cst1there" })],
  ])("a record whose %s is stored already", async (what, record) => {
    await run(line(small("there", { token: "seam_cst1there" })));
    const text = [line(small("a")), line(small("b")), line(record)].join("\n");
    expect(await run(text)).toStrictEqual({
      ok: false,
      error: {
        code: "session_exists",
        line: 3,
        field: "session",
        message: `its ${what} is stored already`,
      },
    });
    expect(await countSessions()).toBe(1);
  });

  it("by the line of the first of many that are stored already", async () => {
    await run([line(small("p")), line(small("q"))].join("\n"));
    const text = [line(small("a")), line(small("q")), line(small("p"))].join("\n");
    expect(await run(text)).toMatchObject({ error: { code: "session_exists", line: 2 } });
  });

  it("when another request stores the same id between the look and the write", async () => {
    const racing = new Proxy(env.STORE, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== "batch") {
          return typeof value === "function" ? value.bind(target) : value;
        }
        return async (statements: D1PreparedStatement[]) => {
          const answers = await target.batch(statements);
          await target
            .prepare(
              "INSERT OR IGNORE INTO client_sessions (workspace_id, client_session_id, record) VALUES (?1, 'b', '{}')",
            )
            .bind(workspace_id)
            .run();
          return answers;
        };
      },
    });
    const text = [line(small("a")), line(small("b"))].join("\n");
    expect(await run(text, { store: racing })).toStrictEqual({
      ok: false,
      error: {
        code: "session_exists",
        line: 2,
        field: "session",
        message: "its id is stored already",
      },
    });
    expect(await rowOf("a")).toBeNull();
  });
});
