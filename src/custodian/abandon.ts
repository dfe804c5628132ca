import type { Batches } from "./batches.ts";
import type { Job } from "./jobs.ts";
import { ATTEMPTED, PENDING } from "./plan.ts";
import type { Outcomes } from "./plan_outcomes.ts";

/**
 * Ends a job whose source cannot even be opened: nobody can read what came of an attempt, so that is
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
      outcomes.settle(job.no, seqs, "unknown");
    }
    outcomes.settleAll(job.no, ATTEMPTED, "unknown");
    outcomes.settleUntried(job.no);
    outcomes.settleAll(job.no, PENDING, "unreachable");
    dispositions = Object.fromEntries(
      outcomes.dispositions(job.no).map(({ disposition, n }) => [disposition, n]),
    );
  }
  job.progress = {
    ...job.progress,
    phase: "ended",
    end_as: "failed",
    error: {
      code: "source_missing",
      message: `${source} is not configured, or LETHE_SECRET is not set: nothing is removed`,
    },
    dispositions,
    finished_at: now,
  };
}
