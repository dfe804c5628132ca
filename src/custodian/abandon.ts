import type { Batches } from "./batches.ts";
import type { Job } from "./jobs.ts";
import type { Outcomes } from "./plan_outcomes.ts";

/**
 * Decides the end of a job whose source cannot even be opened: nobody can read what came of an attempt, so that is
 * `unknown`; what was never attempted is `untouched`.
 */
export function abandon(
  outcomes: Outcomes,
  batches: Batches,
  job: Job,
  source: string,
  now: number,
): void {
  let { dispositions } = job.progress;
  if (job.progress.plan_digest !== null) {
    for (const { seqs } of batches.open(job.no)) {
      outcomes.settle(job.no, seqs, "unknown", now);
    }
    dispositions = outcomes.givenUp(job.no);
  }
  job.progress = {
    ...job.progress,
    phase: "clearing",
    end_as: "failed",
    error: {
      code: "source_missing",
      message: `${source} is not configured, or LETHE_SECRET is not set: nothing is removed`,
    },
    dispositions,
    finished_at: now,
  };
}
