import { Distinct } from "../../core/count/distinct.ts";
import type { Job } from "../tables/jobs.ts";

/** How many sessions the policy's `match` selects; null while it is not known. */
export function matchedOf(job: Job): number | null {
  const { matched } = job.progress;
  return matched !== null && isAboutOrphans(job)
    ? job.progress.select.unattributable
    : distinctOnly(job, matched);
}

/**
 * So many sessions of a list; where it has repeated itself, the least that there can be of different ones. What
 * is not due and comes again would make what is due a small share.
 */
export function distinctOnly({ progress }: Job, count: number | null): number | null {
  if (count === null || progress.select.distinct === "") {
    return count;
  }
  const distinct = new Distinct(progress.select.distinct);
  return count <= distinct.atMost() ? count : distinct.atLeast();
}

/** Whether a job is a sweep of orphans alone: the share that the brake looks at is one of those. */
export function isAboutOrphans(job: Job): boolean {
  return job.kind === "sweep" && job.order.policy.match?.orphan === true;
}
