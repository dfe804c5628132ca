import { ok, type Result } from "../../core/values/result.ts";
import type { Identifier } from "../../core/session/subject.ts";
import { writeCursor } from "../cursor.ts";
import type { Fault } from "../fault.ts";
import type { ListPage, PopulationPage, Sink } from "../source.ts";
import { readPosition } from "./cursor.ts";
import { askRows, type Asking } from "./query.ts";
import { handOver, partReadable } from "./select_due.ts";
import { bareColumns, textOf } from "./session_table.ts";
import { ALL_DATED, countWindow, placeOf, type Stretch } from "./walk.ts";

/** Rows of one page at most, whose records come along. */
const PAGE = 1000;

/** Records of one page, in bytes, on average: a thousand of the largest would fill the memory. */
const PAGE_BYTES = 8_000_000;

/** Every row, by an index that is smaller than the table. */
export const EACH_ROW: readonly Stretch[] = [
  { clock: "created_at", until: null },
  { clock: "created_at", until: ALL_DATED },
];

/** Lists every session by key, or, where an index serves it, those that a person may have. */
export async function listAll(
  asking: Asking,
  identifiers: readonly Identifier[] | null,
  cursor: string | null,
  sink: Sink,
): Promise<Result<ListPage, Fault>> {
  const start = readPosition(cursor);
  if (!start.ok) {
    return start;
  }
  const after = start.value.after ?? { scope: "", id: "" };
  const { table, config } = asking;
  const { name, scope, id } = table;
  const found = identifiers === null ? null : (table.lookup?.(identifiers) ?? null);
  // CROSS JOIN keeps the order of the loops: else the table would be walked to be in order.
  const from =
    found === null
      ? name
      : `(${found.sql}) AS k CROSS JOIN ${name} ON ${scope} = k.in_scope AND ${id} = k.of_id`;
  const rest = `FROM ${from} WHERE (${scope}, ${id}) > (?1, ?2) ORDER BY ${scope}, ${id}`;
  const asked = await askRows(
    asking,
    `SELECT ${bareColumns(table)}, ${table.columns} ${rest}
     LIMIT (SELECT max(1, min(${PAGE}, coalesce(count(*) * ${PAGE_BYTES} / sum(bytes), 1)))
       FROM (SELECT octet_length(record) AS bytes ${rest} LIMIT ${PAGE}))`,
    after.scope,
    after.id,
    ...(found?.binds ?? []),
  );
  if (!asked.ok) {
    return asked;
  }
  const rows = asked.value;
  const sessions = rows.map((row) => table.toSession(row, config));
  const { readable, ...told } = partReadable(rows, sessions, table.isReadable);
  handOver(readable, sink);
  const last = rows.at(-1);
  // A page can be short because its records are large: only an empty one is the last.
  const next = last === undefined ? null : writeCursor({ stretch: 0, after: placeOf(last, "") });
  return ok({ next, ...told });
}

/** Sessions per scope, one window of an index at a time: the table itself would be read record by record. */
export async function population(
  asking: Asking,
  cursor: string | null,
): Promise<Result<PopulationPage, Fault>> {
  const counted = await countWindow(asking, EACH_ROW, cursor, async ({ sql, binds }) =>
    askRows(
      asking,
      `SELECT ${asking.table.scope} AS scope, count(*) AS n ${sql} GROUP BY 1`,
      ...binds,
    ),
  );
  if (!counted.ok) {
    return counted;
  }
  const { found, next } = counted.value;
  const scopes = (found ?? []).map((row) => [textOf(row["scope"]), Number(row["n"])]);
  return ok({ scopes: Object.fromEntries(scopes) as Record<string, number>, next });
}
