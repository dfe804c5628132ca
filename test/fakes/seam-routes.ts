import { randomBytes, randomUUID } from "node:crypto";

import type { Fields } from "./seam-input.ts";
import type { SeamOptions } from "./seam.ts";
import type { ClientSession, SeamRow, SeamStore } from "./seam-store.ts";
import { jsonAnswer } from "./wire.ts";
import type { FakeAnswer } from "./wire.ts";

/** What a route works with, once the caller is known and the parameters are good. */
export interface SeamCall {
  method: string;
  workspace: string;
  input: Record<string, unknown>;
  store: SeamStore;
  options: SeamOptions;
  now: number;
}

/** One endpoint. */
export interface SeamRoute {
  methods: readonly string[];
  fields: Fields;
  run(call: SeamCall): FakeAnswer;
}

const CHUNK_CHARS = 64 * 1024;
const YEAR_MS = 365 * 86_400_000;

/** An answer in the envelope's error form, with the request id where Seam puts it. */
export function seamError(
  status: number,
  type: string,
  message: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): FakeAnswer {
  const body = { error: { type, message, ...more }, ok: false };
  return jsonAnswer(status, body, { "seam-request-id": randomUUID(), ...headers });
}

function seamOk(body: object): FakeAnswer {
  return jsonAnswer(200, body, { "seam-request-id": randomUUID() });
}

function notFound(): FakeAnswer {
  return seamError(404, "client_session_not_found", "Client session not found");
}

/** The caller's own row, or none: another workspace's session does not exist for it. */
function ownRow(call: SeamCall, id: unknown): SeamRow | undefined {
  const row = typeof id === "string" ? call.store.find(id) : undefined;
  return row?.owner === call.workspace ? row : undefined;
}

function firstOfUser(call: SeamCall, key: unknown): SeamRow | undefined {
  if (typeof key !== "string") return undefined;
  for (const row of call.store.rows(call.workspace)) {
    if (row.session.user_identifier_key === key) return row;
  }
  return undefined;
}

function isExpired(session: ClientSession, now: number): boolean {
  return Date.parse(session.expires_at) <= now;
}

function getSession(call: SeamCall): FakeAnswer {
  const { client_session_id: id, user_identifier_key: user } = call.input;
  const row = ownRow(call, id) ?? firstOfUser(call, user);
  if (row === undefined) return notFound();
  if (!call.options.get_expired && isExpired(row.session, call.now)) return notFound();
  return seamOk({ client_session: row.session, ok: true });
}

function isWanted(session: ClientSession, input: Record<string, unknown>): boolean {
  const { client_session_id: id, user_identifier_key: user, user_identity_id: person } = input;
  const webview = input["connect_webview_id"];
  if (id !== undefined && session.client_session_id !== id) return false;
  if (user !== undefined && session.user_identifier_key !== user) return false;
  if (input["without_user_identifier_key"] === true && session.user_identifier_key !== null) {
    return false;
  }
  const people = [session.user_identity_id, ...(session.user_identity_ids ?? [])];
  if (typeof person === "string" && !people.includes(person)) return false;
  if (person === null && people.some((one) => one !== undefined)) return false;
  const webviews = session.connect_webview_ids ?? [];
  if (typeof webview === "string" && !webviews.includes(webview)) return false;
  return webview !== null || webviews.length === 0;
}

/** The whole list, made while it is sent: a workspace may be larger than memory. */
function* listChunks(call: SeamCall): Generator<string> {
  let chunk = '{"client_sessions":[';
  let written = 0;
  for (const { session } of call.store.rows(call.workspace)) {
    if (call.options.list_cap !== null && written >= call.options.list_cap) break;
    if (!isWanted(session, call.input)) continue;
    if (!call.options.list_expired && isExpired(session, call.now)) continue;
    chunk += (written === 0 ? "" : ",") + JSON.stringify(session);
    written += 1;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = "";
  }
  yield `${chunk}],"ok":true}`;
}

function listSessions(call: SeamCall): FakeAnswer {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "seam-request-id": randomUUID(),
  };
  return { status: 200, headers, body: listChunks(call) };
}

function deleteSession(call: SeamCall): FakeAnswer {
  const row = ownRow(call, call.input["client_session_id"]);
  if (row === undefined) return call.options.delete_unknown === 200 ? seamOk({}) : notFound();
  call.store.remove(row.session.client_session_id);
  return seamOk(call.options.delete_body);
}

function revokeSession(call: SeamCall): FakeAnswer {
  const row = ownRow(call, call.input["client_session_id"]);
  if (row === undefined) return notFound();
  call.store.put({ ...row, revoked: true });
  return seamOk({ ok: true });
}

