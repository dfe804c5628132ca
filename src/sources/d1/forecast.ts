import type { Rule, Threshold } from "../../core/rule/due.ts";
import { matchesGlob } from "../../core/values/glob.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { ForecastPage, Turn } from "../source.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { ask, askOne } from "./query.ts";
import { isIdle, type SessionTable } from "./session_table.ts";
import { windowEnd, within, type Condition, type Place, type Stretch } from "./walk.ts";

/** Sorts behind every scope and every id. */
const LAST = "\u{10ffff}";

/** A stretch of an index that an forecast counts: the rows after a place that are in no earlier one. */
interface Leg extends Stretch {
  readonly start: Place | null;
  readonly only: Condition;
}

/**
 * Counts one window of the sessions in the rule's scopes that are due by no threshold and lack the clock of
 * one, and then of those that are due by `later` and not yet by `now`: the rules are one text at two times.
 */
export async function lookAhead(
  db: D1Database,
  table: SessionTable,
  now: Rule,
  later: Rule,
  cursor: string | null,
  turn: Turn,
): Promise<Result<ForecastPage, Fault>> {
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
  const found = await countWindow(db, table, leg, from, end.value, now.scopes, turn);
  if (!found.ok) {
    return found;
  }
  const position =
    end.value === null ? { stretch: stretch + 1, after: null } : { stretch, after: end.value };
  return ok({
    undated: leg.until === null ? found.value : 0,
    soon: leg.until === null ? 0 : found.value,
    next: position.stretch < legs.length ? writeCursor(position) : null,
  });
}

async function countWindow(
  db: D1Database,
  table: SessionTable,
  leg: Leg,
  from: Place | null,
  end: Place | null,
  scopes: Rule["scopes"],
  turn: Turn,
): Promise<Result<number, Fault>> {
  const range = within(table, leg, from, end);
  const where = `${range.sql} AND ${leg.only.sql}`;
  const binds = [...range.binds, ...leg.only.binds];
  if (scopes === null) {
    const counted = await askOne(turn, async () =>
      db
        .prepare(`SELECT count(*) AS found ${where}`)
        .bind(...binds)
        .first<number>("found"),
    );
    return counted;
  }
  // A pattern is no more than text to SQLite: each scope is matched here.
  const counted = await ask(turn, 1, async () =>
    db
      .prepare(`SELECT ${table.scope} AS scope, count(*) AS found ${where} GROUP BY 1`)
      .bind(...binds)
      .all<{ scope: string; found: number }>(),
  );
  return counted.ok
    ? ok(
        counted.value.results
          .filter(({ scope }) => scopes.some((pattern) => matchesGlob(pattern, scope)))
          .reduce((sum, { found }) => sum + found, 0),
      )
    : counted;
}

function legsOf(table: SessionTable, now: Rule, later: Rule): readonly Leg[] {
  const notDue = now.thresholds.map(isNotDue);
  // What is in use, or too young by then, will not be due.
  const ripe = [
    { sql: isIdle(table), binds: [] },
    ...(later.youngest === null ? [] : [{ sql: "created_at <= ?", binds: [later.youngest] }]),
  ];
  return [
    ...now.thresholds.map(({ clock }, clause): Leg => {
      const dated = now.thresholds
        .slice(0, clause)
        .map((earlier) => ({ sql: `${earlier.clock} IS NOT NULL`, binds: [] }));
      return { clock, until: null, start: null, only: all([...notDue, ...dated]) };
    }),
    ...later.thresholds.map(({ clock, at }, clause): Leg => {
      const start = placeAfter(now.thresholds[clause]?.at ?? at);
      const notSoon = later.thresholds.slice(0, clause).map(isNotDue);
      return { clock, until: at, start, only: all([...ripe, ...notDue, ...notSoon]) };
    }),
    ...comingOfAge(table, now, later),
  ];
}

/** What is due by its clocks and kept for its age now, and old enough by then. */
function comingOfAge(table: SessionTable, now: Rule, later: Rule): readonly Leg[] {
  if (now.youngest === null || later.youngest === null) {
    return [];
  }
  const due = now.thresholds.map(({ clock, at }) => ({ sql: `${clock} <= ?`, binds: [at] }));
  const isDue = {
    sql: `(${["0", ...due.map(({ sql }) => sql)].join(" OR ")})`,
    binds: due.flatMap(({ binds }) => binds),
  };
  const start = placeAfter(now.youngest);
  const only = all([{ sql: isIdle(table), binds: [] }, isDue]);
  return [{ clock: "created_at", until: later.youngest, start, only }];
}

/** Behind every row of a clock. */
function placeAfter(at: number): Place {
  return { at, scope: LAST, id: LAST };
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
