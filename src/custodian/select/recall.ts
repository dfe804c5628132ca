import { brake, tightenBrake } from "../../core/rule/brake.ts";
import { note, type SweepJob } from "../tables/jobs.ts";
import { UNREAD } from "../tables/plan/plan.ts";
import { matchedOf } from "../job/matched.ts";
import type { SweepProgress } from "../tables/progress.ts";
import { ruleOf } from "../job/rule.ts";
import type { Work } from "../job/work.ts";
import { AGAIN, type StepResult } from "../job/result.ts";
import { noteDue } from "./weigh_due.ts";

/** Rows of one step: a few milliseconds. */
const ROWS = 1000;

/**
 * Plans what earlier sweeps have seen idle without asking again, and, once there is more than the budget has
 * room for, leaves the rest unread. Null when activity is to be read.
 */
export function spareReading(work: Work, job: SweepJob): StepResult | null {
  const { spares, recalled_seq: recalled } = job.progress.select.reading;
  if (spares === null) {
    noteReading(job, { spares: maySpare(job) });
    return AGAIN;
  }
  if (!spares) {
    return null;
  }
  if (recalled !== null) {
    recallSome(work, job, recalled);
    return AGAIN;
  }
  return hasEnough(job) && leaveSome(work, job) ? AGAIN : null;
}

/** With one session more than the budget, the oldest of what is left is known. */
export function hasEnough({ order, progress }: SweepJob): boolean {
  return (
    progress.select.reading.spares === true && progress.select.pending > order.policy.budget.items
  );
}

/**
 * Whether what was read before, or not at all, may do. A session that goes is read once more before; but
 * nobody reads again what only is counted, or is ranked by its activity. The brake is asked as if everything
 * that may be due were: where that would stop the sweep, its activity is read to know better.
 */
function maySpare(job: SweepJob): boolean {
  const { policy, preview, other, floors } = job.order;
  const matched = matchedOf(job);
  return (
    policy.mode === "enforce" &&
    preview !== true &&
    other === undefined &&
    policy.keep?.latest === undefined &&
    matched !== null &&
    brake(
      tightenBrake(policy.brake, floors ?? null),
      job.progress.counts.due + job.progress.select.reading.rows,
      matched,
    ) === null
  );
}

function recallSome(work: Work, job: SweepJob, after: number): void {
  const { thresholds } = ruleOf(job);
  const rows = work.plan.next(job.no, UNREAD, Number.MAX_SAFE_INTEGER, after, ROWS);
  work.commit(job, () => {
    for (const row of rows) {
      const threshold = thresholds[row.clause];
      const idle = threshold === undefined ? null : work.activity.idle(row);
      if (threshold !== undefined && idle !== null && (idle.last_active_at ?? 0) <= threshold.at) {
        noteDue(work, job, row, idle.last_active_at, threshold);
      }
    }
    const last = rows.length < ROWS ? null : (rows.at(-1)?.seq ?? null);
    noteReading(job, { recalled_seq: last });
  });
}

/** Drops a page of what stays unread, and counts it; false when nothing is left. */
function leaveSome(work: Work, job: SweepJob): boolean {
  const rows = work.plan.next(job.no, UNREAD, Number.MAX_SAFE_INTEGER, 0, ROWS);
  const last = rows.at(-1);
  if (last === undefined) {
    return false;
  }
  work.commit(job, () => {
    work.plan.dropUnread(job.no, last.seq);
    noteReading(job, { left: job.progress.select.reading.left + rows.length });
  });
  return true;
}

function noteReading(job: SweepJob, change: Partial<SweepProgress["select"]["reading"]>): void {
  note(job, "select", { reading: { ...job.progress.select.reading, ...change } });
}
