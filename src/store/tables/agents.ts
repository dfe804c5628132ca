import { formatTimestamp } from "../../core/values/timestamp.ts";
import { jsonChunks } from "./json_chunks.ts";
import { jsonOf, readRecord, type StoredRecord } from "../../sources/d1/stored_record.ts";

/** An agent as its record says. */
export type AgentRecord = Readonly<Record<string, unknown>>;

/** The agent of a key, or null. */
export async function findAgent(db: D1Database, key: string): Promise<StoredRecord | null> {
  const record = await db
    .prepare("SELECT record FROM agents WHERE agent_key = ?")
    .bind(key)
    .first<string>("record");
  return record === null ? null : readRecord(record);
}

/** One page of agents in the order of their keys; `enabled` null lists all. */
export async function listAgents(
  db: D1Database,
  after: string,
  limit: number,
  enabled: boolean | null,
): Promise<readonly { readonly key: string; readonly record: StoredRecord }[]> {
  const { results } = await db
    .prepare(
      `SELECT agent_key AS key, record FROM agents
       WHERE agent_key > ?1 AND (?2 IS NULL OR coalesce(${jsonOf("record")} ->> '$.enabled', 1) = ?2)
       ORDER BY agent_key LIMIT ?3`,
    )
    .bind(after, enabled === null ? null : Number(enabled), limit)
    .all<{ key: string; record: string }>();
  return results.map(({ key, record }) => ({ key, record: readRecord(record) }));
}

/** Stores a new agent; false when its key is taken. */
export async function insertAgent(
  db: D1Database,
  key: string,
  createdAt: number,
  record: AgentRecord,
): Promise<boolean> {
  const { meta } = await db
    .prepare("INSERT OR IGNORE INTO agents (agent_key, created_at, record) VALUES (?, ?, ?)")
    .bind(key, createdAt, JSON.stringify(record))
    .run();
  return meta.changes > 0;
}

/** Replaces a record that is still as it was read; false when it is not. */
export async function updateAgent(
  db: D1Database,
  key: string,
  was: AgentRecord,
  record: AgentRecord,
): Promise<boolean> {
  const { meta } = await db
    .prepare("UPDATE agents SET record = ?3 WHERE agent_key = ?1 AND record = ?2")
    .bind(key, JSON.stringify(was), JSON.stringify(record))
    .run();
  return meta.changes > 0;
}

/** Deletes an agent that has no sessions: its sessions only go the way of all sessions. */
export async function deleteUnusedAgent(db: D1Database, key: string): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `DELETE FROM agents WHERE agent_key = ?1
       AND NOT EXISTS (SELECT 1 FROM agent_sessions WHERE agent_key = ?1)`,
    )
    .bind(key)
    .run();
  return meta.changes > 0;
}

/** Stores agents that an import names and nobody knows yet, with nothing but their key. */
export function prepareUnknownAgents(
  db: D1Database,
  keys: readonly string[],
  createdAt: number,
): D1PreparedStatement[] {
  const at = formatTimestamp(createdAt);
  const rows = keys.map((key) => [
    key,
    JSON.stringify({ id: key, key, name: key, enabled: true, created_at: at, updated_at: at }),
  ]);
  return jsonChunks(rows).map((json) =>
    db
      .prepare(
        `INSERT OR IGNORE INTO agents (agent_key, created_at, record)
         SELECT value ->> 0, ?2, value ->> 1 FROM json_each(?1)`,
      )
      .bind(json, createdAt),
  );
}
