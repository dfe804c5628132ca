import type { Rule } from "../../core/rule/due.ts";
import { matchesGlob } from "../../core/values/glob.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { ForecastPage } from "../source.ts";
import type { Place } from "./cursor.ts";
import { askCount, askRows, type Asking } from "./query.ts";
import { isIdle, type Condition, type SessionTable } from "./session_table.ts";
import { all, countWindow, isNotDue, type Stretch } from "./walk.ts";

/** Sorts behind every scope and every id. */
const LAST = "\u{10ffff}";

/** A stretch of an index that a forecast counts: the rows that are in no earlier one. */
interface Leg extends Stretch {
  readonly counts: "undated" | "soon";
  readonly only: Condition;
}

/**
 * Counts one window of the sessions in the rule's scopes, and with its metadata, that are due by no threshold and lack the clock of
 * one, and then of those that are due by `later` and not yet by `now`: the rules are one policy at two times.
 */
export async function lookAhead(
  asking: Asking,
  now: Rule,
  later: Rule,
  cursor: string | null,
): Promise<Result<ForecastPage, Fault>> {
  const counted = await countWindow(
    asking,
    legsOf(asking.table, now, later),
    cursor,
    async (rows, { counts, only: given }) => {
      const only = all([given, ...metadataOf(asking.table, now)]);
      const where = { sql: `${rows.sql} AND ${only.sql}`, binds: [...rows.binds, ...only.binds] };
      const found = await countIn(asking, where, now.scopes);
      return found.ok ? ok({ undated: 0, soon: 0, [counts]: found.value }) : found;
    },
  );
  return counted.ok
    ? ok({ ...(counted.value.found ?? { undated: 0, soon: 0 }), next: counted.value.next })
    : counted;
}

/** What `match` asks of the metadata. */
export function metadataOf(
  { hasMetadata }: SessionTable,
  { metadata }: Rule,
): readonly Condition[] {
  return metadata === null || hasMetadata === null
    ? []
    : Object.entries(metadata).map(([path, value]) => hasMetadata(path, value));
}

async function countIn(
  asking: Asking,
  { sql, binds }: Condition,
  scopes: Rule["scopes"],
): Promise<Result<number, Fault>> {
  if (scopes === null) {
    return askCount(asking, `SELECT count(*) AS n ${sql}`, ...binds);
  }
  // A pattern is no more than text to SQLite: each scope is matched here.
  const counted = await askRows<{ scope: string; n: number }>(
    asking,
    `SELECT ${asking.table.scope} AS scope, count(*) AS n ${sql} GROUP BY 1`,
    ...binds,
  );
  return counted.ok
    ? ok(
        counted.value
          .filter(({ scope }) => scopes.some((pattern) => matchesGlob(pattern, scope)))
          .reduce((sum, { n }) => sum + n, 0),
      )
    : counted;
}

function legsOf(table: SessionTable, now: Rule, later: Rule): readonly Leg[] {
  const notDue = now.thresholds.map(isNotDue);
  const idle = { sql: isIdle(table), binds: [] };
  // What is in use, or too young by then, will not be due.
  const ripe = [
    idle,
    ...(later.youngest === null ? [] : [{ sql: "created_at <= ?", binds: [later.youngest] }]),
  ];
  return [
    ...now.thresholds.map(({ clock }, clause): Leg => {
      const dated = now.thresholds
        .slice(0, clause)
        .map((earlier) => ({ sql: `${earlier.clock} IS NOT NULL`, binds: [] }));
      return { counts: "undated", clock, until: null, only: all([...notDue, ...dated]) };
    }),
    ...later.thresholds.map(({ clock, at }, clause): Leg => {
      const start = placeAfter(now.thresholds[clause]?.at ?? at);
      const notSoon = later.thresholds.slice(0, clause).map(isNotDue);
      const only = all([...ripe, ...notDue, ...notSoon]);
      return { counts: "soon", clock, until: at, start, only };
    }),
    ...comingOfAge(now, later, idle),
  ];
}

/** What is due by its clocks and kept for its age now, and old enough by then. */
function comingOfAge(now: Rule, later: Rule, idle: Condition): readonly Leg[] {
  if (now.youngest === null || later.youngest === null) {
    return [];
  }
  const isDue = {
    sql: `(${["0", ...now.thresholds.map(({ clock }) => `${clock} <= ?`)].join(" OR ")})`,
    binds: now.thresholds.map(({ at }) => at),
  };
  const start = placeAfter(now.youngest);
  const only = all([idle, isDue]);
  return [{ counts: "soon", clock: "created_at", until: later.youngest, start, only }];
}

/** Behind every row of a clock. */
function placeAfter(at: number): Place {
  return { at, scope: LAST, id: LAST };
}
