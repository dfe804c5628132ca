import type { Rule } from "../core/due.ts";
import type { Session, SessionRef } from "../core/session.ts";
import { namesSomebody } from "../core/subject.ts";
import type { Job } from "./jobs.ts";
import { AGAIN, type StepResult, type Work } from "./work.ts";

/** Descendants, and rows of the plan, of one step: a few milliseconds. */
const DESCENDANTS = 200;
const ROWS = 2000;

/** Notes sessions that are due, or may be, where it matters what they have made. */
export function noteMayBeDue(work: Work, job: Job, refs: readonly SessionRef[]): void {
  if (work.source.capabilities.has_children && refs.length > 0) {
    work.family.mark(job.no, "due", refs);
  }
}

/** Notes sessions that may go with those that made them. */
export function noteMayFollow(work: Work, job: Job, refs: readonly SessionRef[]): void {
  if (work.source.capabilities.has_children && refs.length > 0) {
    work.family.mark(job.no, "follows", refs);
  }
}

/** Notes sessions that name nobody and that the policy selects: each is a part of what its share is taken of. */
export function noteSelected(
  work: Work,
  job: Job,
  { orphan, together }: Rule,
  sessions: readonly Session[],
): void {
  if (work.source.capabilities.has_children && (orphan || together)) {
    const made = sessions.filter((one) => one.parent !== null && !namesSomebody(one));
    work.family.mark(job.no, "selected", made);
  }
}

/** Notes that a session which might have been due is not, or is not to go now. */
export function noteNotDue(work: Work, job: Job, ref: SessionRef): void {
  if (work.source.capabilities.has_children) {
    work.family.unmark(job.no, "due", ref);
  }
}

/** Notes that nobody can say of a session how old it is: it goes with no other either. */
export function noteUnknown(work: Work, job: Job, ref: SessionRef): void {
  if (work.source.capabilities.has_children) {
    work.family.unmark(job.no, "due", ref);
    work.family.unmark(job.no, "follows", ref);
  }
}

/** Notes that a session is there no more, and nothing waits for it. */
export function noteAbsent(work: Work, job: Job, ref: SessionRef): void {
  if (work.source.capabilities.has_children) {
    work.family.mark(job.no, "gone", [ref]);
  }
}

/** Whether a session waits for one that it has made and that is not due. */
export function mustWait(work: Work, job: Job, ref: SessionRef): boolean {
  return work.source.capabilities.has_children && work.family.waits(job.no, ref);
}

/** Whether a planned session has to wait until what it has made, and names nobody, is gone. */
export function mustGoLater(work: Work, job: Job, ref: SessionRef): boolean {
  return (
    job.order.kind === "sweep" &&
    work.source.capabilities.has_children &&
    work.family.hasNamelessChild(job.no, ref)
  );
}

/** Counts sessions that are due and wait for what they have made. */
export function keepForChildren({ progress }: Job, by: number): void {
  const { counts } = progress;
  progress.counts = {
    ...counts,
    kept: counts.kept + by,
    has_children: counts.has_children + by,
  };
}

/**
 * Takes out of a sweep's plan every session that has made one which names nobody and is not due: without its
 * parent nobody could say whose that is. Before activity is read, so that what waits fills no budget, and
 * after. Null when it is done, or the source has told it with its list.
 */
export function waitForChildren(work: Work, job: Job): StepResult | null {
  const { waiting_for_children: waiting, listed_all: listedAll, phase } = job.progress;
  const hasList = phase === "kin" || listedAll;
  if (!hasList || !work.source.capabilities.has_children || waiting.part === "done") {
    return null;
  }
  work.atomically(() => {
    if (waiting.part === "find") {
      findWaiting(work, job);
    } else {
      leaveWaiting(work, job);
    }
    work.jobs.save(job);
  });
  return AGAIN;
}

function findWaiting(work: Work, job: Job): void {
  const { waiting_for_children: waiting } = job.progress;
  const page = work.family.descendants(job.no, waiting.after, DESCENDANTS);
  if (page === null) {
    const part = waiting.found ? "leave" : "done";
    job.progress = { ...job.progress, waiting_for_children: { ...waiting, part } };
    return;
  }
  const ancestors = page.found
    .filter(({ stays }) => stays)
    .flatMap((one) => one.ancestors.filter(({ found }) => found !== null));
  work.family.mark(job.no, "waits", ancestors);
  const found = waiting.found || ancestors.length > 0;
  job.progress = {
    ...job.progress,
    waiting_for_children: { ...waiting, after: page.last, found },
  };
}

function leaveWaiting(work: Work, job: Job): void {
  const { waiting_for_children: waiting, counts, pending } = job.progress;
  const { last, left } = work.family.leaveWaiting(job.no, waiting.seq, ROWS);
  job.progress = {
    ...job.progress,
    pending: pending - left,
    counts: { ...counts, due: counts.due - left },
    waiting_for_children: last === null ? { ...waiting, part: "done" } : { ...waiting, seq: last },
  };
  keepForChildren(job, left);
}
