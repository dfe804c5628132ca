import { ok, type Result } from "../../core/values/result.ts";
import type { Identifier } from "../../core/session/subject.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import type { ListPage, PopulationPage, Sink, Turn } from "../source.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { ask } from "./query.ts";
import { handOver, partReadable } from "./select_due.ts";
import { bareColumns, textOf, type Row, type SessionTable } from "./session_table.ts";
import { ALL_DATED, placeOf, windowEnd, within, type Stretch } from "./walk.ts";

/** Rows of one page at most, whose records come along. */
const PAGE = 1000;

/** Records of one page, in bytes, on average: a thousand of the largest would fill the memory. */
const PAGE_BYTES = 8_000_000;

/** Lists every session by key, or, where an index serves it, those that a person may have. */
export async function listAll(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  identifiers: readonly Identifier[] | null,
  cursor: string | null,
  sink: Sink,
  turn: Turn,
): Promise<Result<ListPage, Fault>> {
  const start = readCursor(cursor);
  if (!start.ok) {
    return start;
  }
  const after = start.value.after ?? { at: null, scope: "", id: "" };
  const { name, scope, id } = table;
  const found = identifiers === null ? null : (table.lookup?.(identifiers) ?? null);
  // CROSS JOIN keeps the order of the loops: else the table would be walked to be in order.
  const from =
    found === null
      ? name
      : `(${found.sql}) AS k CROSS JOIN ${name} ON ${scope} = k.in_scope AND ${id} = k.of_id`;
  const rest = `FROM ${from} WHERE (${scope}, ${id}) > (?1, ?2) ORDER BY ${scope}, ${id}`;
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT ${bareColumns(table)}, ${table.columns} ${rest}
         LIMIT (SELECT max(1, min(${PAGE}, coalesce(count(*) * ${PAGE_BYTES} / sum(bytes), 1)))
           FROM (SELECT octet_length(record) AS bytes ${rest} LIMIT ${PAGE}))`,
      )
      .bind(after.scope, after.id, ...(found?.binds ?? []))
      .all<Row>(),
  );
  if (!asked.ok) {
    return asked;
  }
  const rows = asked.value.results;
  const sessions = rows.map((row) => table.toSession(row, config));
  const { readable, ...told } = partReadable(rows, sessions, table.isReadable);
  handOver(readable, sink);
  const last = rows.at(-1);
  // A page can be short because its records are large: only an empty one is the last.
  const next =
    last === undefined
      ? null
      : writeCursor({ stretch: 0, after: { ...placeOf(last, ""), at: null } });
  return ok({ next, ...told });
}

/** Sessions per scope, one window of an index at a time: the table itself would be read record by record. */
export async function population(
  db: D1Database,
  table: SessionTable,
  cursor: string | null,
  turn: Turn,
): Promise<Result<PopulationPage, Fault>> {
  const start = readCursor(cursor);
  if (!start.ok) {
    return start;
  }
  const { stretch: at, after } = start.value;
  const stretches: readonly Stretch[] = [
    { clock: "created_at", until: null },
    { clock: "created_at", until: ALL_DATED },
  ];
  const stretch = stretches[at];
  if (stretch === undefined) {
    return ok({ scopes: {}, next: null });
  }
  const end = await windowEnd(db, table, stretch, after, turn);
  if (!end.ok) {
    return end;
  }
  const range = within(table, stretch, after, end.value);
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(`SELECT ${table.scope} AS scope, count(*) AS found ${range.sql} GROUP BY 1`)
      .bind(...range.binds)
      .all<Row>(),
  );
  if (!asked.ok) {
    return asked;
  }
  const scopes = Object.fromEntries(
    asked.value.results.map((row) => [textOf(row["scope"]), Number(row["found"])]),
  );
  const position =
    end.value === null ? { stretch: at + 1, after: null } : { stretch: at, after: end.value };
  return ok({ scopes, next: position.stretch < stretches.length ? writeCursor(position) : null });
}
