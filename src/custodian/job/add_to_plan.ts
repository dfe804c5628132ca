import { note, type Job } from "../tables/jobs.ts";
import type { Candidate } from "../tables/plan/plan.ts";
import type { Work } from "./work.ts";

/** Takes sessions into the plan of a job, after all that are in it. */
export function addToPlan(
  work: Pick<Work, "plan">,
  job: Job,
  candidates: readonly Candidate[],
): void {
  const { next_seq: seq } = job.progress.plan;
  work.plan.append(job.no, seq, candidates);
  note(job, "plan", { next_seq: seq + candidates.length });
}

/** The same of children: nothing but references are here, so holds that look at what they say are asked later. */
export function addChildren(
  work: Pick<Work, "plan" | "restraints">,
  job: Job,
  candidates: readonly Candidate[],
): void {
  addToPlan(work, job, candidates);
  if (candidates.length > 0 && work.restraints.needsContentSince(0)) {
    note(job, "plan", { judged: 0 });
  }
}
