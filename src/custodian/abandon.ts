import type { Batches } from "./batches.ts";
import type { Job } from "./jobs.ts";
import { ATTEMPTED, PENDING, type Plan } from "./plan.ts";

/**
 * Ends a job whose source cannot even be opened: nobody can read what came of an attempt, so that is
 * `unknown`; what was never attempted is `untouched`.
 */
export function abandon(plan: Plan, batches: Batches, job: Job, source: string, now: number): void {
  let { dispositions } = job.progress;
  if (job.progress.plan_digest !== null) {
    for (const { seqs } of batches.open(job.no)) {
      plan.settle(job.no, seqs, "unknown");
    }
    plan.settleAll(job.no, ATTEMPTED, "unknown");
    plan.settleUntried(job.no);
    plan.settleAll(job.no, PENDING, "unreachable");
    dispositions = Object.fromEntries(
      plan.dispositions(job.no).map(({ disposition, n }) => [disposition, n]),
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
