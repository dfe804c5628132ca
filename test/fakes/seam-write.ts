import { randomBytes, randomUUID } from "node:crypto";

import { firstOfUser, notFound, ownRow, seamError, seamOk, type SeamCall } from "./seam-call.ts";
import type { ClientSession } from "./seam-store.ts";
import type { FakeAnswer } from "./wire.ts";

const YEAR_MS = 365 * 86_400_000;

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

/** Twice for one user: POST refuses, PUT gives what there is. */
export function createSession(call: SeamCall): FakeAnswer {
  const row = firstOfUser(call, call.input["user_identifier_key"]);
  if (row === undefined) {
    return makeSession(call);
  }
  if (call.method === "PUT") {
    return seamOk({ client_session: row.session, ok: true });
  }
  const text = "A client session with this user_identifier_key already exists";
  return seamError(400, "client_session_token_already_exists", text);
}

/** An expiry given for a session that exists moves it: expired can be live again. */
export function getOrCreateSession(call: SeamCall): FakeAnswer {
  const row = firstOfUser(call, call.input["user_identifier_key"]);
  if (row === undefined) {
    return makeSession(call);
  }
  const expires = call.input["expires_at"];
  if (typeof expires !== "string") {
    return seamOk({ client_session: row.session, ok: true });
  }
  const session = { ...row.session, expires_at: expires };
  call.store.put({ ...row, session });
  return seamOk({ client_session: session, ok: true });
}

/** Adds to the lists of a session. */
export function grantAccess(call: SeamCall): FakeAnswer {
  const { client_session_id: id, user_identifier_key: user, ...given } = call.input;
  const row = ownRow(call, id) ?? firstOfUser(call, user);
  if (row === undefined) {
    return notFound();
  }
  const session = { ...row.session };
  for (const [name, value] of Object.entries(given)) {
    const had = session[name];
    const joined: unknown[] = Array.isArray(had) && Array.isArray(value) ? [...had, ...value] : [];
    session[name] = joined.length > 0 ? [...new Set(joined)] : value;
  }
  call.store.put({ ...row, session });
  return seamOk({ client_session: session, ok: true });
}
