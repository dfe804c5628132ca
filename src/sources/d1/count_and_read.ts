import type { Session, SessionRef } from "../../core/session/session.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import type { Turn } from "../source.ts";
import { ask, askOne, MISSING_ROW } from "./query.ts";
import { bareColumns, type Row, type SessionTable } from "./session_table.ts";

/** How many sessions the store holds, up to so many; reads no more rows than that. */
export async function countUpTo(
  db: D1Database,
  table: SessionTable,
  most: number,
  turn: Turn,
): Promise<Result<number, Fault>> {
  return askOne(turn, async () =>
    db
      .prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM ${table.name} LIMIT ?)`)
      .bind(most)
      .first<number>("n"),
  );
}

/** How many of these sessions are in the store now. */
export async function countPresent(
  db: D1Database,
  table: SessionTable,
  refs: readonly SessionRef[],
  turn: Turn,
): Promise<Result<number, Fault>> {
  return askOne(turn, async () =>
    db
      .prepare(
        `SELECT count(*) AS n FROM json_each(?) AS j
         CROSS JOIN ${table.name} AS s ON s.${table.scope} = j.value ->> 0 AND s.${table.id} = j.value ->> 1`,
      )
      .bind(JSON.stringify(refs.map(({ scope, id }) => [scope, id])))
      .first<number>("n"),
  );
}

/** These sessions as they are now, in order; null for those that are gone. */
export async function readMany(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  refs: readonly SessionRef[],
  turn: Turn,
): Promise<Result<readonly (Session | "unreadable" | null)[], Fault>> {
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT j.key AS place, ${bareColumns(table)}, ${table.columns} FROM json_each(?) AS j
         LEFT JOIN ${table.name} AS s ON s.${table.scope} = j.value ->> 0 AND s.${table.id} = j.value ->> 1`,
      )
      .bind(JSON.stringify(refs.map(({ scope, id }) => [scope, id])))
      .all<Row>(),
  );
  if (!asked.ok) {
    return asked;
  }
  const found = new Map(
    asked.value.results.map((row) => [
      Number(row["place"]),
      row["scope"] === null
        ? null
        : table.isReadable(row)
          ? table.toSession(row, config)
          : ("unreadable" as const),
    ]),
  );
  const sessions: (Session | "unreadable" | null)[] = [];
  for (const index of refs.keys()) {
    const row = found.get(index);
    if (row === undefined) {
      return MISSING_ROW;
    }
    sessions.push(row);
  }
  return ok(sessions);
}
