import { randomUUID } from "node:crypto";

import { distort } from "./lists.ts";
import { firstOfUser, notFound, ownRow, seamOk, type SeamCall } from "./seam-call.ts";
import type { Fields } from "./seam-input.ts";
import type { ClientSession } from "./seam-store.ts";
import { createSession, getOrCreateSession, grantAccess } from "./seam-write.ts";
import type { FakeAnswer } from "./wire.ts";

/** One endpoint. */
export interface SeamRoute {
  methods: readonly string[];
  fields: Fields;
  run(call: SeamCall): FakeAnswer;
}

const CHUNK_CHARS = 64 * 1024;

function isExpired(session: ClientSession, now: number): boolean {
  return Date.parse(session.expires_at) <= now;
}

function getSession(call: SeamCall): FakeAnswer {
  const { client_session_id: id, user_identifier_key: user } = call.input;
  const row = ownRow(call, id) ?? firstOfUser(call, user);
  if (row === undefined) {
    return notFound();
  }
  if (!call.options.get_expired && isExpired(row.session, call.now)) {
    return notFound();
  }
  return seamOk({ client_session: row.session, ok: true });
}

function isWanted(session: ClientSession, { input, options }: SeamCall): boolean {
  if (options.lists.ignore_filters === true) {
    return true;
  }
  const { client_session_id: id, user_identifier_key: user, user_identity_id: person } = input;
  const webview = input["connect_webview_id"];
  if (id !== undefined && session.client_session_id !== id) {
    return false;
  }
  if (user !== undefined && session.user_identifier_key !== user) {
    return false;
  }
  if (input["without_user_identifier_key"] === true && session.user_identifier_key !== null) {
    return false;
  }
  const people = [session.user_identity_id, ...(session.user_identity_ids ?? [])];
  if (typeof person === "string" && !people.includes(person)) {
    return false;
  }
  if (person === null && people.some((one) => one !== undefined)) {
    return false;
  }
  const webviews = session.connect_webview_ids ?? [];
  if (typeof webview === "string" && !webviews.includes(webview)) {
    return false;
  }
  return webview !== null || webviews.length === 0;
}

/** The sessions that a list has to show, in the order of the store. */
function* wantedRows(call: SeamCall): Generator<ClientSession> {
  for (const { session } of call.store.rows(call.workspace)) {
    if (!isWanted(session, call)) {
      continue;
    }
    if (call.options.list_expired || !isExpired(session, call.now)) {
      yield session;
    }
  }
}

/** What is shown of them; a list that lies holds them in memory, a sound one does not. */
function* shownRows(call: SeamCall): Generator<ClientSession> {
  const { lists } = call.options;
  call.store.lists += 1;
  if (Object.keys(lists).length === 0) {
    return yield* wantedRows(call);
  }
  const rows = distort([...wantedRows(call)], lists, call.store.lists);
  do {
    yield* rows;
  } while (lists.endless === true && rows.length > 0);
}

/** The whole list, made while it is sent: a workspace may be larger than memory. */
function* listChunks(call: SeamCall): Generator<string> {
  let chunk = '{"client_sessions":[';
  let written = 0;
  for (const session of shownRows(call)) {
    if (call.options.list_cap !== null && written >= call.options.list_cap) {
      break;
    }
    chunk += (written === 0 ? "" : ",") + JSON.stringify(session);
    written += 1;
    if (chunk.length < CHUNK_CHARS) {
      continue;
    }
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
  if (row === undefined) {
    return call.options.delete_unknown === 200 ? seamOk({}) : notFound();
  }
  call.store.remove(row.session.client_session_id);
  call.store.removals.push({ ...row, at: call.now });
  return seamOk(call.options.delete_body);
}

function revokeSession(call: SeamCall): FakeAnswer {
  const row = ownRow(call, call.input["client_session_id"]);
  if (row === undefined) {
    return notFound();
  }
  call.store.put({ ...row, revoked: true });
  return seamOk({ ok: true });
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
