import { CLIENT_SESSION_COLUMNS, type ClientSessionRow } from "./client_session_record.ts";
import { jsonChunks, prepareInserts } from "./json_chunks.ts";

/** Which of the given sessions, or of their tokens, are stored already. */
export interface StoredAlready {
  /** Positions in the given list. */
  readonly ids: readonly number[];
  readonly tokens: readonly number[];
}

/** Looks up ids and tokens of whole records before they are stored. */
export async function findStoredClientSessions(
  db: D1Database,
  rows: readonly ClientSessionRow[],
): Promise<StoredAlready> {
  const ids: number[] = [];
  const tokens: number[] = [];
  const wanted = rows.map((row, position) => [
    position,
    row.workspace_id,
    row.client_session_id,
    row.token_hash,
  ]);
  for (const json of jsonChunks(wanted)) {
    // CROSS JOIN keeps the order of the loops: the given rows outside, an index lookup inside.
    const [byId, byToken] = await db.batch<{ position: number }>([
      db
        .prepare(
          `SELECT j.value ->> 0 AS position FROM json_each(?1) AS j CROSS JOIN client_sessions AS c
           WHERE c.workspace_id = j.value ->> 1 AND c.client_session_id = j.value ->> 2`,
        )
        .bind(json),
      db
        .prepare(
          `SELECT j.value ->> 0 AS position FROM json_each(?1) AS j CROSS JOIN client_sessions AS c
           WHERE c.token_hash = j.value ->> 3`,
        )
        .bind(json),
    ]);
    ids.push(...(byId?.results ?? []).map(({ position }) => position));
    tokens.push(...(byToken?.results ?? []).map(({ position }) => position));
  }
  return { ids, tokens };
}

/**
 * Statements that insert whole records, to be run in one batch. `version` is epoch milliseconds: a session
 * that is removed and imported again under its id must not look like the one that was planned.
 */
export function prepareClientSessionImport(
  db: D1Database,
  rows: readonly ClientSessionRow[],
  version: number,
): D1PreparedStatement[] {
  const versioned = rows.map((row) => ({ ...row, version }));
  return prepareInserts(db, "client_sessions", CLIENT_SESSION_COLUMNS, versioned);
}
