import type { SessionRef } from "../../core/session/session.ts";
import { count, type Job } from "../tables/jobs.ts";
import type { Work } from "./work.ts";

/** Whether a planned session has to wait until what it has made, and names nobody, is gone. */
export function mustGoLater(work: Pick<Work, "family">, job: Job, ref: SessionRef): boolean {
  return job.kind === "sweep" && work.family.hasNamelessChild(job.no, ref);
}

/** Counts sessions that are due and wait for what they have made. */
export function keepForChildren(job: Job, by: number): void {
  count(job, { kept: by, has_children: by });
}
