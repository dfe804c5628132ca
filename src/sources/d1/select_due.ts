import type { Threshold } from "../../core/rule/due.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session } from "../../core/session/session.ts";
import {
  NONE_UNREADABLE,
  type Unreadable,
  type UnreadableMember,
} from "../../core/session/unreadable.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import type { ListPage, Query, Sink, Turn } from "../source.ts";
import { hasMade, whoseChildrenStay } from "./children.ts";
import { readCursor, writeCursor, type Position } from "./cursor.ts";
import { ask, askOne } from "./query.ts";
import { bareColumns, bareSession, isIdle, type Row, type SessionTable } from "./session_table.ts";
import { orderOf, placeOf, windowEnd, within, type Condition, type Stretch } from "./walk.ts";

/** Rows of one listing statement. */
const LIST_PAGE = 2000;

/** The same where metadata comes along: the largest records must fit the memory. */
const WHOLE_PAGE = 200;

/** Rows handed over at a time. */
const CHUNK = 500;

/**
 * A due selection walks, clause by clause, the rows that it makes due, oldest first. What an earlier clause
 * makes due is left out of later ones.
 */
interface Leg extends Stretch {
  readonly clause: number;
}

type DueQuery = Extract<Query, { readonly kind: "due" }>;

/** How the rows of a list are read: the columns besides the bare ones, and how many at a time. */
interface Reading {
  readonly columns: string;
  readonly limit: number;
  readonly toSession: (row: Row) => Session;
  readonly isReadable: (row: Row) => boolean;
  /** Notes which of the sessions have made others that stay. */
  readonly withChildren: (
    rows: readonly Row[],
    sessions: readonly Session[],
    turn: Turn,
  ) => Promise<Result<readonly Session[], Fault>>;
}

/**
 * Lists what is due: key, clocks and version alone, because that is all that the index holds, or whole
 * sessions, row by row, where the configuration is given that says whom they name.
 */
export async function listDue(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  { thresholds, whole, stays }: DueQuery,
  cursor: string | null,
  sink: Sink,
  turn: Turn,
): Promise<Result<ListPage, Fault>> {
  const start = readCursor(cursor);
  if (!start.ok) {
    return start;
  }
  const tells = table.parent !== null && stays !== undefined;
  const columns = tells ? `, ${hasMade(table, table.name)} AS has_made` : "";
  const withChildren: Reading["withChildren"] = async (rows, sessions, page) =>
    tells ? noteChildren(db, table, config, rows, sessions, stays, page) : ok(sessions);
  const reading: Reading =
    whole === true
      ? {
          columns: `${columns}, ${table.columns}`,
          limit: WHOLE_PAGE,
          toSession: (row) => table.toSession(row, config),
          isReadable: table.isReadable,
          withChildren,
        }
      : {
          columns,
          limit: LIST_PAGE,
          toSession: (row) => bareSession(table, row),
          isReadable: () => true,
          withChildren,
        };
  const legs = legsOf(thresholds);
  let position = start.value;
  for (;;) {
    const leg = legs[position.stretch];
    if (leg === undefined) {
      return ok({ next: null });
    }
    const step = await listLeg(db, table, reading, thresholds, leg, position, sink, turn);
    if (!step.ok) {
      return step;
    }
    position = step.value.position;
    // A whole leg that held little costs no page of its own.
    if (step.value.rows > 0 || position.after !== null) {
      const { unreadable = NONE_UNREADABLE } = step.value;
      const next = position.stretch < legs.length ? writeCursor(position) : null;
      return ok({ next, unreadable });
    }
  }
}

async function noteChildren(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  rows: readonly Row[],
  sessions: readonly Session[],
  stays: (made: Session) => boolean,
  turn: Turn,
): Promise<Result<readonly Session[], Fault>> {
  const places = rows.flatMap((row, place) => (row["has_made"] === 1 ? [place] : []));
  const parents = places.flatMap((place) => sessions[place] ?? []);
  const found = await whoseChildrenStay(db, table, config, parents, stays, turn);
  if (!found.ok) {
    return found;
  }
  const staying = new Set(places.filter((_, index) => found.value.has(index)));
  return ok(
    sessions.map((session, place) =>
      staying.has(place) ? { ...session, children_stay: true } : session,
    ),
  );
}

/** Counts one window of what a due selection would still list from a cursor on. */
export async function countDue(
  db: D1Database,
  table: SessionTable,
  thresholds: readonly Threshold[],
  cursor: string | null,
  turn: Turn,
): Promise<Result<{ due: number; next: string | null }, Fault>> {
  const start = readCursor(cursor);
  if (!start.ok) {
    return start;
  }
  const legs = legsOf(thresholds);
  const leg = legs[start.value.stretch];
  if (leg === undefined) {
    return ok({ due: 0, next: null });
  }
  const step = await countLeg(db, table, thresholds, leg, start.value, turn);
  if (!step.ok) {
    return step;
  }
  const { position, rows: due } = step.value;
  return ok({ due, next: position.stretch < legs.length ? writeCursor(position) : null });
}

