import { sameFloors } from "../policy/floors.ts";
import type { SweepReport } from "../report/sweep.ts";
import { dayOf } from "../values/timestamp.ts";

/** Ends of a sweep that did all that it was to do. */
const DONE: ReadonlySet<string> = new Set(["completed", "observed"]);

/**
 * Whether the report of a tick's sweep says nothing that the next one does not say as well: both found nothing due
 * on the same day, under the same version and the same floors, left as much where it is, and selected somebody, or
 * nobody. No person had a part in either.
 */
export function foldsInto(earlier: SweepReport, later: SweepReport): boolean {
  return (
    isEmptyTick(earlier) &&
    isEmptyTick(later) &&
    dayOf(Date.parse(earlier.created_at)) === dayOf(Date.parse(later.created_at)) &&
    earlier.policy === later.policy &&
    earlier.policy_digest === later.policy_digest &&
    earlier.source === later.source &&
    earlier.status === later.status &&
    earlier.approval === later.approval &&
    sameFloors(earlier.floors, later.floors) &&
    (earlier.counts.matched === 0) === (later.counts.matched === 0) &&
    earlier.counts.held === later.counts.held &&
    earlier.backlog === later.backlog &&
    earlier.unsearched === later.unsearched &&
    JSON.stringify(earlier.unreadable) === JSON.stringify(later.unreadable)
  );
}

/** The later of the two, which stands for both. */
export function folded(earlier: SweepReport, later: SweepReport): SweepReport {
  const since = earlier.folded?.since ?? earlier.tick ?? earlier.created_at;
  return { ...later, folded: { ticks: (earlier.folded?.ticks ?? 1) + 1, since } };
}

/** Whether a tick's sweep found nothing to do, nothing stood in its way, and nobody had a part in it. */
export function isEmptyTick(sweep: SweepReport): boolean {
  const { counts, dispositions } = sweep;
  return (
    sweep.trigger === "tick" &&
    DONE.has(sweep.status) &&
    sweep.error === null &&
    sweep.guard === null &&
    counts.due === 0 &&
    counts.planned === 0 &&
    Object.values(dispositions).every((count) => count === 0) &&
    sweep.started_by === null &&
    sweep.joined_by.length === 0 &&
    sweep.approved_by.length === 0 &&
    sweep.cancelled_by === null
  );
}
