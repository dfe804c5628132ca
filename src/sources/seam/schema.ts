import { err, ok, type Result } from "../../core/values/result.ts";
import type { PersonField, Session } from "../../core/session/session.ts";
import { parseClock } from "../../core/values/timestamp.ts";
import type { UnreadableRow } from "../../core/session/unreadable.ts";
import { isJsonObject } from "../answer.ts";

/**
 * Reads one client session as any version of the API writes it: unknown fields, `customer_id` for
 * `customer_key`, absent or null people, one or many identities. What the session is and whose must be
 * readable: otherwise the answer is what is wrong with it, under an empty scope where the workspace cannot
 * be read. The token is never kept.
 */
export function readSession(row: unknown): Result<Session, UnreadableRow> {
  if (!isJsonObject(row)) {
    return err({ ref: null, detail: "a session is not an object" });
  }
  const { client_session_id: id, workspace_id: scope } = row;
  if (!isId(id)) {
    return err({ ref: null, detail: "a session has no usable client_session_id" });
  }
  if (!isId(scope)) {
    return err({ ref: { scope: "", id }, detail: "a session has no usable workspace_id" });
  }
  const person: PersonField[] = [];
  for (const [type, read] of PEOPLE) {
    const values = readNames(read(row));
    if (values === null) {
      const detail = `a session holds something other than text as its ${type}`;
      return err({ ref: { scope, id }, detail });
    }
    if (values.length > 0) {
      person.push({ type, values });
    }
  }
  return ok({
    scope,
    id,
    clocks: {
      expires_at: parseClock(row["expires_at"]),
      created_at: parseClock(row["created_at"]),
    },
    activity_read: true,
    busy: false,
    person: [...person, { type: "client_session_id", values: [id] }],
    parent: null,
    version: 0,
    metadata: null,
  });
}

/** Everything that is read of a row. */
export const FIELDS: ReadonlySet<string> = new Set([
  "client_session_id",
  "workspace_id",
  "expires_at",
  "created_at",
  "user_identifier_key",
  "user_identity_id",
  "user_identity_ids",
  "customer_key",
  "customer_id",
]);

type Row = Readonly<Record<string, unknown>>;

/**
 * Fields that name a person, or their customer. Every identity counts, so that a session of two people
 * is seen as such. `customer_key` took the place of `customer_id` in August 2025.
 */
const PEOPLE: readonly (readonly [string, (row: Row) => readonly unknown[]])[] = [
  ["user_identifier_key", (row) => [row["user_identifier_key"]]],
  ["user_identity_id", (row) => [row["user_identity_id"], row["user_identity_ids"]]],
  ["customer_key", (row) => [row["customer_key"] ?? row["customer_id"]]],
];

/** Ids in samples are UUIDs, but older ones need not be. */
function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 200;
}

/** The distinct texts in fields and lists of texts; null when there is anything but text. */
function readNames(fields: readonly unknown[]): string[] | null {
  const found = new Set<string>();
  for (const value of fields.flat(1)) {
    if (value === undefined || value === null || value === "") {
      continue;
    }
    if (typeof value !== "string") {
      return null;
    }
    found.add(value);
  }
  return [...found];
}
