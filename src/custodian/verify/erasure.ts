import { LEFT_IN_PLACE, type Disposition } from "../../core/count/disposition.ts";
import { recheckSubject } from "../../core/rule/recheck.ts";
import type { Session } from "../../core/session/session.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import { joinUnreadable } from "../../core/session/unreadable.ts";
import { isClosedScope } from "../../sources/fault.ts";
import type { ListPage, Query, Sink, Turn } from "../../sources/source.ts";
import { bindLineage, noteUnsearched, openLineage } from "../select/lineage.ts";
import { leaveAmbiguous } from "../guard/bare_ids.ts";
import { awaitSource, guardEmpty } from "../guard/empty_source.ts";
import { note, type ErasureJob } from "../tables/jobs.ts";
import type { ErasureProgress } from "../tables/progress.ts";
import { letGo } from "../job/permission.ts";
import { AS_CHILD, PENDING } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { unreadableOf, unsearchedOf } from "../select/list.ts";
import { planSubject, siftSubject } from "../select/erasure.ts";
import { findChildren } from "../select/children.ts";
import type { Work } from "../job/work.ts";
import { overRows } from "../job/side_by_side.ts";
import { noteUnreadable, settleRows } from "../job/settle.ts";
import { accountChanged, onFault } from "../job/faults.ts";
import { AGAIN, endJob, progressed, type StepResult } from "../job/result.ts";

/** Read-backs before what is still found makes the erasure partial. */
const MAX_PASSES = 3;

const PAGE = 200;

/**
 * Reads back: each removed id, then, in a walk, the original selector. What turns up goes into the plan and is
 * removed before the next pass; passes are `settle_seconds` apart, the first one at once.
 */
export async function verifyErasure(work: Work, job: ErasureJob): Promise<StepResult> {
  const { part, next_at: until } = job.progress.verify;
  if (work.runtime.now() < until) {
    return { kind: "wait", until };
  }
  return part === "ids" ? readIds(work, job) : findChildrenAgain(work, job);
}

/** Makes a job ready for the next page of its read-back; false while there are rows to be dropped first. */
export function openAgain(work: Work, job: ErasureJob): boolean {
  if (job.progress.cursor === null) {
    if (work.dropRows(job.no, "family")) {
      return false;
    }
    openLineage(work, job);
    note(job, "verify", { seen_again: 0 });
  }
  return true;
}

/** Takes what a page of the read-back told beside its sessions. */
export async function takeAgain(
  work: Work,
  job: ErasureJob,
  before: ErasureProgress,
  page: ListPage,
  turn: Turn,
  listedAll: boolean,
): Promise<StepResult> {
  if (page.is_cut_off) {
    job.progress = { ...before, cursor: page.next };
    return AGAIN;
  }
  const account = await work.source.account(turn);
  if (!account.ok) {
    job.progress = before;
    return onFault(work, job, account.error);
  }
  const planned = before.fingerprint?.split("/")[1];
  if (account.value !== null && planned !== undefined && planned !== account.value) {
    work.outcomes.doubtAbsence(job.no);
    return endJob(job, "failed", accountChanged(work.source_name));
  }
  noteUnsearched(work, job, page);
  const { select, verify } = job.progress;
  job.progress = { ...job.progress, cursor: page.next };
  note(job, "verify", { seen_again: verify.seen_again + (page.unreadable?.count ?? 0) });
  note(job, "select", {
    unsearched: Math.max(select.unsearched, unsearchedOf(job, page)),
    unreadable: joinUnreadable(select.unreadable, unreadableOf(job, page), "again"),
  });
  if (page.next !== null) {
    return AGAIN;
  }
  const listed = { all: listedAll, sessions: job.progress.verify.seen_again };
  const empty = await guardEmpty(work, listed);
  if (!empty.ok) {
    job.progress = before;
    return onFault(work, job, empty.error);
  }
  if (empty.value !== null) {
    return awaitSource(work, job, empty.value, { cursor: null });
  }
  note(job, "guard", { empty_since: null });
  if (planned !== undefined && !before.select.whole && hasVanished(work, job)) {
    // An empty list names no account, and another account has none of these sessions: read it whole.
    note(job, "select", { whole: true });
    return AGAIN;
  }
  note(job, "verify", { part: "children" });
  return AGAIN;
}

/** Whether something was gone before we touched it: so it looks when another account answers. */
function hasVanished(work: Work, job: ErasureJob): boolean {
  const ends = work.outcomes.dispositions(job.no);
  const { already_absent: before = 0, absent_after_attempt: after = 0 } = ends;
  return before + after > 0;
}

/** Children of what was removed, sought again by the removed ids. */
async function findChildrenAgain(work: Work, job: ErasureJob): Promise<StepResult> {
  return (await bindLineage(work, job)) ?? (await findChildren(work, job)) ?? endPass(work, job);
}

