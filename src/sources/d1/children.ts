import { ok, type Result } from "../../core/result.ts";
import type { Session, SessionRef } from "../../core/session.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import type { Turn } from "../source.ts";
import { ask } from "./query.ts";
import { bareColumns, type Row, type SessionTable } from "./session_table.ts";

/** Rows of one page: their metadata must fit the memory. */
const PAGE = 200;

/** Sessions that one has made, by their index, in the order of their keys. */
export async function listChildren(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  parent: SessionRef,
  after: SessionRef | null,
  turn: Turn,
): Promise<Result<readonly Session[], Fault>> {
  const { name, scope, id, parent: columns } = table;
  if (columns === null) {
    return ok([]);
  }
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT ${bareColumns(table)}, ${table.columns} FROM ${name} INDEXED BY ${columns.index}
         WHERE ${columns.scope} = ? AND ${columns.id} = ? AND (${scope}, ${id}) > (?, ?)
         ORDER BY ${scope}, ${id} LIMIT ${PAGE}`,
      )
      .bind(parent.scope, parent.id, after?.scope ?? "", after?.id ?? "")
      .all<Row>(),
  );
  return asked.ok ? ok(asked.value.results.map((row) => table.toSession(row, config))) : asked;
}
