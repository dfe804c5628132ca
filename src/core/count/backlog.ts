import type { DispositionCounts } from "./disposition.ts";

/** What a sweep has found and done so far; times and spans in milliseconds. */
export interface SweepSoFar {
  readonly due: number;
  readonly dispositions: DispositionCounts;
  /** Since its removals began, as long as they went on; null when they have not. */
  readonly removing_ms: number | null;
  /** Between the cutoff of the sweep before it and its own; null when there was none. */
  readonly interval_ms: number | null;
}

/** What is left to do after a sweep, and how long it will take. */
export interface Backlog {
  /** Sessions that were due and are still there: beyond the budget, resting, held, refused. */
  readonly backlog: number;
  /** Seconds until they are gone at the pace of this sweep; null when it removed nothing. */
  readonly drain_seconds: number | null;
}

/**
 * Counts what was due and is neither gone nor renewed; what would have gone with another, and is `shared` now, was
 * never due itself. The pace is what this sweep removed, over its
 * removing or the time since the sweep before it, whichever is longer: a budget that is used up goes on
 * with the next sweep alone. An estimate: nothing more falls due in it, and nothing is refused.
 */
export function backlogOf(sweep: SweepSoFar): Backlog {
  const { deleted = 0, already_absent, absent_after_attempt, renewed, shared } = sweep.dispositions;
  const gone =
    deleted + (already_absent ?? 0) + (absent_after_attempt ?? 0) + (renewed ?? 0) + (shared ?? 0);
  const backlog = Math.max(0, sweep.due - gone);
  if (backlog === 0) {
    return { backlog, drain_seconds: 0 };
  }
  const ms = Math.max(sweep.removing_ms ?? 0, sweep.interval_ms ?? 0);
  return {
    backlog,
    drain_seconds: deleted === 0 || ms === 0 ? null : Math.ceil((backlog * ms) / deleted / 1000),
  };
}
