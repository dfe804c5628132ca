import type { SessionRef } from "../../core/session/session.ts";
import {
  busyOf,
  type AgentEventRow,
  type AgentSessionRecord,
  type AgentSessionRow,
} from "./agent_session_record.ts";
import { prepareUnknownAgents } from "./agents.ts";
import { EVENT_COLUMNS } from "./agent_events.ts";
import { jsonChunks, prepareInserts } from "./json_chunks.ts";
import { readRecord, type StoredRecord } from "../../sources/d1/stored_record.ts";

// What the routes and the import read and write of `agent_sessions`. It has no DELETE: removal belongs to
// the source.

/** The columns of a whole row, as they are written. */
const COLUMNS = [
  "agent_key",
  "session_key",
  "created_at",
  "last_active_at",
  "parent_agent_key",
  "parent_session_key",
  "busy",
  "record",
  "version",
] as const;

/** An agent session as it is stored. */
export interface StoredAgentSession {
  readonly version: number;
  readonly record: StoredRecord;
}

/** The session of an agent, or null. */
export async function findAgentSession(
  db: D1Database,
  { scope, id }: SessionRef,
): Promise<StoredAgentSession | null> {
  const row = await db
    .prepare("SELECT version, record FROM agent_sessions WHERE agent_key = ? AND session_key = ?")
    .bind(scope, id)
    .first<{ version: number; record: string }>();
  return row === null ? null : { version: row.version, record: readRecord(row.record) };
}

/** One page of an agent's sessions in the order of their keys. */
export async function listAgentSessions(
  db: D1Database,
  agentKey: string,
  after: string,
  limit: number,
): Promise<readonly { readonly key: string; readonly record: StoredRecord }[]> {
  const { results } = await db
    .prepare(
      `SELECT session_key AS key, record FROM agent_sessions
       WHERE agent_key = ? AND session_key > ? ORDER BY session_key LIMIT ?`,
    )
    .bind(agentKey, after, limit)
    .all<{ key: string; record: string }>();
  return results.map(({ key, record }) => ({
    key,
    record: readRecord(record),
  }));
}

/**
 * Stores a new session of an agent that exists; false when the agent does not, or the key is taken.
 * `version` is epoch milliseconds: a session that is removed and created again under its key must not
 * look like the one that was planned.
 */
export async function insertAgentSession(
  db: D1Database,
  row: AgentSessionRow,
  version: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT OR IGNORE INTO agent_sessions (${COLUMNS.join(", ")})
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM agents WHERE agent_key = ?1)`,
    )
    .bind(...COLUMNS.map((column) => ({ ...row, version })[column]))
    .run();
  return meta.changes > 0;
}

/** Replaces the record of a session that is still at `version`, and raises it; false when it is not. */
export async function updateAgentSession(
  db: D1Database,
  { scope, id }: SessionRef,
  version: number,
  record: AgentSessionRecord,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE agent_sessions SET record = ?4, busy = ?5, version = version + 1
       WHERE agent_key = ?1 AND session_key = ?2 AND version = ?3`,
    )
    .bind(scope, id, version, JSON.stringify(record), busyOf(record))
    .run();
  return meta.changes > 0;
}

/** Which of the given sessions are stored already, as `<agent>/<session>`. */
export async function findExistingAgentSessions(
  db: D1Database,
  refs: readonly SessionRef[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const json of jsonChunks(refs.map(({ scope, id }) => [scope, id]))) {
    // CROSS JOIN keeps the order of the loops: the given keys outside, an index lookup inside.
    const { results } = await db
      .prepare(
        `SELECT s.agent_key || '/' || s.session_key AS name FROM json_each(?) AS j
         CROSS JOIN agent_sessions AS s
         WHERE s.agent_key = j.value ->> 0 AND s.session_key = j.value ->> 1`,
      )
      .bind(json)
      .all<{ name: string }>();
    for (const { name } of results) {
      found.add(name);
    }
  }
  return found;
}

/**
 * Statements that store whole sessions with their events, and the agents nobody knows yet, to be run in
 * one batch: a key that is taken fails them all. `now`, in epoch milliseconds, is their version.
 */
export function prepareAgentImport(
  db: D1Database,
  records: readonly {
    readonly session: AgentSessionRow;
    readonly events: readonly AgentEventRow[];
  }[],
  now: number,
): D1PreparedStatement[] {
  const agents = new Set(records.map(({ session }) => session.agent_key));
  const sessions = records.map(({ session }) => ({ ...session, version: now }));
  const events = records.flatMap((record) => record.events);
  return [
    ...prepareUnknownAgents(db, [...agents], now),
    ...prepareInserts(db, "agent_sessions", COLUMNS, sessions),
    ...prepareInserts(db, "agent_events", EVENT_COLUMNS, events),
  ];
}
