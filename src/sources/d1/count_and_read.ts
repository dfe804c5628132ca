import type { Session, SessionRef } from "../../core/session/session.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import { askCount, askRows, MISSING_ROW, type Asking } from "./query.ts";
import { bareColumns, type SessionTable } from "./session_table.ts";

/** How many sessions the store holds, up to so many; reads no more rows than that. */
export async function countUpTo(at: Asking, most: number): Promise<Result<number, Fault>> {
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${at.table.name} LIMIT ?)`;
  return askCount(at, sql, most);
}

/** How many of these sessions are in the store now. */
export async function countPresent(
  at: Asking,
  refs: readonly SessionRef[],
): Promise<Result<number, Fault>> {
  const sql = `SELECT count(*) AS n FROM json_each(?) AS j CROSS JOIN ${rowOf(at.table)}`;
  return askCount(at, sql, keysOf(refs));
}

/** These sessions as they are now, in order; null for those that are gone. */
export async function readMany(
  at: Asking,
  refs: readonly SessionRef[],
): Promise<Result<readonly (Session | "unreadable" | null)[], Fault>> {
  const { table, config } = at;
  const asked = await askRows(
    at,
    `SELECT j.key AS place, ${bareColumns(table)}, ${table.columns} FROM json_each(?) AS j
     LEFT JOIN ${rowOf(table)}`,
    keysOf(refs),
  );
  if (!asked.ok) {
    return asked;
  }
  const rows = new Map(asked.value.map((row) => [Number(row["place"]), row]));
  const sessions: (Session | "unreadable" | null)[] = [];
  for (const place of refs.keys()) {
    const row = rows.get(place);
    if (row === undefined) {
      return MISSING_ROW;
    }
    const isThere = row["scope"] !== null;
    sessions.push(
      !isThere ? null : table.isReadable(row) ? table.toSession(row, config) : "unreadable",
    );
  }
  return ok(sessions);
}

function rowOf({ name, scope, id }: SessionTable): string {
  return `${name} AS s ON s.${scope} = j.value ->> 0 AND s.${id} = j.value ->> 1`;
}

function keysOf(refs: readonly SessionRef[]): string {
  return JSON.stringify(refs.map(({ scope, id }) => [scope, id]));
}
