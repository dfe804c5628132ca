import type * as z from "zod";
import { err, ok } from "../../core/values/result.ts";
import {
  findClientSession,
  findNewestOfUser,
  type StoredClientSession,
} from "../tables/client_sessions.ts";
import { mustRead } from "../../sources/d1/stored_record.ts";
import { SESSION_NOT_FOUND } from "./answer.ts";
import type { Call, Caller, Outcome } from "./call.ts";
import type { GetInput } from "./parameters.ts";
import { toWire } from "./wire.ts";

/**
 * Returns one session, by id or the newest of a user; given both, one that has both. A session token
 * reads its own session only, and anything else is absent for it.
 */
export async function getClientSession({
  caller,
  deps,
  input,
}: Call<z.output<typeof GetInput>, Caller>): Promise<Outcome> {
  const session =
    caller.kind === "session"
      ? caller.session
      : await findSession(deps.store, caller.workspaces, input);
  const { client_session_id: id, user_identifier_key: user } = input;
  if (
    session === null ||
    (id !== undefined && session.client_session_id !== id) ||
    (user !== undefined && mustRead(session.record)["user_identifier_key"] !== user)
  ) {
    return err(SESSION_NOT_FOUND);
  }
  return ok({ client_session: toWire(session, deps.keyring) });
}

/** The session of an id, or else the newest of a user. */
export async function findSession(
  store: D1Database,
  workspaces: readonly string[],
  { client_session_id: id, user_identifier_key: user }: z.output<typeof GetInput>,
): Promise<StoredClientSession | null> {
  if (id !== undefined) {
    return findClientSession(store, workspaces, id);
  }
  return user === undefined ? null : findNewestOfUser(store, workspaces, user);
}
