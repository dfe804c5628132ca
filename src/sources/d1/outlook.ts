import type { Threshold } from "../../core/due.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Fault } from "../fault.ts";
import type { OutlookPage, Turn } from "../source.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { askOne } from "./query.ts";
import { isIdle, type SessionTable } from "./session_table.ts";
import { windowEnd, within, type Condition, type Place, type Stretch } from "./walk.ts";

/** Sorts behind every scope and every id. */
const LAST = "\u{10ffff}";

/** A stretch of an index that an outlook counts: the rows after a place that are in no earlier one. */
interface Leg extends Stretch {
  readonly start: Place | null;
  readonly only: Condition;
}

/**
 * Counts one window of the sessions that are due by no threshold and lack the clock of one, and then of
 * those that are due by `later` and not yet by `now`. Both lists are of the same clauses.
 */
export async function lookAhead(
  db: D1Database,
  table: SessionTable,
  now: readonly Threshold[],
  later: readonly Threshold[],
  cursor: string | null,
  turn: Turn,
): Promise<Result<OutlookPage, Fault>> {
  const start = readCursor(cursor);
  if (!start.ok) {
    return start;
  }
  const { stretch, after } = start.value;
  const legs = legsOf(table, now, later);
  const leg = legs[stretch];
  if (leg === undefined) {
    return ok({ undated: 0, soon: 0, next: null });
  }
  const from = after ?? leg.start;
  const end = await windowEnd(db, table, leg, from, turn);
  if (!end.ok) {
    return end;
  }
  const range = within(table, leg, from, end.value);
  const asked = await askOne(turn, async () =>
    db
      .prepare(`SELECT count(*) AS found ${range.sql} AND ${leg.only.sql}`)
      .bind(...range.binds, ...leg.only.binds)
      .first<{ found: number }>(),
  );
  if (!asked.ok) {
    return asked;
  }
  const { found } = asked.value;
  const position =
    end.value === null ? { stretch: stretch + 1, after: null } : { stretch, after: end.value };
  return ok({
    undated: leg.until === null ? found : 0,
    soon: leg.until === null ? 0 : found,
    next: position.stretch < legs.length ? writeCursor(position) : null,
  });
}

function legsOf(
  table: SessionTable,
  now: readonly Threshold[],
  later: readonly Threshold[],
): readonly Leg[] {
  const idle = { sql: isIdle(table), binds: [] };
  const notDue = now.map(isNotDue);
  return [
    ...now.map(({ clock }, clause): Leg => {
      const dated = now
        .slice(0, clause)
        .map((earlier) => ({ sql: `${earlier.clock} IS NOT NULL`, binds: [] }));
      return { clock, until: null, start: null, only: all([...notDue, ...dated]) };
    }),
    ...later.map(({ clock, at }, clause): Leg => {
      const start = { at: now[clause]?.at ?? at, scope: LAST, id: LAST };
      const notSoon = later.slice(0, clause).map(isNotDue);
      return { clock, until: at, start, only: all([idle, ...notDue, ...notSoon]) };
    }),
  ];
}

function isNotDue({ clock, at }: Threshold): Condition {
  return { sql: `(${clock} IS NULL OR ${clock} > ?)`, binds: [at] };
}

function all(parts: readonly Condition[]): Condition {
  return {
    sql: ["1", ...parts.map(({ sql }) => sql)].join(" AND "),
    binds: parts.flatMap(({ binds }) => binds),
  };
}
