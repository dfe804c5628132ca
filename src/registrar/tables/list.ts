import { earliestId } from "../../core/values/id.ts";
import type { Span } from "../../contract/filters.ts";
import type { Page, PageRequest } from "../../contract/registrar.ts";
import { Table } from "../../platform/table.ts";

/** Rows that a page looks at: where few of many fit, it stops there and says so. */
export const LOOKS_AT = 10_000;

/** A condition, and the values of its `?`. */
export type Condition = readonly [sql: string, ...values: SqlStorageValue[]];

/** That a column is a value; none without one. */
export function equal(column: string, value: SqlStorageValue | undefined): Condition[] {
  return value === undefined ? [] : [[`${column} = ?`, value]];
}

/** That a column is one of some values. */
export function oneOf(column: string, values: readonly string[]): Condition {
  return [`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values)];
}

/** What a list is read from. */
export interface Listing {
  readonly table: "sweeps" | "erasures" | "holds" | "activity";
  readonly prefix: "swp" | "ers" | "hld" | "act";
  /** The index that is walked, by id, within what `within` fixes; null: the table itself. */
  readonly index: string | null;
  readonly within: readonly Condition[];
  /** What a row that is walked over has to meet. */
  readonly where: readonly Condition[];
}

/** Tables of which pages are asked for, the newest id first. */
export abstract class ListTable extends Table {
  /** The ids of a page; they sort by time. Each row that it looks at is looked at in the index alone, if that has all columns. */
  protected idsOf(
    { table, prefix, index, within, where }: Listing,
    { limit, cursor }: PageRequest,
    { since, until }: Span = {},
  ): Page<string> {
    const ends = [cursor, until === undefined ? null : earliestId(prefix, until)];
    const above = ends.reduce<string>(
      (least, end) => (end !== null && end < least ? end : least),
      "~",
    );
    const from = since === undefined ? "" : earliestId(prefix, since);
    const walk = (first: string, conditions: readonly Condition[], rest: string, n: number) =>
      this.rows<{ id: string }>(
        `SELECT id FROM ${table} ${index === null ? "" : `INDEXED BY ${index}`}
         WHERE ${[...conditions.map(([sql]) => sql), "id >= ? AND id < ?"].join(" AND ")}
         ORDER BY id DESC ${rest}`,
        ...conditions.flatMap(([, ...values]) => values),
        first,
        above,
        n,
      ).map(({ id }) => id);
    const stop = where.length === 0 ? [] : walk(from, within, "LIMIT 1 OFFSET ?", LOOKS_AT - 1);
    const [last = null] = stop;
    const found = walk(last ?? from, [...within, ...where], "LIMIT ?", limit + 1);
    const data = found.slice(0, limit);
    return { data, next_cursor: found.length > limit ? (data.at(-1) ?? null) : last };
  }
}
