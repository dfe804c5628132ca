import type { RemovalCondition, VersionedRef } from "../../sources/source.ts";
import { notesOf } from "../plan/take_families.ts";
import type { FollowerNotes } from "../tables/family/followers.ts";
import type { Job } from "../tables/jobs.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import type { Work } from "../job/work.ts";

/** Rows that are read again at once: their metadata must fit the memory. */
export const READ_AT_ONCE = 200;

/** A row of a batch; of one that goes with another, from what made it up to that one. */
export interface BatchRow extends PlanRow {
  readonly notes?: FollowerNotes | undefined;
}

/**
 * Which rows go in one batch: those that go with others first, and of these what is farthest from what is due,
 * so that nothing goes before what it has made. Each batch is of one kind.
 */
export function chooseRows(work: Work, job: Job, ready: readonly PlanRow[]): readonly BatchRow[] {
  const notes = notesOf(work, job, ready);
  if (notes.size === 0) {
    return ready;
  }
  const deepest = Math.max(...[...notes.values()].map(({ line }) => line.length));
  const most = Math.max(1, Math.floor(READ_AT_ONCE / deepest));
  return ready
    .map((row, place): BatchRow => ({ ...row, notes: notes.get(place) }))
    .filter((row) => row.notes?.line.length === deepest)
    .slice(0, most);
}

export function linesOf(rows: readonly BatchRow[]): Pick<RemovalCondition, "lines"> {
  const lines = rows.flatMap(({ seq, notes }) =>
    notes === undefined ? [] : [[seq, notes.line] as const],
  );
  return lines.length === 0 ? {} : { lines: new Map(lines) };
}

/** What a row depends on: its session, and those that it goes with. */
export function sessionsOf(row: BatchRow): readonly VersionedRef[] {
  return [row, ...(row.notes?.line ?? [])];
}
