import { addTo, apportion, type Bound } from "../../core/pace/bound.ts";
import type { Job } from "../tables/jobs.ts";
import type { StepResult } from "../job/result.ts";

/** Counts the time that a job has waited between two steps; a wait for its turn is none. Epoch milliseconds. */
export function noteResumed(job: Job, now: number): void {
  const { bound, waiting } = job.progress;
  if (waiting !== null) {
    const longer = addTo(bound, waiting.by, Math.min(now, waiting.until) - waiting.since);
    job.progress = { ...job.progress, bound: longer, waiting: null };
  }
}

/** Counts the time of a step by what its calls waited for, and notes what the job waits for now. */
export function noteStep(
  job: Job,
  from: number,
  now: number,
  waited: Bound,
  result: StepResult,
): void {
  const { by, until } = result.kind === "wait" ? result : { by: undefined, until: now };
  job.progress = {
    ...job.progress,
    bound: apportion(job.progress.bound, now - from, waited),
    waiting: by === undefined ? null : { by, since: now, until },
  };
}
