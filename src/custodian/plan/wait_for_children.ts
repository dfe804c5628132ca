import { count, note, type SweepJob } from "../tables/jobs.ts";
import type { Work } from "../job/work.ts";
import { AGAIN, type StepResult } from "../job/result.ts";
import { keepForChildren } from "../job/children.ts";

/** Descendants, and rows of the plan, of one step: a few milliseconds. */
const DESCENDANTS = 200;
const ROWS = 2000;

type Waiting = Pick<Work, "source" | "family" | "plan_order" | "commit">;

/**
 * Takes out of a sweep's plan every session that has made one which names nobody and is not due: without its
 * parent nobody could say whose that is. Before activity is read, so that what waits fills no budget, and
 * after. Null when it is done, or the source has told it with its list.
 */
export function waitForChildren(work: Waiting, job: SweepJob): StepResult | null {
  const { children: waiting } = job.progress.plan;
  const hasList = job.progress.phase === "children" || job.progress.select.listed_all;
  if (!hasList || !work.source.capabilities.has_children || waiting.part === "done") {
    return null;
  }
  work.commit(job, () => {
    if (waiting.part === "find") {
      findWaiting(work, job);
    } else {
      leaveWaiting(work, job);
    }
  });
  return AGAIN;
}

function findWaiting(work: Waiting, job: SweepJob): void {
  const { children: waiting } = job.progress.plan;
  const page = work.family.descendants(job.no, waiting.after, DESCENDANTS);
  if (page === null) {
    const part = waiting.found ? "leave" : "done";
    note(job, "plan", { children: { ...waiting, part } });
    return;
  }
  const ancestors = page.found
    .filter(({ stays }) => stays)
    .flatMap((one) => one.ancestors.filter(({ found }) => found !== null));
  work.family.mark(job.no, "waits", ancestors);
  const found = waiting.found || ancestors.length > 0;
  note(job, "plan", { children: { ...waiting, after: page.last, found } });
}

function leaveWaiting(work: Waiting, job: SweepJob): void {
  const { children: waiting } = job.progress.plan;
  const { last, due: left } = work.plan_order.takeOut(job.no, "waits", waiting.seq, ROWS);
  count(job, { due: -left });
  note(job, "select", { pending: job.progress.select.pending - left });
  note(job, "plan", {
    children: last === null ? { ...waiting, part: "done" } : { ...waiting, seq: last },
  });
  keepForChildren(job, left);
}
