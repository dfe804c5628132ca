import type { Clock } from "../../core/session/session.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { Turn } from "../source.ts";
import { ask } from "./query.ts";
import { textOf, type Row, type SessionTable } from "./session_table.ts";

// Keyset walks. An index of one clock is two stretches, because no comparison reaches past a null:
// the rows without that clock, ordered by key, and the rows with it, ordered by clock and key.

/** Part of an index: `until` is the last clock that belongs to it, null the rows without the clock. */
export interface Stretch {
  readonly clock: Clock;
  readonly until: number | null;
}

/** A row's place in a stretch. */
export interface Place {
  readonly at: number | null;
  readonly scope: string;
  readonly id: string;
}

/** Rows of an index that one counting statement looks at: a few milliseconds. */
const COUNT_WINDOW = 10_000;

/** Every row that has the clock. */
export const ALL_DATED = Number.MAX_SAFE_INTEGER;

/** A condition with the values it binds. */
export interface Condition {
  readonly sql: string;
  readonly binds: readonly (string | number)[];
}

/** `FROM … WHERE …` for the rows of a stretch after a place, up to and with another. */
export function within(
  table: SessionTable,
  stretch: Stretch,
  after: Place | null,
  until: Place | null = null,
): Condition {
  const { clock } = stretch;
  const index = table.indexes[clock];
  if (index === undefined) {
    throw new Error(`${table.name} has no index of ${clock}`);
  }
  const start = after ?? { at: Number.MIN_SAFE_INTEGER, scope: "", id: "" };
  const isDated = stretch.until !== null;
  const key = isDated ? `(${orderOf(table, stretch)})` : `(${table.scope}, ${table.id})`;
  const marks = isDated ? "(?, ?, ?)" : "(?, ?)";
  const valuesOf = ({ at, scope, id }: Place): (string | number)[] =>
    isDated ? [at ?? Number.MIN_SAFE_INTEGER, scope, id] : [scope, id];
  // Beside a place to end at, the clock's own end would be taken for the bound, and the rest be read each time.
  const clocks = isDated ? (until === null ? [`${clock} <= ?`] : []) : [`${clock} IS NULL`];
  const places = [`${key} > ${marks}`, ...(until === null ? [] : [`${key} <= ${marks}`])];
  return {
    sql: `FROM ${table.name} INDEXED BY ${index} WHERE ${[...clocks, ...places].join(" AND ")}`,
    binds: [
      ...(stretch.until === null || until !== null ? [] : [stretch.until]),
      ...valuesOf(start),
      ...(until === null ? [] : valuesOf(until)),
    ],
  };
}

/** The columns that order a stretch. */
export function orderOf(table: SessionTable, { clock, until }: Stretch): string {
  return `${until === null ? "" : `${clock}, `}${table.scope}, ${table.id}`;
}

/** The place where a counting window ends; null when the stretch ends before it. */
export async function windowEnd(
  db: D1Database,
  table: SessionTable,
  stretch: Stretch,
  after: Place | null,
  turn: Turn,
): Promise<Result<Place | null, Fault>> {
  const { sql, binds } = within(table, stretch, after);
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT ${stretch.clock} AS at, ${table.scope} AS scope, ${table.id} AS id ${sql}
         ORDER BY ${orderOf(table, stretch)} LIMIT 1 OFFSET ${COUNT_WINDOW - 1}`,
      )
      .bind(...binds)
      .first<Row>(),
  );
  if (!asked.ok) {
    return asked;
  }
  return ok(asked.value === null ? null : placeOf(asked.value, "at"));
}

/** The place of a row whose clock stands in the given column. */
export function placeOf(row: Row, clock: string): Place {
  const at = row[clock];
  return {
    at: typeof at === "number" ? at : null,
    scope: textOf(row["scope"]),
    id: textOf(row["id"]),
  };
}
