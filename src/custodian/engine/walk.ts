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

/** How long an erasure waits at a time for a walk that has begun without it; its end is told. */
const WAIT_MS = 60_000;

/** One erasure on a walk through what its source lists: to plan that, or to read it back. */
interface Walker {
  readonly job: ErasureJob;
  readonly before: ErasureProgress;
  readonly sink: Sink;
  readonly take: (page: ListPage, turn: Turn) => Promise<StepResult>;
}

/** Whether the next step of an erasure reads a page, or waits to. */
export function isReading(work: Work, { progress }: ErasureJob): boolean {
  const { part, next_at: nextAt } = progress.verify;
  return progress.phase === "verifying"
    ? part === "selector" && nextAt <= work.runtime.now()
    : progress.phase === "queued" || progress.phase === "listing";
}

/**
 * Reads one page, and where the list is of everything, for every erasure that stands at it: those that come
 * together share one walk. Each has rows of its own, and each is shown every page from the first, so one that comes
 * late waits for the next walk.
 */
export async function walk(work: Work, job: ErasureJob): Promise<StepResult> {
  const query = queryOf(work, job);
  const isShared = query.kind === "all";
  if (
    isShared &&
    !isUnderWay(job) &&
    othersOf(work, job, true).some((one) => isUnderWay(one) && !isStalled(one))
  ) {
    progressed(job);
    return { kind: "wait", until: work.runtime.now() + WAIT_MS };
  }
  const own = enter(work, job, query);
  if (own === null) {
    return TIDIED;
  }
  const turn = await work.meter.reserve();
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const together = [own, ...(isShared ? join(work, job, query, own.before.cursor) : [])];
  const sink: Sink = (sessions) => {
    for (const one of together) {
      one.sink(sessions);
    }
  };
  const page = await work.source.list(query, own.before.cursor, sink, turn.value);
  if (!page.ok) {
    job.progress = own.before;
    return onFault(work, job, page.error);
  }
  const results: StepResult[] = [];
  for (const one of together) {
    results.push(await one.take(page.value, turn.value));
  }
  work.atomically(() => {
    for (const [index, one] of together.entries()) {
      if (results[index]?.kind === "again") {
        progressed(one.job);
      }
      work.jobs.save(one.job);
    }
    if (isShared && page.value.next === null) {
      const onTheirWay = together.filter((_, index) => results[index]?.kind === "again");
      for (const { id } of [...onTheirWay.map((one) => one.job), ...othersOf(work, job)]) {
        work.wake(id);
      }
    }
  });
  return results[0] ?? AGAIN;
}

/** Others that stand at the same page: nothing is awaited between this and the call. */
function join(work: Work, leader: ErasureJob, query: Query, cursor: string | null): Walker[] {
  const joined: Walker[] = [];
  for (const job of othersOf(work, leader, cursor !== null)) {
    const mayJoin =
      joined.length < MOST - 1 &&
      job.progress.cursor === cursor &&
      work.jobs.wishOf(job.no)?.do !== "stop" &&
      !isAnotherAccount(work, job);
    const walker = mayJoin ? enter(work, job, query) : null;
    if (walker !== null) {
      joined.push(walker);
    }
  }
  return joined;
}

/** Other erasures that read everything. What waits for a source that is suddenly empty looks again by itself. */
function othersOf(work: Work, { no }: ErasureJob, begun = false): ErasureJob[] {
  return work.jobs
    .searching(begun)
    .filter(
      (one) =>
        one.no !== no &&
        one.progress.guard.empty_since === null &&
        isReading(work, one) &&
        queryOf(work, one).kind === "all",
    );
}

/** Makes an erasure ready to take a page; null while there is something to be tidied up first. */
function enter(work: Work, job: ErasureJob, query: Query): Walker | null {
  const isAgain = job.progress.phase === "verifying";
  const isOpen = isAgain ? openAgain(work, job) : openList(work, job);
  // A page that was cut off by a crash or a fault left rows that its next try writes again.
  if (!isOpen || work.plan.dropFrom(job.no, job.progress.plan.next_seq)) {
    return null;
  }
  const before = job.progress;
  const collect = isAgain ? collectAgain : collectSubject;
  const take = isAgain ? takeAgain : takePage;
  return {
    job,
    before,
    sink: seeFamily(work, job, query, collect(work, job, query)),
    take: async (page, turn) => take(work, job, before, page, turn, query.kind === "all"),
  };
}

/** False while rows of an earlier try are there. */
function openList(work: Work, job: ErasureJob): boolean {
  if (job.progress.phase === "queued") {
    openSelection(work, job);
  }
  return job.progress.phase !== "queued";
}

function isUnderWay({ progress: { phase, cursor } }: ErasureJob): boolean {
  return phase !== "queued" && cursor !== null;
}

function isStalled({ progress }: ErasureJob): boolean {
  return progress.error?.code === "stalled";
}
