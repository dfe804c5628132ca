import type { Keyring } from "../../core/values/hash.ts";
import { openToken, type ClientSessionRecord } from "../tables/client_session_record.ts";
import type { StoredClientSession } from "../tables/client_sessions.ts";
import { mustRead } from "../../sources/d1/stored_record.ts";

/**
 * A session as a client sees it: exactly the keys of its record. A token that was sealed under another
 * secret is null: it cannot be used any more either, because it can no longer be found.
 */
export function toWire(session: StoredClientSession, keyring: Keyring | null): ClientSessionRecord {
  const record = mustRead(session.record);
  if (session.token_sealed === null || !Object.hasOwn(record, "token")) {
    return record;
  }
  return { ...record, token: openToken(session.token_sealed, session, keyring) };
}
