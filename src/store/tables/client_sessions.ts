import type { SessionRef } from "../../core/session/session.ts";
import { CLIENT_SESSION_COLUMNS, type ClientSessionRow } from "./client_session_record.ts";
import { jsonOf, readRecord, type StoredRecord } from "../../sources/d1/stored_record.ts";

// What the routes read and write of `client_sessions`. It has no DELETE: removal belongs to the source.

/** A client session as it is stored. */
export interface StoredClientSession {
  readonly workspace_id: string;
  readonly client_session_id: string;
  readonly revoked_at: number | null;
  readonly token_sealed: string | null;
  readonly version: number;
  /** The wire form, with null in the place of a token. */
  readonly record: StoredRecord;
}

/** Which sessions a list holds; a filter that is undefined is not applied, null means "without one". */
export interface ClientSessionFilter {
  readonly client_session_id?: string | undefined;
  readonly user_identifier_key?: string | undefined;
  readonly connect_webview_id?: string | null | undefined;
  readonly user_identity_id?: string | null | undefined;
  readonly without_user_identifier_key?: boolean | undefined;
}

type StoredRow = Omit<StoredClientSession, "record"> & { readonly record: string };

const COLUMNS =
  "c.workspace_id, c.client_session_id, c.revoked_at, c.token_sealed, c.version, c.record";

/** The session of an id in the first of the workspaces that has it. */
export async function findClientSession(
  db: D1Database,
  workspaces: readonly string[],
  id: string,
): Promise<StoredClientSession | null> {
  const where = `json_each(?1) AS j CROSS JOIN client_sessions AS c
    WHERE c.workspace_id = j.value AND c.client_session_id = ?2 ORDER BY j.key`;
  return first(db, where, JSON.stringify(workspaces), id);
}

/** The newest session of a user in any of the workspaces; one without a readable age is the oldest. */
export async function findNewestOfUser(
  db: D1Database,
  workspaces: readonly string[],
  userIdentifierKey: string,
): Promise<StoredClientSession | null> {
  const where = `json_each(?1) AS j CROSS JOIN client_sessions AS c
    WHERE c.workspace_id = j.value AND c.user_identifier_key = ?2
    ORDER BY c.created_at DESC, c.client_session_id DESC`;
  return first(db, where, JSON.stringify(workspaces), userIdentifierKey);
}

/** The session of a token, by the token's keyed hash. */
export async function findByToken(
  db: D1Database,
  tokenHash: string,
): Promise<StoredClientSession | null> {
  return first(db, "client_sessions AS c WHERE c.token_hash = ?1", tokenHash);
}

async function first(
  db: D1Database,
  where: string,
  ...binds: readonly string[]
): Promise<StoredClientSession | null> {
  const row = await db
    .prepare(`SELECT ${COLUMNS} FROM ${where} LIMIT 1`)
    .bind(...binds)
    .first<StoredRow>();
  return row === null ? null : toStored(row);
}

/**
 * Inserts a session, unless its user has one in its workspace already: false then. One statement, so
 * that two requests at once make one session. `version` is epoch milliseconds (see the import).
 */
export async function insertClientSession(
  db: D1Database,
  row: ClientSessionRow,
  version: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO client_sessions (${CLIENT_SESSION_COLUMNS.join(", ")})
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
       WHERE NOT EXISTS (SELECT 1 FROM client_sessions WHERE workspace_id = ?1 AND user_identifier_key = ?6)`,
    )
    .bind(...CLIENT_SESSION_COLUMNS.map((column) => ({ ...row, version })[column]))
    .run();
  return meta.changes > 0;
}

/** Replaces the record of a session that is still at `version`, and raises it; false when it is not. */
export async function updateClientSession(
  db: D1Database,
  ref: SessionRef,
  version: number,
  row: Pick<ClientSessionRow, "created_at" | "expires_at" | "user_identifier_key" | "record">,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE client_sessions SET created_at = ?4, expires_at = ?5, user_identifier_key = ?6, record = ?7,
         version = version + 1
       WHERE workspace_id = ?1 AND client_session_id = ?2 AND version = ?3`,
    )
    .bind(
      ref.scope,
      ref.id,
      version,
      row.created_at,
      row.expires_at,
      row.user_identifier_key,
      row.record,
    )
    .run();
  return meta.changes > 0;
}

/** Ends the use of a session's token; the first revocation counts. False when there is no such session. */
export async function revokeClientSession(
  db: D1Database,
  ref: SessionRef,
  now: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE client_sessions SET revoked_at = coalesce(revoked_at, ?3), version = version + 1
       WHERE workspace_id = ?1 AND client_session_id = ?2`,
    )
    .bind(ref.scope, ref.id, now)
    .run();
  return meta.changes > 0;
}

/** One page of a workspace's sessions after an id, in the order of their ids. */
export async function listClientSessions(
  db: D1Database,
  workspace: string,
  filter: ClientSessionFilter,
  after: string,
  limit: number,
): Promise<StoredClientSession[]> {
  const values: (string | number)[] = [workspace, after, limit];
  const bind = (value: string): string => `?${values.push(value)}`;
  const terms = ["c.workspace_id = ?1", "c.client_session_id > ?2"];
  if (filter.client_session_id !== undefined) {
    terms.push(`c.client_session_id = ${bind(filter.client_session_id)}`);
  }
  if (filter.user_identifier_key !== undefined) {
    terms.push(`c.user_identifier_key = ${bind(filter.user_identifier_key)}`);
  }
  if (filter.without_user_identifier_key === true) {
    terms.push("c.user_identifier_key IS NULL");
  }
  if (filter.connect_webview_id !== undefined) {
    terms.push(holds(["connect_webview_ids"], filter.connect_webview_id, bind));
  }
  if (filter.user_identity_id !== undefined) {
    terms.push(holds(["user_identity_id", "user_identity_ids"], filter.user_identity_id, bind));
  }
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM client_sessions AS c WHERE ${terms.join(" AND ")}
       ORDER BY c.client_session_id LIMIT ?3`,
    )
    .bind(...values)
    .all<StoredRow>();
  return results.map(toStored);
}

/** A term that looks for a value in fields of the record, or with null for the lack of any value. */
function holds(
  fields: readonly string[],
  value: string | null,
  bind: (value: string) => string,
): string {
  const wanted = value === null ? "IS NOT NULL" : `= ${bind(value)}`;
  const found = fields
    .map(
      (field) =>
        `EXISTS (SELECT 1 FROM json_each(${jsonOf("c.record")}, '$.${field}') AS f WHERE f.value ${wanted})`,
    )
    .join(" OR ");
  return value === null ? `NOT (${found})` : `(${found})`;
}

function toStored(row: StoredRow): StoredClientSession {
  return { ...row, record: readRecord(row.record) };
}
