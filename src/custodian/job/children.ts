import type { Rule } from "../../core/rule/due.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import { namesSomebody } from "../../core/session/subject.ts";
import type { Job } from "../tables/jobs.ts";
import type { Work } from "./work.ts";

type WithFamily = Pick<Work, "source" | "family">;

/** Notes that a session which might have been due is not, or is not to go now. */
export function noteNotDue(work: WithFamily, job: Job, ref: SessionRef): void {
  if (work.source.capabilities.has_children) {
    work.family.unmark(job.no, "due", ref);
  }
}

/** Notes that nobody can say of a session how old it is: it goes with no other either. */
export function noteUnknown(work: WithFamily, job: Job, ref: SessionRef): void {
  if (work.source.capabilities.has_children) {
    work.family.unmark(job.no, "due", ref);
    work.family.unmark(job.no, "follows", ref);
  }
}

/** Notes that a session is there no more, and nothing waits for it. */
export function noteAbsent(work: WithFamily, job: Job, ref: SessionRef): void {
  if (work.source.capabilities.has_children) {
    work.family.mark(job.no, "gone", [ref]);
  }
}

/** Whether a session waits for one that it has made and that is not due. */
export function mustWait(work: WithFamily, job: Job, ref: SessionRef): boolean {
  return work.source.capabilities.has_children && work.family.waits(job.no, ref);
}

/** Whether a planned session has to wait until what it has made, and names nobody, is gone. */
export function mustGoLater(work: WithFamily, job: Job, ref: SessionRef): boolean {
  return (
    job.kind === "sweep" &&
    work.source.capabilities.has_children &&
    work.family.hasNamelessChild(job.no, ref)
  );
}

/** Counts sessions that are due and wait for what they have made. */
export function keepForChildren(job: Job, by: number): void {
  const { counts } = job.progress;
  const { kept, has_children: waiting } = counts;
  const changed = { ...counts, kept: kept + by, has_children: waiting + by };
  job.progress = { ...job.progress, counts: changed };
}

/** Notes sessions that are due, or may be, where it matters what they have made. */
export function noteMayBeDue(work: WithFamily, job: Job, refs: readonly SessionRef[]): void {
  if (work.source.capabilities.has_children && refs.length > 0) {
    work.family.mark(job.no, "due", refs);
  }
}

/** Notes sessions that may go with those that made them. */
export function noteMayFollow(work: WithFamily, job: Job, refs: readonly SessionRef[]): void {
  if (work.source.capabilities.has_children && refs.length > 0) {
    work.family.mark(job.no, "follows", refs);
  }
}

/** Notes sessions that name nobody and that the policy selects: each is a part of what its share is taken of. */
export function noteSelected(
  work: WithFamily,
  job: Job,
  { orphan, together }: Rule,
  sessions: readonly Session[],
): void {
  if (work.source.capabilities.has_children && (orphan || together)) {
    const made = sessions.filter((one) => one.parent !== null && !namesSomebody(one));
    work.family.mark(job.no, "selected", made);
  }
}
