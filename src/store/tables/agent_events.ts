import type { SessionRef } from "../../core/session/session.ts";
import type { AgentEventRow } from "./agent_session_record.ts";
import { jsonOf, readRecord, type StoredRecord } from "../../sources/d1/stored_record.ts";

// What the routes and the import read and write of `agent_events`. Events go with their session.

/** The columns of a whole row, as they are written. */
export const EVENT_COLUMNS = [
  "agent_key",
  "session_key",
  "event_id",
  "created_at",
  "record",
] as const;

/** Where a page of events ends: time, then id. */
export interface EventPlace {
  readonly created_at: number;
  readonly event_id: string;
}

/** Stands for the time of an event whose time is unreadable: it comes first. */
const UNDATED = 0;

/**
 * Stores an event of a session that exists, and with it the session's activity, in one transaction; false
 * when there is no such session. An event never moves the activity back.
 */
export async function insertEvent(db: D1Database, row: AgentEventRow): Promise<boolean> {
  const [inserted] = await db.batch([
    db
      .prepare(
        `INSERT INTO agent_events (${EVENT_COLUMNS.join(", ")})
         SELECT ?1, ?2, ?3, ?4, ?5
         WHERE EXISTS (SELECT 1 FROM agent_sessions WHERE agent_key = ?1 AND session_key = ?2)`,
      )
      .bind(...EVENT_COLUMNS.map((column) => row[column])),
    db
      .prepare(
        `UPDATE agent_sessions SET last_active_at = max(coalesce(last_active_at, ?3), ?3),
           version = version + 1,
           record = CASE WHEN json_valid(record) THEN json_replace(record, '$.status', 'stopped') ELSE record END,
           busy = CASE WHEN json_valid(record) THEN 0 ELSE busy END
         WHERE agent_key = ?1 AND session_key = ?2`,
      )
      .bind(row.agent_key, row.session_key, row.created_at),
  ]);
  return (inserted?.meta.changes ?? 0) > 0;
}

/** One page of a session's events, oldest first. */
export async function listEvents(
  db: D1Database,
  { scope, id }: SessionRef,
  after: EventPlace | null,
  limit: number,
  includeHidden: boolean,
): Promise<readonly { readonly place: EventPlace; readonly record: StoredRecord }[]> {
  const { results } = await db
    .prepare(
      `SELECT coalesce(created_at, ${UNDATED}) AS at, event_id AS id, record FROM agent_events
       WHERE agent_key = ?1 AND session_key = ?2 AND (at, event_id) > (?3, ?4)
         AND (?5 OR coalesce(${jsonOf("record")} ->> '$.hidden', 0) <> 1)
       ORDER BY at, event_id LIMIT ?6`,
    )
    .bind(
      scope,
      id,
      after?.created_at ?? UNDATED,
      after?.event_id ?? "",
      Number(includeHidden),
      limit,
    )
    .all<{ at: number; id: string; record: string }>();
  return results.map((row) => ({
    place: { created_at: row.at, event_id: row.id },
    record: readRecord(row.record),
  }));
}
