import type { PersonField, Session } from "../../core/session/session.ts";
import { INCOMPARABLE } from "../../core/session/person.ts";
import { bareSession, type Lookup, type Row, type SessionTable } from "./session_table.ts";

const INDEXED: ReadonlySet<string> = new Set(["user_identifier_key", "client_session_id"]);

/** Client sessions as the sweeps and erasures see them; what clients see is in `client_sessions.ts`. */
export const clientSessionTable: SessionTable = {
  name: "client_sessions",
  scope: "workspace_id",
  id: "client_session_id",
  clocks: ["expires_at", "created_at"],
  indexes: { expires_at: "client_sessions_by_expiry", created_at: "client_sessions_by_age" },
  busy: null,
  dependents: [],
  // One parse of the record in SQLite costs less than carrying it here.
  columns: `user_identifier_key, CASE WHEN json_valid(record) THEN json_extract(record,
    '$.user_identity_id', '$.user_identity_ids', '$.customer_key', '$.customer_id') END AS person`,
  parent: null,
  toSession,
  isReadable: (row) => row["person"] !== null,
  hasMetadata: null,
  lookup,
};

function toSession(row: Row): Session {
  const session = bareSession(clientSessionTable, row);
  const [identity, identities, customerKey, customerId] = fieldsOf(row["person"]);
  return {
    ...session,
    person: [
      field("user_identifier_key", [row["user_identifier_key"]]),
      field("user_identity_id", [identity, identities]),
      field("client_session_id", [session.id]),
      field("customer_key", [customerKey ?? customerId]),
    ],
  };
}

function fieldsOf(value: unknown): readonly unknown[] {
  const fields: unknown = typeof value === "string" ? JSON.parse(value) : null;
  return Array.isArray(fields) ? fields : UNREADABLE;
}

/** What stands in for the fields of a record that is not JSON: it names somebody, and nobody can say whom. */
const UNREADABLE: readonly unknown[] = [{}];

/** The texts in values and lists of values. Anything else names somebody too: nobody can say whom. */
function field(type: string, values: readonly unknown[]): PersonField {
  const named = values
    .flat(1)
    .filter((value) => value !== undefined && value !== null && value !== "")
    .map((value) => (typeof value === "string" ? value : INCOMPARABLE));
  return { type, values: [...new Set(named)] };
}

/** A workspace comes first in both indexes, so the workspaces there are, few, are found by skipping. */
function lookup(identifiers: readonly { type: string; value: unknown }[]): Lookup | null {
  const valuesOf = (type: string): string =>
    JSON.stringify(identifiers.filter((one) => one.type === type).map(({ value }) => value));
  if (!identifiers.every(({ type }) => INDEXED.has(type))) {
    return null;
  }
  return {
    sql: `WITH RECURSIVE spaces (name) AS (
        SELECT min(workspace_id) FROM client_sessions
        UNION ALL
        SELECT (SELECT min(workspace_id) FROM client_sessions WHERE workspace_id > spaces.name)
        FROM spaces WHERE spaces.name IS NOT NULL)
      SELECT s.workspace_id AS in_scope, s.client_session_id AS of_id
      FROM spaces CROSS JOIN json_each(?3) AS given
      CROSS JOIN client_sessions AS s INDEXED BY client_sessions_by_person
        ON s.workspace_id = spaces.name AND s.user_identifier_key = given.value
      UNION
      SELECT s.workspace_id, s.client_session_id
      FROM spaces CROSS JOIN json_each(?4) AS given
      CROSS JOIN client_sessions AS s
        ON s.workspace_id = spaces.name AND s.client_session_id = given.value`,
    binds: [valuesOf("user_identifier_key"), valuesOf("client_session_id")],
  };
}
