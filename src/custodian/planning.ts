import { brake, SHARE_COUNTS_FROM } from "../core/guard.ts";
import { Distinct } from "../core/distinct.ts";
import { tightenBrake } from "../core/floors.ts";
import { matchesGlob } from "../core/glob.ts";
import { sha256 } from "../core/hash.ts";
import { enoughFor } from "../core/undated.ts";
import { addOverdue, type OverdueHistogram } from "../core/overdue.ts";
import { ambiguousId, idsFound } from "./bare_ids.ts";
import type { ErasureOrder, SweepOrder } from "./contract.ts";
import { awaitSource, guardEmpty } from "./empty_source.ts";
import type { Job } from "./jobs.ts";
import { isAboutOrphans } from "./orphans.ts";
import { PENDING } from "./plan.ts";
import type { PlanLine } from "./plan_lines.ts";
import { queryOf } from "./select.ts";
import { AGAIN, endJob, onFault, PARKED, type StepResult, type Work } from "./work.ts";

const DIGEST_PAGE = 5000;

/** Closes the plan of an erasure: what was found, and what of it is left from the start. */
export function orderErasure(work: Work, job: Job): StepResult {
  const settled = work.outcomes.dispositions(job.no);
  job.progress = {
    ...job.progress,
    phase: "guarding",
    cursor: null,
    dispositions: settled,
    found: job.progress.next_seq - 1,
    counts: { ...job.progress.counts, planned: work.plan.count(job.no, PENDING) },
  };
  return AGAIN;
}

/** One page of the plan's digest: a chain over its rows, so that it can stop and go on. */
function digestPage(work: Work, job: Job): boolean {
  const { digest_seq: from, plan_digest: chain } = job.progress;
  const rows = work.plan_lines.lines(job.no, from, DIGEST_PAGE);
  const last = rows.at(-1);
  if (last === undefined && chain !== null) {
    return false;
  }
  if (last !== undefined && job.order.kind === "sweep") {
    const ids = rows.map(({ id }) => id);
    work.lookup.notePage(job.no, from, last.seq, ids);
  }
  const text = rows.map((row) => row.text);
  job.progress = {
    ...job.progress,
    digest_seq: last?.seq ?? from,
    plan_digest: sha256(`${chain ?? digestSeed(job)}\n${text.join("\n")}`),
    histogram: overdueOf(job, rows),
  };
  return rows.length === DIGEST_PAGE;
}

/** How long overdue the rows of a sweep are; an erasure has no such time. */
function overdueOf(
  { progress: { histogram, cutoff } }: Job,
  rows: readonly PlanLine[],
): OverdueHistogram {
  return cutoff === null
    ? histogram
    : addOverdue(
        histogram,
        cutoff,
        rows.map((row) => row.due_at),
      );
}

/** The brake of a sweep, judged on everything due. The one place where observe and enforce part. */
export async function guardSweep(work: Work, job: Job, order: SweepOrder): Promise<StepResult> {
  if (digestPage(work, job)) {
    return AGAIN;
  }
  const { counts, matched } = job.progress;
  const needsShare = matched === null || job.progress.cursor !== null;
  const enough = enoughOf(job, order);
  if (enough > 0 && needsShare && work.source.population !== undefined) {
    const counted = await countPopulation(work, job, order.policy.match?.scope ?? null, enough);
    if (counted !== null) {
      return counted;
    }
  }
  keepSelected(work, job, order);
  // What was counted an hour ago may not be there: only what this sweep has read is.
  const empty = await guardEmpty(work, {
    all: job.progress.listed_all,
    sessions: counts.examined,
  });
  if (!empty.ok) {
    return onFault(work, job, empty.error);
  }
  const limits = tightenBrake(order.policy.brake, order.floors ?? null);
  const population = matchedOf(job) ?? counts.due;
  // What was left unread may be due: the brake is asked as if all of it were.
  const stop = empty.value ?? brake(limits, counts.due + job.progress.reading.left, population);
  job.progress = { ...job.progress, guard: stop };
  if (order.policy.mode !== "enforce" || order.preview === true) {
    return endJob(job, "observed");
  }
  const asks = (order.approval ?? "none") !== "none" && counts.planned > 0;
  if (stop !== null || asks) {
    job.progress = { ...job.progress, phase: "waiting" };
    return PARKED;
  }
  job.progress = { ...job.progress, phase: "removing" };
  return AGAIN;
}

/** Of so many sessions, what is due or undated is no large share; 0: nobody needs to know. */
function enoughOf(job: Job, order: SweepOrder): number {
  const { counts } = job.progress;
  const { percent } = tightenBrake(order.policy.brake, order.floors ?? null);
  return Math.max(
    counts.due >= SHARE_COUNTS_FROM ? (counts.due * 100) / percent : 0,
    isUndatedNew(job) ? enoughFor(counts.undated) : 0,
  );
}