/** A full session from what a caller or a seed gives. */
export function newSession(
  given: Record<string, unknown>,
  workspace: string,
  now: number,
): ClientSession {
  const person = given["user_identity_id"];
  const session: ClientSession = {
    client_session_id: randomUUID(),
    workspace_id: workspace,
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + YEAR_MS).toISOString(),
    token: `seam_cst1fake_${randomBytes(12).toString("hex")}`,
    user_identifier_key: null,
    device_count: 0,
    connected_account_ids: [],
    connect_webview_ids: [],
    user_identity_ids: typeof person === "string" ? [person] : [],
  };
  return { ...session, ...given };
}

function makeSession(call: SeamCall): FakeAnswer {
  const session = newSession(call.input, call.workspace, call.now);
  call.store.put({ owner: call.workspace, session, revoked: false });
  return seamOk({ client_session: session, ok: true });
}

function createSession(call: SeamCall): FakeAnswer {
  const row = firstOfUser(call, call.input["user_identifier_key"]);
  if (row === undefined) return makeSession(call);
  if (call.method === "PUT") return seamOk({ client_session: row.session, ok: true });
  const text = "A client session with this user_identifier_key already exists";
  return seamError(400, "client_session_token_already_exists", text);
}

/** An expiry given for a session that exists moves it: expired can be live again. */
function getOrCreateSession(call: SeamCall): FakeAnswer {
  const row = firstOfUser(call, call.input["user_identifier_key"]);
  if (row === undefined) return makeSession(call);
  const expires = call.input["expires_at"];
  if (typeof expires !== "string") return seamOk({ client_session: row.session, ok: true });
  const session = { ...row.session, expires_at: expires };
  call.store.put({ ...row, session });
  return seamOk({ client_session: session, ok: true });
}

function grantAccess(call: SeamCall): FakeAnswer {
  const { client_session_id: id, user_identifier_key: user, ...given } = call.input;
  const row = ownRow(call, id) ?? firstOfUser(call, user);
  if (row === undefined) return notFound();
  const session = { ...row.session };
  for (const [name, value] of Object.entries(given)) {
    const had = session[name];
    const joined: unknown[] = Array.isArray(had) && Array.isArray(value) ? [...had, ...value] : [];
    session[name] = joined.length > 0 ? [...new Set(joined)] : value;
  }
  call.store.put({ ...row, session });
  return seamOk({ client_session: session, ok: true });
}

const CREATE: Fields = {
  user_identifier_key: { kind: "key" },
  user_identity_id: { kind: "uuid" },
  user_identity_ids: { kind: "uuids" },
  connect_webview_ids: { kind: "keys" },
  connected_account_ids: { kind: "keys" },
  expires_at: { kind: "date" },
};

const ONE: Fields = { client_session_id: { kind: "uuid", required: true } };

/** The seven endpoints; there is no update. */
export const SEAM_ROUTES: Readonly<Record<string, SeamRoute>> = {
  "/client_sessions/get": {
    methods: ["GET", "POST"],
    fields: { client_session_id: { kind: "uuid" }, user_identifier_key: { kind: "key" } },
    run: getSession,
  },
  "/client_sessions/list": {
    methods: ["GET", "POST"],
    fields: {
      client_session_id: { kind: "key" },
      user_identifier_key: { kind: "key" },
      connect_webview_id: { kind: "text", nullable: true },
      user_identity_id: { kind: "text", nullable: true },
      without_user_identifier_key: { kind: "boolean" },
    },
    run: listSessions,
  },
  "/client_sessions/delete": { methods: ["DELETE", "POST"], fields: ONE, run: deleteSession },
  "/client_sessions/revoke": { methods: ["POST"], fields: ONE, run: revokeSession },
  "/client_sessions/create": {
    methods: ["POST", "PUT"],
    fields: { ...CREATE, customer_id: { kind: "text" }, customer_key: { kind: "key" } },
    run: createSession,
  },
  "/client_sessions/get_or_create": {
    methods: ["POST"],
    fields: CREATE,
    run: getOrCreateSession,
  },
  "/client_sessions/grant_access": {
    methods: ["PATCH", "POST"],
    fields: {
      client_session_id: { kind: "text" },
      user_identifier_key: { kind: "key" },
      connect_webview_ids: { kind: "keys" },
      connected_account_ids: { kind: "keys" },
      user_identity_id: { kind: "text" },
      user_identity_ids: { kind: "keys" },
    },
    run: grantAccess,
  },
};
