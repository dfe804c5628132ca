import { matchesGlob } from "../../core/values/glob.ts";
import { ok, type Result } from "../../core/values/result.ts";
import { formatTimestamp, isPlausible } from "../../core/values/timestamp.ts";
import {
  joinUnreadable,
  NONE_UNREADABLE,
  unreadableIn,
  type Unreadable,
} from "../../core/session/unreadable.ts";
import type { Fault } from "../../sources/fault.ts";
import type { ListPage, Turn } from "../../sources/source.ts";
import { count, note, type ErasureJob, type Job, type SweepJob } from "../tables/jobs.ts";
import { START_ERASURE, START_SWEEP, type Progress } from "../tables/progress.ts";
import { noteUnsearched, openLineage, seeFamily } from "./lineage.ts";
import { notingDifference, rulesOf } from "./difference.ts";
import { openForecast } from "./forecast.ts";
import { collectDue } from "./sweep.ts";
import { isAsked } from "./erasure.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, endJob, TIDIED, type StepResult } from "../job/result.ts";
import { ruleOf } from "../job/rule.ts";
import { queryOf } from "./query.ts";

/** Begins a selection anew: rows of an earlier, unfinished one do not count, and go first. */
export function openSelection(work: Work, job: Job): StepResult {
  if (work.dropRows(job.no)) {
    return AGAIN;
  }
  const { bound } = job.progress;
  const begun = { phase: "listing", bound, fingerprint: work.fingerprint } as const;
  if (job.kind === "sweep") {
    const now = work.runtime.now();
    const cutoff = job.progress.cutoff ?? Math.min(job.order.tick ?? now, now);
    if (!isPlausible(cutoff)) {
      const message = `by this clock it is ${formatTimestamp(cutoff)}: nothing is judged by it`;
      return endJob(job, "failed", { code: "clock_absurd", message });
    }
    const last = work.forecasts.sweptAt(job.order.policy_digest);
    job.progress = { ...START_SWEEP, ...begun, cutoff };
    note(job, "select", { interval_ms: last === null ? null : cutoff - last });
  } else {
    const { whole } = job.progress.select;
    const { empty_since: since } = job.progress.guard;
    job.progress = { ...START_ERASURE, ...begun };
    note(job, "select", { whole });
    note(job, "guard", { empty_since: since });
  }
  note(job, "plan", { judged: work.restraints.version });
  openLineage(work, job);
  return AGAIN;
}

/**
 * Lets an erasure that has stalled begin its list anew: a provider may have forgotten the page it stood at,
 * and would be asked for it for ever. What has been removed stays known.
 */
export function rewindList(job: ErasureJob): void {
  const { phase, cursor, verify } = job.progress;
  if (cursor !== null && phase === "listing") {
    job.progress = { ...job.progress, phase: "queued" };
  } else if (phase === "verifying" && verify.part === "selector") {
    job.progress = { ...job.progress, cursor: null };
  }
}

/** Reads one page, or a whole stream, into the plan of a sweep. Rows count only when the page is complete. */
export async function listPage(work: Work, job: SweepJob): Promise<StepResult> {
  const before = job.progress;
  // A page that was cut off by a crash or a fault left rows that its next try writes again.
  if (work.plan.dropFrom(job.no, before.plan.next_seq)) {
    return TIDIED;
  }
  const turn = await work.meter.reserve();
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  if (job.progress.select.counting) {
    return countRest(work, job, turn.value);
  }
  const query = queryOf(work, job);
  if (query.kind === "all" && before.cursor === null) {
    const due = await isAnythingDue(work, job, turn.value);
    if (!due.ok) {
      return onFault(work, job, due.error);
    }
    if (!due.value) {
      return endListing(work, job, before, turn.value, false);
    }
  }
  const collect = notingDifference(work, job, collectDue(work, job, query));
  const see = seeFamily(work, job, query, collect);
  const page = await work.source.list(query, before.cursor, see, turn.value);
  if (!page.ok) {
    job.progress = before;
    return onFault(work, job, page.error);
  }
  return takePage(work, job, before, page.value, turn.value, query.kind === "all");
}

