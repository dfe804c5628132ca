import type { ListPage, Query, Sink, Turn } from "../../sources/source.ts";
import { seeFamily } from "../select/lineage.ts";
import type { ErasureJob } from "../tables/jobs.ts";
import type { ErasureProgress } from "../tables/progress.ts";
import { openSelection, takePage } from "../select/list.ts";
import { queryOf } from "../select/query.ts";
import { collectSubject } from "../select/erasure.ts";
import { collectAgain, openAgain, takeAgain } from "../verify/erasure.ts";
import type { Work } from "../job/work.ts";
import { isAnotherAccount, onFault } from "../job/faults.ts";
import { AGAIN, progressed, TIDIED, type StepResult } from "../job/result.ts";

/** Erasures that one walk serves at most: each keeps rows of its own of every page. */
const MOST = 20;

const ALL: Query = { kind: "all" };

/** How long an erasure waits at a time for a walk that has begun without it; its end is told. */
const WAIT_MS = 60_000;

/** One erasure on a walk through everything that its source holds: to list it, or to read it back. */
interface Walker {
  readonly job: ErasureJob;
  readonly before: ErasureProgress;
  readonly sink: Sink;
  readonly take: (page: ListPage, turn: Turn) => Promise<StepResult>;
}

/** Whether the next step of an erasure reads a page of everything, or waits to. */
export function isWalking(work: Work, job: ErasureJob): boolean {
  const { phase } = job.progress;
  const { part, next_at: nextAt } = job.progress.verify;
  const isNext =
    phase === "queued" ||
    phase === "listing" ||
    (phase === "verifying" && part === "selector" && nextAt <= work.runtime.now());
  return isNext && queryOf(work, job).kind === "all";
}

/**
 * Reads one page for every erasure that stands at it: those that come together share one walk. Each has rows of
 * its own, and each is shown every page from the first, so one that comes late waits for the next walk.
 */
export async function walk(work: Work, job: ErasureJob): Promise<StepResult> {
  if (
    !isUnderWay(job) &&
    othersOf(work, job, true).some((one) => isUnderWay(one) && !isStalled(one))
  ) {
    progressed(job);
    return { kind: "wait", until: work.runtime.now() + WAIT_MS };
  }
  const own = enter(work, job);
  if (own === null) {
    return TIDIED;
  }
  const turn = await work.meter.reserve();
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const together = [own, ...join(work, job, own.before.cursor)];
  const sink: Sink = (sessions) => {
    for (const one of together) {
      one.sink(sessions);
    }
  };
  const page = await work.source.list(ALL, own.before.cursor, sink, turn.value);
  if (!page.ok) {
    job.progress = own.before;
    return onFault(work, job, page.error);
  }
  const results: StepResult[] = [];
  for (const one of together) {
    results.push(await one.take(page.value, turn.value));
  }
  work.atomically(() => {
    for (const one of together) {
      progressed(one.job);
      work.jobs.save(one.job);
    }
    if (page.value.next === null) {
      const onTheirWay = together.filter((_, index) => results[index]?.kind === "again");
      for (const { id } of [...onTheirWay.map((one) => one.job), ...othersOf(work, job)]) {
        work.wake(id);
      }
    }
  });
  return results[0] ?? AGAIN;
}

/** Others that stand at the same page: nothing is awaited between this and the call. */
function join(work: Work, leader: ErasureJob, cursor: string | null): Walker[] {
  const joined: Walker[] = [];
  for (const job of othersOf(work, leader, cursor !== null)) {
    const mayJoin =
      joined.length < MOST - 1 &&
      job.progress.cursor === cursor &&
      work.jobs.wishOf(job.no)?.do !== "stop" &&
      !isAnotherAccount(work, job);
    const walker = mayJoin ? enter(work, job) : null;
    if (walker !== null) {
      joined.push(walker);
    }
  }
  return joined;
}

/** What waits for a source that is suddenly empty looks again by itself. */
function othersOf(work: Work, { no }: ErasureJob, begun = false): ErasureJob[] {
  return work.jobs
    .searching(begun)
    .filter(
      (one) => one.no !== no && one.progress.guard.empty_since === null && isWalking(work, one),
    );
}

/** Makes an erasure ready to take a page; null while there is something to be tidied up first. */
function enter(work: Work, job: ErasureJob): Walker | null {
  if (job.progress.phase === "queued") {
    openSelection(work, job);
  }
  if (job.progress.phase !== "verifying") {
    if (!isOpen(job) || work.plan.dropFrom(job.no, job.progress.plan.next_seq)) {
      return null;
    }
    const before = job.progress;
    return {
      job,
      before,
      sink: seeFamily(work, job, ALL, collectSubject(work, job, ALL)),
      take: async (page, turn) => takePage(work, job, before, page, turn, true),
    };
  }
  if (!openAgain(work, job)) {
    return null;
  }
  const before = job.progress;
  return {
    job,
    before,
    sink: seeFamily(work, job, ALL, collectAgain(work, job, ALL)),
    take: async (page, turn) => takeAgain(work, job, before, page, turn, true),
  };
}

/** Rows of an earlier try are gone. */
function isOpen({ progress: { phase } }: ErasureJob): boolean {
  return phase === "listing";
}

function isUnderWay({ progress: { phase, cursor } }: ErasureJob): boolean {
  return phase !== "queued" && cursor !== null;
}

function isStalled({ progress }: ErasureJob): boolean {
  return progress.error?.code === "stalled";
}
