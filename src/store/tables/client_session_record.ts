import type { Keyring } from "../../core/values/hash.ts";
import type { RandomBytes } from "../../core/values/id.ts";
import { parseClock, parseTimestamp } from "../../core/values/timestamp.ts";

// How a client session in the wire form becomes a row: every write goes through here, so that the
// clocks the sweeps read can never differ from the record that a client reads.

/** A client session as a client sees it, with whatever fields it was given. */
export type ClientSessionRecord = Readonly<Record<string, unknown>>;

/** The largest stored record in UTF-8 bytes: pages of records must fit in memory. */
export const CLIENT_SESSION_MAX_BYTES = 64 * 1024;

/** One row of `client_sessions`, ready to be written. */
export interface ClientSessionRow {
  readonly workspace_id: string;
  readonly client_session_id: string;
  readonly created_at: number | null;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly user_identifier_key: string | null;
  readonly token_hash: string | null;
  readonly token_sealed: string | null;
  /** JSON; a token is null here, so that its place among the keys is kept and the token is not. */
  readonly record: string;
}

/** The columns of a whole row, as they are written. */
export const CLIENT_SESSION_COLUMNS = [
  "workspace_id",
  "client_session_id",
  "created_at",
  "expires_at",
  "revoked_at",
  "user_identifier_key",
  "token_hash",
  "token_sealed",
  "record",
  "version",
] as const;

/** A token in the two forms in which it is stored. */
export interface SealedToken {
  readonly token_hash: string;
  readonly token_sealed: string;
}

/** Hashes a token, to find it by, and seals it for the one session that it belongs to. */
export function sealToken(
  token: string,
  id: { readonly workspace_id: string; readonly client_session_id: string },
  keyring: Keyring,
  random: RandomBytes,
): SealedToken {
  return {
    token_hash: keyring.hash("token", token),
    token_sealed: keyring.seal(token, tokenContext(id), random(12)),
  };
}

/** Opens a stored token; null without the secret that sealed it, or when it was moved to another row. */
export function openToken(
  sealed: string,
  id: { readonly workspace_id: string; readonly client_session_id: string },
  keyring: Keyring | null,
): string | null {
  return keyring?.open(sealed, tokenContext(id)) ?? null;
}

/** The columns that follow from a record alone. */
export function recordColumns(
  record: ClientSessionRecord,
): Pick<ClientSessionRow, "created_at" | "expires_at" | "user_identifier_key" | "record"> {
  const key = record["user_identifier_key"];
  return {
    created_at: parseClock(record["created_at"]),
    expires_at: parseClock(record["expires_at"]),
    user_identifier_key: typeof key === "string" ? key : null,
    record: JSON.stringify("token" in record ? { ...record, token: null } : record),
  };
}

/** The time a record says it was revoked: Seam's own fake writes one, its interface does not. */
export function recordRevokedAt(record: ClientSessionRecord): number | null {
  const at = record["revoked_at"];
  return typeof at === "string" ? parseTimestamp(at) : null;
}

function tokenContext(id: {
  readonly workspace_id: string;
  readonly client_session_id: string;
}): string {
  return JSON.stringify(["client_session", id.workspace_id, id.client_session_id]);
}