interface Step {
  readonly position: Position;
  /** Due rows that were handed over, or counted. */
  readonly rows: number;
  readonly unreadable?: Unreadable;
}

function legsOf(thresholds: readonly Threshold[]): readonly Leg[] {
  return thresholds.map(({ clock, at }, clause) => ({ clock, until: at, clause }));
}

async function listLeg(
  db: D1Database,
  table: SessionTable,
  { columns, limit, toSession, isReadable, withChildren }: Reading,
  thresholds: readonly Threshold[],
  leg: Leg,
  position: Position,
  sink: Sink,
  turn: Turn,
): Promise<Result<Step, Fault>> {
  const { sql, binds } = within(table, leg, position.after);
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT ${bareColumns(table)}${columns} ${sql}
         ORDER BY ${orderOf(table, leg)} LIMIT ${limit}`,
      )
      .bind(...binds)
      .all<Row>(),
  );
  if (!asked.ok) {
    return asked;
  }
  const rows = asked.value.results;
  const earlier = thresholds.slice(0, leg.clause);
  const listed = await withChildren(rows, rows.map(toSession), turn);
  if (!listed.ok) {
    return listed;
  }
  const isElsewhere = ({ clocks }: Session): boolean =>
    earlier.some(({ clock, at }) => (clocks[clock] ?? Infinity) <= at);
  const { readable, unreadable } = partReadable(rows, listed.value, isReadable, isElsewhere);
  handOver(readable, sink);
  const last = rows.at(-1);
  return ok({
    position:
      last === undefined || rows.length < limit
        ? { stretch: position.stretch + 1, after: null }
        : { stretch: position.stretch, after: placeOf(last, leg.clock) },
    rows: readable.length + unreadable.count,
    unreadable,
  });
}

async function countLeg(
  db: D1Database,
  table: SessionTable,
  thresholds: readonly Threshold[],
  leg: Leg,
  position: Position,
  turn: Turn,
): Promise<Result<Step, Fault>> {
  const end = await windowEnd(db, table, leg, position.after, turn);
  if (!end.ok) {
    return end;
  }
  const range = within(table, leg, position.after, end.value);
  const first = isFirst(thresholds, leg);
  const asked = await askOne(turn, async () =>
    db
      .prepare(`SELECT count(*) AS found ${range.sql} AND ${isIdle(table)} AND ${first.sql}`)
      .bind(...range.binds, ...first.binds)
      .first<{ found: number }>(),
  );
  if (!asked.ok) {
    return asked;
  }
  return ok({
    position:
      end.value === null
        ? { stretch: position.stretch + 1, after: null }
        : { stretch: position.stretch, after: end.value },
    rows: asked.value.found,
  });
}

/** True of a row that no earlier leg counted or listed. */
function isFirst(thresholds: readonly Threshold[], leg: Leg): Condition {
  const earlier = thresholds.slice(0, leg.clause);
  return {
    sql: ["1", ...earlier.map(({ clock }) => `(${clock} IS NULL OR ${clock} > ?)`)].join(" AND "),
    binds: earlier.map(({ at }) => at),
  };
}

/** Hands sessions over in chunks that a sink can take. */
export function handOver<T>(rows: readonly T[], sink: (rows: readonly T[]) => void): void {
  for (let from = 0; from < rows.length; from += CHUNK) {
    sink(rows.slice(from, from + CHUNK));
  }
}

/** Parts the sessions of rows whose record can be read from the others; what is left out is in neither. */
export function partReadable(
  rows: readonly Row[],
  sessions: readonly Session[],
  isReadable: (row: Row) => boolean,
  isLeftOut: (session: Session) => boolean = () => false,
): {
  readonly readable: readonly Session[];
  readonly unreadable: Unreadable;
  readonly unreadable_family: readonly UnreadableMember[];
} {
  const readable: Session[] = [];
  // All of a page by name: it has rows of many scopes, and a job may be about one of them.
  const family: UnreadableMember[] = [];
  for (const [place, session] of sessions.entries()) {
    const row = rows[place];
    if (isLeftOut(session)) {
      continue;
    }
    if (row === undefined || isReadable(row)) {
      readable.push(session);
    } else {
      const { scope, id, parent } = session;
      family.push({ scope, id, parent });
    }
  }
  const named = family.map(({ scope, id }) => ({ scope, id }));
  return {
    readable,
    unreadable: { count: family.length, sessions: named },
    unreadable_family: family,
  };
}
