import { after } from "../../core/values/duration.ts";
import type { Threshold } from "../../core/rule/due.ts";
import { note, type SweepJob } from "../tables/jobs.ts";
import { PENDING } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { keepForChildren, mustGoLater, mustWait, noteNotDue } from "../job/children.ts";
import type { Work } from "../job/work.ts";
import { leave } from "../job/settle.ts";

/**
 * Counts a row as due, by when its session was last active; null: it never was, and its list tells. To be
 * stored in one turn with the row: a crash in the step must not part the two.
 */
export function noteDue(
  work: Pick<Work, "plan" | "source" | "family" | "resting" | "runtime">,
  job: SweepJob,
  row: PlanRow,
  lastActiveAt: number | null,
  threshold: Threshold,
): void {
  const dueAt = lastActiveAt === null ? row.due_at : after(lastActiveAt, threshold.after);
  if (mustWait(work, job, row)) {
    work.plan.drop(job.no, row.seq);
    keepForChildren(job, 1);
    return;
  }
  const rests = work.resting.at(work.runtime.now())(row);
  if (rests) {
    noteNotDue(work, job, row);
    work.plan.drop(job.no, row.seq);
    leave(job, dueAt);
  } else {
    work.plan.weigh(job.no, row.seq, { state: PENDING, due_at: dueAt });
  }
  const { counts, select } = job.progress;
  job.progress = { ...job.progress, counts: { ...counts, due: counts.due + 1 } };
  note(job, "select", {
    sorted: false,
    // What has to stay until something else is gone leaves the budget to others.
    pending: select.pending + (rests || mustGoLater(work, job, row) ? 0 : 1),
  });
}
