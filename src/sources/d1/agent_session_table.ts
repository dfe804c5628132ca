import type { Scalar, Session, SessionRef } from "../../core/session/session.ts";
import type { SourceConfig } from "../provider.ts";
import { metadataField } from "../../core/session/person.ts";
import { bareSession, type Condition, type Row, type SessionTable } from "./session_table.ts";

/** Agent sessions as the sweeps and erasures see them; what clients see is in `agent_sessions.ts`. */
export const agentSessionTable: SessionTable = {
  name: "agent_sessions",
  scope: "agent_key",
  id: "session_key",
  clocks: ["last_active_at", "created_at"],
  indexes: { last_active_at: "agent_sessions_by_activity", created_at: "agent_sessions_by_age" },
  busy: "busy",
  dependents: ["agent_events"],
  columns: `parent_agent_key, parent_session_key, json_valid(record) AS is_json,
    CASE WHEN json_valid(record) THEN record -> '$.metadata' END AS metadata`,
  parent: {
    scope: "parent_agent_key",
    id: "parent_session_key",
    index: "agent_sessions_by_parent",
    isNameless,
  },
  toSession,
  isReadable,
  hasMetadata,
  lookup: null,
};

function toSession(row: Row, config: SourceConfig): Session {
  const session = bareSession(agentSessionTable, row);
  const text = row["metadata"];
  // A record that is not JSON names somebody, as metadata that are no object do.
  const none = isReadable(row) ? undefined : "";
  const metadata: unknown = typeof text === "string" ? JSON.parse(text) : none;
  const isRecord = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  return {
    ...session,
    person: [
      ...config.person_paths.map((path) => metadataField(metadata, path)),
      { type: "agent_session_id", values: [`${session.scope}/${session.id}`, session.id] },
    ],
    parent: parentOf(row),
    metadata: isRecord ? (metadata as Readonly<Record<string, unknown>>) : null,
  };
}

/** As `valueAt` finds it: step by step, so that a key may be any text. */
function hasMetadata(path: string, value: Scalar): Condition {
  const parts = path.split(".");
  const steps = parts.map((_, place) =>
    place === 0
      ? "json_each(record, '$.metadata') AS m0"
      : `json_each(CASE WHEN m${place - 1}.type IN ('object', 'array') THEN m${place - 1}.value ELSE '{}' END) AS m${place}`,
  );
  const keys = parts.map((_, place) => `CAST(m${place}.key AS TEXT) = ?`);
  const last = `m${parts.length - 1}`;
  const is =
    typeof value === "boolean"
      ? { sql: `${last}.type = ?`, bind: String(value) }
      : {
          sql: `${last}.type IN (${typeof value === "string" ? "'text'" : "'integer', 'real'"}) AND ${last}.atom = ?`,
          bind: value,
        };
  const found = `EXISTS (SELECT 1 FROM ${steps.join(" CROSS JOIN ")} WHERE ${[...keys, is.sql].join(" AND ")})`;
  return {
    // Asked first: SQLite fails the whole statement at a record that is not JSON.
    sql: `CASE WHEN json_valid(record) THEN json_type(record, '$.metadata') = 'object' AND ${found} ELSE 0 END`,
    binds: [...parts, is.bind],
  };
}

function isReadable(row: Row): boolean {
  return row["is_json"] === 1;
}

function parentOf(row: Row): SessionRef | null {
  const { parent_agent_key: scope, parent_session_key: id } = row;
  return typeof scope === "string" && typeof id === "string" ? { scope, id } : null;
}

/**
 * True where no person path holds a value. What SQLite does not see as one, such as an empty object, or a record
 * that is not JSON, counts as none: then the parent of the session is kept.
 */
function isNameless({ person_paths: paths }: SourceConfig, alias: string): string {
  const named = paths
    .filter((path) => !/["'\\]/.test(path))
    .map((path) => path.split(".").map((part) => `."${part}"`))
    .map(
      (parts) =>
        `EXISTS (SELECT 1 FROM json_each(${alias}.record, '$.metadata${parts.join("")}') WHERE type <> 'null')`,
    );
  // Asked first: SQLite fails the whole statement at a record that is not JSON.
  return `NOT CASE WHEN json_valid(${alias}.record) THEN ${["0", ...named].join(" OR ")} ELSE 0 END`;
}
