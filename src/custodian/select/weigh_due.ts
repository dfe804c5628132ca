import { after } from "../../core/values/duration.ts";
import type { Threshold } from "../../core/rule/due.ts";
import { count, note, type SweepJob } from "../tables/jobs.ts";
import { PENDING } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { keepForChildren, mustGoLater } from "../job/children.ts";
import type { Work } from "../job/work.ts";
import { leave } from "../job/settle.ts";

/**
 * Counts a row as due, by when its session was last active; null: it never was, and its list tells. To be
 * stored in one turn with the row: a crash in the step must not part the two.
 */
export function noteDue(
  work: Pick<Work, "plan" | "family" | "resting" | "runtime">,
  job: SweepJob,
  row: PlanRow,
  lastActiveAt: number | null,
  threshold: Threshold,
): void {
  const dueAt = lastActiveAt === null ? row.due_at : after(lastActiveAt, threshold.after);
  if (work.family.waits(job.no, row)) {
    work.plan.drop(job.no, row.seq);
    keepForChildren(job, 1);
    return;
  }
  const rests = work.resting.at(work.runtime.now())(row);
  if (rests) {
    work.family.unmark(job.no, "due", row);
    work.plan.drop(job.no, row.seq);
    leave(job, dueAt);
  } else {
    work.plan.weigh(job.no, row.seq, { state: PENDING, due_at: dueAt });
  }
  count(job, { due: 1, resting: rests ? 1 : 0 });
  note(job, "select", {
    sorted: false,
    // What has to stay until something else is gone leaves the budget to others.
    pending: job.progress.select.pending + (rests || mustGoLater(work, job, row) ? 0 : 1),
  });
}