async function readIds(work: Work, job: ErasureJob): Promise<StepResult> {
  const rows = work.plan.page(job.no, job.progress.verify.seq, PAGE);
  const last = rows.at(-1);
  if (last === undefined) {
    if (work.dropRows(job.no, "children")) {
      return AGAIN;
    }
    job.progress = { ...job.progress, cursor: null };
    note(job, "verify", { part: "selector", seq: 0 });
    return AGAIN;
  }
  const removed = rows.filter(
    (row) => row.disposition !== null && !LEFT_IN_PLACE.has(row.disposition),
  );
  const seen = new Map<number, Session | Unseen>();
  const stop = await overRows(work, job, removed, async (row) => {
    const session = await work.meter.ask(async (turn) => work.source.read(row, turn), {
      in_window: true,
    });
    if (!session.ok && isClosedScope(session.error)) {
      // One scope was closed since: nobody may say that it was searched, and the others go on.
      seen.set(row.seq, "closed");
      return null;
    }
    if (!session.ok && session.error.kind === "unreadable") {
      seen.set(row.seq, "unreadable");
      return null;
    }
    if (!session.ok) {
      return onFault(work, job, session.error);
    }
    seen.set(row.seq, session.value ?? "gone");
    return null;
  });
  noteSeen(work, job, removed, seen, last.seq);
  return stop ?? AGAIN;
}

/** `unreadable`: it is there again, and nobody can say whose it is. */
type Unseen = "gone" | "closed" | "unreadable";

/** Takes what was read back, up to the first row that was not: a page may not fit a slice. */
function noteSeen(
  work: Work,
  job: ErasureJob,
  removed: readonly PlanRow[],
  seen: ReadonlyMap<number, Session | Unseen>,
  lastSeq: number,
): void {
  const unread = removed.find(({ seq }) => !seen.has(seq));
  const upTo = unread === undefined ? lastSeq : unread.seq - 1;
  if (upTo > job.progress.verify.seq) {
    progressed(job);
  }
  for (const row of removed) {
    const found = seen.get(row.seq);
    if (row.seq > upTo || found === undefined || found === "gone") {
      continue;
    }
    if (found === "closed") {
      note(job, "select", { unsearched: Math.max(job.progress.select.unsearched, 1) });
    } else if (found === "unreadable") {
      noteUnreadable(job, row);
      settleRows(work, job, [row], "unreachable");
    } else {
      reopen(work, job, row, found);
    }
  }
  note(job, "verify", { seq: upTo });
}

/** A removed session that is there again goes back into the plan, if it is still the person's. */
function reopen(work: Work, job: ErasureJob, row: PlanRow, session: Session): void {
  const { kind } = recheckSubject(job.order.identifiers, session, row.clause === AS_CHILD);
  if (kind === "remove" && work.restraints.heldBy(session) !== null) {
    settleRows(work, job, [row], "held");
  } else if (kind === "remove") {
    work.outcomes.retry(job.no, row.seq, PENDING, 0, session.version);
    if (row.tries === 0) {
      // It was removed once, in a batch that counted no try.
      work.outcomes.countTry(job.no, row.seq);
    }
  } else {
    settleRows(work, job, [row], kind === "renewed" ? "renewed" : "shared");
  }
}

/** A session that is there again goes back into the plan: what was counted for it no longer holds. */
export function collectAgain(work: Work, job: ErasureJob, query: Query): Sink {
  const sift = siftSubject(work, job, query);
  return (sessions) => {
    note(job, "verify", { seen_again: job.progress.verify.seen_again + sessions.length });
    sift(sessions, (session, { kind }) => {
      const row = work.lookup.find(job.no, session.scope, session.id);
      if (row === null) {
        planSubject(work, job, session, kind !== "match");
      } else if (isSeenAgain(row.disposition, kind === "match")) {
        reopen(work, job, row, session);
      }
    });
  };
}

function isSeenAgain(disposition: Disposition | null, matches: boolean): boolean {
  return (
    disposition !== null &&
    (!LEFT_IN_PLACE.has(disposition) || (disposition === "renewed" && matches))
  );
}

function endPass(work: Work, job: ErasureJob): StepResult {
  leaveAmbiguous(work, job);
  const now = work.runtime.now();
  const { pass, ended_at: ended } = job.progress.verify;
  const found = work.plan.count(job.no, PENDING);
  job.progress = {
    ...job.progress,
    cursor: null,
    // Counted from the rows, because some come back.
    dispositions: work.outcomes.dispositions(job.no),
  };
  note(job, "verify", {
    pass: pass + 1,
    next_at: now + work.settle_seconds * 1000,
    part: "ids",
    seq: 0,
    ended_at: [...ended, formatTimestamp(now)],
  });
  note(job, "plan", { found: job.progress.plan.next_seq - 1 });
  if (found === 0) {
    return endJob(job, "done");
  }
  if (pass + 1 >= MAX_PASSES) {
    return endJob(job, "partial");
  }
  if (letGo(job, work.jobs.wishOf(job.no)) === null) {
    // The plan was small enough to go; whether it is with what turned up since is for the Registrar to say.
    const matched = work.source.population === undefined ? job.progress.matched : null;
    job.progress = { ...job.progress, phase: "guarding", matched };
    return AGAIN;
  }
  job.progress = { ...job.progress, phase: "removing" };
  return AGAIN;
}
