/** Codes of what a job waits for: its error says so for as long as it does. */

import type { BoundBy } from "../../core/pace/bound.ts";
import type { JobError } from "../../core/report/job.ts";
import { note, type Job } from "../tables/jobs.ts";

export const WAITS_FOR: ReadonlySet<string> = new Set([
  "stalled",
  "paused",
  "unconfirmed",
  "source_empty",
]);

/** Something was done for good, so the attempts without progress are counted from here. */
export function progressed(job: Job): void {
  job.failed_attempts = 0;
}

/** Decides how a job ends; what is open is settled first. */
export function endJob<J extends Job>(
  job: J,
  status: NonNullable<J["progress"]["end"]["as"]>,
  error: JobError | null = null,
): StepResult {
  note<Job, "end">(job, "end", { as: status });
  job.progress = { ...job.progress, phase: "ending", error };
  return AGAIN;
}

/** What a step came to. `wait` gives the job's place to others until a time; `by` is what it waits for. */
export type StepResult =
  | { readonly kind: "again"; readonly isProgress?: false }
  | { readonly kind: "wait"; readonly until: number; readonly by?: BoundBy }
  | { readonly kind: "parked" };

export const AGAIN: StepResult = { kind: "again" };

/** Rows of a try that failed were dropped: the next try is no more likely to end well for that. */
export const TIDIED: StepResult = { kind: "again", isProgress: false };
export const PARKED: StepResult = { kind: "parked" };
