import type { Job, Wish } from "../tables/jobs.ts";

/** A job that is no preview: whatever removes takes no other. */
export type RemovingJob<J extends Job = Job> = J & { readonly order: { readonly preview?: never } };

/** Whether a job may ever remove anything. */
export function mayRemove<J extends Job>(job: J): job is RemovingJob<J> {
  return job.order.preview !== true;
}

/**
 * The word of the Registrar that lets a job remove what it has found by now; null: there is none, or it was
 * for less, and what a read-back has added waits for another. No word lets a preview remove.
 */
export function letGo(job: Job, wish: Wish | null): Extract<Wish, { do: "proceed" }> | null {
  const { found } = job.progress.plan;
  return mayRemove(job) && wish?.do === "proceed" && found <= (wish.found ?? Infinity)
    ? wish
    : null;
}
