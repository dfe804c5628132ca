import type { Job } from "../tables/jobs.ts";
import type { Work } from "../job/work.ts";
import { AGAIN, type StepResult } from "../job/result.ts";
import { keepForChildren } from "../job/children.ts";

/** Descendants, and rows of the plan, of one step: a few milliseconds. */
const DESCENDANTS = 200;
const ROWS = 2000;

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
