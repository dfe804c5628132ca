import type { Threshold } from "../../core/rule/due.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session } from "../../core/session/session.ts";
import { type Unreadable, type UnreadableMember } from "../../core/session/unreadable.ts";
import type { Fault } from "../fault.ts";
import type { ListPage, Query, Sink } from "../source.ts";
import { hasMade, whoseChildrenStay } from "./children.ts";
import { readPosition, type Position } from "./cursor.ts";
import { askCount, askRows, type Asking } from "./query.ts";
import { bareColumns, bareSession, isIdle, type Row } from "./session_table.ts";
import {
  all,
  countWindow,
  cursorOf,
  goOn,
  isNotDue,
  orderOf,
  placeOf,
  within,
  type Stretch,
} from "./walk.ts";

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
  readonly earlier: readonly Threshold[];
}

type DueQuery = Extract<Query, { readonly kind: "due" }>;

/**
 * Lists what is due: key, clocks and version alone, because that is all that the index holds, or whole
 * sessions, row by row.
 */
export async function listDue(
  asking: Asking,
  query: DueQuery,
  cursor: string | null,
  sink: Sink,
): Promise<Result<ListPage, Fault>> {
  const start = readPosition(cursor);
  if (!start.ok) {
    return start;
  }
  const legs = legsOf(query.thresholds);
  let position = start.value;
  for (;;) {
    const leg = legs[position.stretch];
    if (leg === undefined) {
      return ok({ next: null });
    }
    const step = await listLeg(asking, query, leg, position, sink);
    if (!step.ok) {
      return step;
    }
    position = step.value.position;
    // A whole leg that held little costs no page of its own.
    if (step.value.rows > 0 || position.after !== null) {
      return ok({ next: cursorOf(position, legs), unreadable: step.value.unreadable });
    }
  }
}

interface Step {
  readonly position: Position;
  /** Due rows that were handed over, or are unreadable. */
  readonly rows: number;
  readonly unreadable: Unreadable;
}

async function listLeg(
  asking: Asking,
  { whole = false, stays }: DueQuery,
  leg: Leg,
  position: Position,
  sink: Sink,
): Promise<Result<Step, Fault>> {
  const { table, config } = asking;
  const limit = whole ? WHOLE_PAGE : LIST_PAGE;
  const tells = table.parent !== null && stays !== undefined;
  const made = tells ? `, ${hasMade(table, table.name)} AS has_made` : "";
  const { sql, binds } = within(table, leg, position.after);
  const asked = await askRows(
    asking,
    `SELECT ${bareColumns(table)}${made}${whole ? `, ${table.columns}` : ""} ${sql}
     ORDER BY ${orderOf(table, leg)} LIMIT ${limit}`,
    ...binds,
  );
  if (!asked.ok) {
    return asked;
  }
  const rows = asked.value;
  const sessions = rows.map((row) =>
    whole ? table.toSession(row, config) : bareSession(table, row),
  );
  const listed = tells ? await noteChildren(asking, rows, sessions, stays) : ok(sessions);
  if (!listed.ok) {
    return listed;
  }
  const isElsewhere = ({ clocks }: Session): boolean =>
    leg.earlier.some(({ clock, at }) => (clocks[clock] ?? Infinity) <= at);
  const isReadable = whole ? table.isReadable : () => true;
  const { readable, unreadable } = partReadable(rows, listed.value, isReadable, isElsewhere);
  handOver(readable, sink);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return ok({
    position: goOn(position, last === undefined ? null : placeOf(last, leg.clock)),
    rows: readable.length + unreadable.count,
    unreadable,
  });
}

/** Notes which of the sessions have made others that stay. */
async function noteChildren(
  asking: Asking,
  rows: readonly Row[],
  sessions: readonly Session[],
  stays: (made: Session) => boolean,
): Promise<Result<readonly Session[], Fault>> {
  const places = rows.flatMap((row, place) => (row["has_made"] === 1 ? [place] : []));
  const parents = places.flatMap((place) => sessions[place] ?? []);
  const found = await whoseChildrenStay(asking, parents, stays);
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
  asking: Asking,
  thresholds: readonly Threshold[],
  cursor: string | null,
): Promise<Result<{ due: number; next: string | null }, Fault>> {
  const counted = await countWindow(
    asking,
    legsOf(thresholds),
    cursor,
    async (rows, { earlier }) => {
      const isIts = all([{ sql: isIdle(asking.table), binds: [] }, ...earlier.map(isNotDue)]);
      const sql = `SELECT count(*) AS n ${rows.sql} AND ${isIts.sql}`;
      return askCount(asking, sql, ...rows.binds, ...isIts.binds);
    },
  );
  return counted.ok ? ok({ due: counted.value.found ?? 0, next: counted.value.next }) : counted;
}

function legsOf(thresholds: readonly Threshold[]): readonly Leg[] {
  return thresholds.map(({ clock, at }, clause) => ({
    clock,
    until: at,
    earlier: thresholds.slice(0, clause),
  }));
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
