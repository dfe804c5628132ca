import type { JobError } from "../../core/report/job.ts";
import { type Rule, freeze } from "../../core/rule/due.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Job, SweepJob } from "../tables/jobs.ts";

/** The rule of a sweep, or that of the version it is compared with, frozen at its cutoff. */
export function ruleOf(job: SweepJob, policy = job.order.policy, cutoff = cutoffOf(job)): Rule {
  return freeze(policy, cutoff, job.order.floors?.min_age ?? null);
}

export function cutoffOf({ id, progress: { cutoff } }: SweepJob): number {
  if (cutoff === null) {
    throw new Error(`sweep ${id} has no cutoff yet`);
  }
  return cutoff;
}

/**
 * The rule that a removal is judged by. A cutoff that a clock ahead has frozen makes nothing due that is not
 * due by the clock of the removal.
 */
export function ruleNow(job: SweepJob, now: number): Rule {
  return ruleOf(job, job.order.policy, Math.min(cutoffOf(job), now));
}

/** Why a sweep ends whose cutoff has not come yet: the clock ran ahead when it froze it. */
export function cutoffAhead(job: Job, now: number): JobError | null {
  const cutoff = job.kind === "sweep" ? job.progress.cutoff : null;
  if (cutoff === null || cutoff <= now) {
    return null;
  }
  const message = `its cutoff ${formatTimestamp(cutoff)} lies ahead of the clock, ${formatTimestamp(now)}: a clock was wrong when it was planned, and nothing more of the plan is removed`;
  return { code: "cutoff_ahead", message };
}