/** Takes what a page, or a stream, told beside its sessions, and closes a list that has come to its end. */
export async function takePage(
  work: Work,
  job: Job,
  before: Progress,
  page: ListPage,
  turn: Turn,
  listedAll: boolean,
): Promise<StepResult> {
  if (page.is_cut_off) {
    job.progress = { ...before, cursor: page.next };
    return AGAIN;
  }
  noteUnsearched(work, job, page);
  const { unsearched, unreadable } = job.progress.select;
  count(job, { examined: page.unreadable?.count ?? 0 });
  job.progress = { ...job.progress, cursor: page.next };
  note(job, "select", {
    unsearched: unsearched + unsearchedOf(job, page),
    unreadable: joinUnreadable(unreadable, unreadableOf(job, page)),
  });
  return page.next === null ? endListing(work, job, before, turn, listedAll) : AGAIN;
}

/**
 * Closes a list that has been read to its end, with the turn that read it: a stream may have used up the
 * slice, and a list whose end is not stored at once would be read, and counted, a second time.
 */
async function endListing(
  work: Work,
  job: Job,
  before: Progress,
  turn: Turn,
  listedAll: boolean,
): Promise<StepResult> {
  const account = await work.source.account(turn);
  if (!account.ok) {
    job.progress = before;
    return onFault(work, job, account.error);
  }
  job.progress = {
    ...job.progress,
    cursor: null,
    fingerprint: account.value === null ? work.fingerprint : `${work.fingerprint}/${account.value}`,
  };
  if (job.kind === "sweep") {
    note(job, "select", { counting: false });
  }
  if (job.kind === "sweep" && !(listedAll && work.source.capabilities.has_children)) {
    openForecast(work, job, listedAll);
    return AGAIN;
  }
  job.progress = { ...job.progress, phase: "children" };
  return AGAIN;
}

async function countRest(work: Work, job: SweepJob, turn: Turn): Promise<StepResult> {
  const before = job.progress;
  const rule = ruleOf(job);
  const counted =
    (await work.source.countDue?.(rule.thresholds, job.progress.cursor, turn)) ??
    ok({ due: 0, next: null });
  if (!counted.ok) {
    return onFault(work, job, counted.error);
  }
  const { due, next } = counted.value;
  count(job, { examined: due, due });
  job.progress = { ...job.progress, cursor: next };
  return next === null ? endListing(work, job, before, turn, false) : AGAIN;
}

/** Whether any clock makes anything due: where an index tells, nothing is listed to find out that none does. */
async function isAnythingDue(
  work: Work,
  job: SweepJob,
  turn: Turn,
): Promise<Result<boolean, Fault>> {
  if (!work.source.capabilities.selective || work.source.countDue === undefined) {
    return ok(true);
  }
  const thresholds = rulesOf(job).flatMap((rule) => rule.thresholds);
  let cursor: string | null = null;
  do {
    const counted: Awaited<ReturnType<typeof work.source.countDue>> = await work.source.countDue(
      thresholds,
      cursor,
      turn,
    );
    if (!counted.ok) {
      return counted;
    }
    if (counted.value.due > 0) {
      return ok(true);
    }
    cursor = counted.value.next;
  } while (cursor !== null);
  return ok(false);
}

/** How many scopes would not answer, of those that were asked for. */
export function unsearchedOf(job: Job, { unsearched = [] }: ListPage): number {
  return unsearched.filter((scope) => job.kind === "sweep" || isAsked(job.order, scope)).length;
}

/** Rows of a page of which only the id could be read, in the scopes that the job looks at. */
export function unreadableOf(job: Job, page: ListPage): Unreadable {
  const scopes = job.kind === "sweep" ? (job.order.policy.match?.scope ?? null) : null;
  const isMeant = (scope: string): boolean =>
    job.kind === "sweep"
      ? scopes === null || scopes.some((pattern) => matchesGlob(pattern, scope))
      : isAsked(job.order, scope);
  return unreadableIn(page.unreadable ?? NONE_UNREADABLE, isMeant);
}
