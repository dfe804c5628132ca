import type { Work } from "../job/work.ts";
import { type StepResult, AGAIN } from "../job/result.ts";
import { count, note, type ErasureJob } from "../tables/jobs.ts";
import { PENDING } from "../tables/plan/plan.ts";

/** Closes the plan of an erasure: what was found, and what of it is left from the start. */
export function orderErasure(work: Pick<Work, "outcomes" | "plan">, job: ErasureJob): StepResult {
  count(job, { planned: work.plan.count(job.no, PENDING) });
  job.progress = {
    ...job.progress,
    phase: "guarding",
    cursor: null,
    dispositions: work.outcomes.dispositions(job.no),
  };
  note(job, "plan", { found: job.progress.plan.next_seq - 1 });
  return AGAIN;
}