/** Whether undated sessions were counted of which nobody has asked yet how large a share they are. */
function isUndatedNew({ progress: { counts, listed_all: all, outlook } }: Job): boolean {
  return !all && counts.undated > 0 && outlook !== null && outlook.selected === undefined;
}

/** Keeps what undated sessions are a share of beside their number: it is counted as seldom. */
function keepSelected(work: Work, job: Job, order: SweepOrder): void {
  const { matched, outlook } = job.progress;
  if (isUndatedNew(job) && outlook !== null && matched !== null) {
    const counted = { ...outlook, selected: matched };
    work.outlooks.counted(order.policy_digest, counted);
    job.progress = { ...job.progress, outlook: counted };
  }
}

/** How many sessions the policy's `match` selects; null while it is not known. */
export function matchedOf(job: Job): number | null {
  const { matched, unattributable } = job.progress;
  return matched !== null && isAboutOrphans(job) ? unattributable : distinctOnly(job, matched);
}

/**
 * So many sessions of a list; where it has repeated itself, the least that there can be of different ones. What
 * is not due and comes again would make what is due a small share.
 */
function distinctOnly({ progress }: Job, count: number | null): number | null {
  if (count === null || progress.distinct === "") {
    return count;
  }
  const distinct = new Distinct(progress.distinct);
  return count <= distinct.atMost() ? count : distinct.atLeast();
}

/**
 * Counts one page of the source's population; null when it is complete, or when so many are counted that
 * what was found is no large share of them.
 */
async function countPopulation(
  work: Work,
  job: Job,
  scopes: readonly string[] | null,
  enough: number,
): Promise<StepResult | null> {
  const turn = await work.meter.reserve();
  const page = turn.ok ? await work.source.population?.(job.progress.cursor, turn.value) : turn;
  if (page === undefined) {
    return null;
  }
  if (!page.ok) {
    return onFault(work, job, page.error);
  }
  let matched = job.progress.matched ?? 0;
  for (const [scope, n] of Object.entries(page.value.scopes)) {
    matched += scopes === null || scopes.some((pattern) => matchesGlob(pattern, scope)) ? n : 0;
  }
  const next = matched >= enough ? null : page.value.next;
  job.progress = { ...job.progress, matched, cursor: next };
  return next === null ? null : AGAIN;
}

/**
 * The plan of an erasure is told to the Registrar and waits: another source may find a contradiction, or all
 * together more than may go. So does what a read-back has added to it.
 */
export async function guardErasure(work: Work, job: Job, order: ErasureOrder): Promise<StepResult> {
  const isReadBack = job.progress.pass > 0;
  const first = isReadBack ? null : await guardFound(work, job, order);
  if (first !== null) {
    return first;
  }
  if (digestPage(work, job)) {
    return AGAIN;
  }
  const { found } = job.progress;
  const needsShare = job.progress.matched === null || job.progress.cursor !== null;
  if (found >= SHARE_COUNTS_FROM && needsShare && work.source.population !== undefined) {
    const counted = await countPopulation(work, job, null, found * 2);
    if (counted !== null) {
      return counted;
    }
  }
  const matched = job.progress.matched ?? distinctOnly(job, job.progress.counts.examined);
  job.progress = {
    ...job.progress,
    phase: "waiting",
    empty_since: null,
    // What was seen since it was counted is there, too.
    matched: isReadBack ? Math.max(matched ?? 0, found) : matched,
    ids_found: idsFound(work, job, order),
  };
  return PARKED;
}

/** What must be right of a plan before anybody asks how large it is. */
async function guardFound(work: Work, job: Job, order: ErasureOrder): Promise<StepResult | null> {
  const conflict = job.progress.conflict ?? ambiguousId(work, job, order);
  if (conflict !== null) {
    job.progress = { ...job.progress, conflict };
    return endJob(job, "conflict");
  }
  const { has_children: readsAll } = work.source.capabilities;
  if (
    job.progress.found >= SHARE_COUNTS_FROM &&
    !readsAll &&
    work.source.population === undefined &&
    !job.progress.whole
  ) {
    // A filtered list does not tell how large the source is, and the guard needs to know.
    job.progress = { ...job.progress, phase: "queued", whole: true };
    return AGAIN;
  }
  const all = queryOf(work, job).kind === "all";
  const empty = await guardEmpty(work, { all, sessions: job.progress.counts.examined });
  if (!empty.ok) {
    return onFault(work, job, empty.error);
  }
  return empty.value === null ? null : awaitSource(work, job, empty.value, { phase: "queued" });
}

/**
 * What a digest is of besides the rows: the text and the account. When it was judged is no part of it, so that
 * a preview, and the sweep after it that would remove the same for the same reasons, have one digest.
 */
function digestSeed({ order, progress }: Job): string {
  const of = order.kind === "sweep" ? order.policy_digest : order.id;
  return `${of}\n${progress.fingerprint ?? ""}`;
}
