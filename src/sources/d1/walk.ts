import type { Threshold } from "../../core/rule/due.ts";
import type { Clock } from "../../core/session/session.ts";
import { ok, type Result } from "../../core/values/result.ts";
import { writeCursor } from "../cursor.ts";
import type { Fault } from "../fault.ts";
import { readPosition, type Place, type Position } from "./cursor.ts";
import { askFirst, type Asking } from "./query.ts";
import { textOf, type Condition, type Row, type SessionTable } from "./session_table.ts";

// Keyset walks. An index of one clock is two stretches, because no comparison reaches past a null:
// the rows without that clock, ordered by key, and the rows with it, ordered by clock and key.

/** Part of an index: `until` is the last clock that belongs to it, null the rows without the clock. */
export interface Stretch {
  readonly clock: Clock;
  readonly until: number | null;
  /** It begins behind this place. */
  readonly start?: Place;
}

/** Rows of an index that one counting statement looks at: a few milliseconds. */
const COUNT_WINDOW = 10_000;

/** Every row that has the clock. */
export const ALL_DATED = Number.MAX_SAFE_INTEGER;

export function isNotDue({ clock, at }: Threshold): Condition {
  return { sql: `(${clock} IS NULL OR ${clock} > ?)`, binds: [at] };
}

export function all(parts: readonly Condition[]): Condition {
  return {
    sql: ["1", ...parts.map(({ sql }) => sql)].join(" AND "),
    binds: parts.flatMap(({ binds }) => binds),
  };
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

/** Counts one window of the stretches of a walk. Behind the last of them nothing is counted. */
export async function countWindow<S extends Stretch, T>(
  at: Asking,
  stretches: readonly S[],
  cursor: string | null,
  count: (rows: Condition, stretch: S) => Promise<Result<T, Fault>>,
): Promise<Result<{ readonly found: T | null; readonly next: string | null }, Fault>> {
  const position = readPosition(cursor);
  if (!position.ok) {
    return position;
  }
  const stretch = stretches[position.value.stretch];
  if (stretch === undefined) {
    return ok({ found: null, next: null });
  }
  const after = position.value.after ?? stretch.start ?? null;
  const end = await windowEnd(at, stretch, after);
  if (!end.ok) {
    return end;
  }
  const found = await count(within(at.table, stretch, after, end.value), stretch);
  if (!found.ok) {
    return found;
  }
  const next = goOn(position.value, end.value);
  return ok({ found: found.value, next: cursorOf(next, stretches) });
}

/** The place where a counting window ends; null when the stretch ends before it. */
async function windowEnd(
  at: Asking,
  stretch: Stretch,
  after: Place | null,
): Promise<Result<Place | null, Fault>> {
  const { table } = at;
  const { sql, binds } = within(table, stretch, after);
  const asked = await askFirst(
    at,
    `SELECT ${stretch.clock} AS at, ${table.scope} AS scope, ${table.id} AS id ${sql}
     ORDER BY ${orderOf(table, stretch)} LIMIT 1 OFFSET ${COUNT_WINDOW - 1}`,
    ...binds,
  );
  return asked.ok ? ok(asked.value === null ? null : placeOf(asked.value, "at")) : asked;
}

/** Where a walk goes on behind a place; null: behind the whole stretch. */
export function goOn({ stretch }: Position, after: Place | null): Position {
  return { stretch: after === null ? stretch + 1 : stretch, after };
}

/** A position as a cursor; null behind the last stretch. */
export function cursorOf(position: Position, stretches: readonly Stretch[]): string | null {
  return position.stretch < stretches.length ? writeCursor(position) : null;
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
