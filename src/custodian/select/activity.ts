import { isClosedScope, isOfOneSession } from "../../sources/fault.ts";
import type { Activity } from "../../sources/source.ts";
import { idleSinceOf, learn } from "./difference.ts";
import { count, note, selectionOf, type SweepJob } from "../tables/jobs.ts";
import { FOR_DIFFERENCE, UNREAD } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { isAboutOrphans } from "../job/matched.ts";
import { hasEnough, spareReading } from "./recall.ts";
import { readActivity } from "../job/activity.ts";
import { ruleOf } from "../job/rule.ts";
import { budgetOf, type Work } from "../job/work.ts";
import { overRows } from "../job/side_by_side.ts";
import { MAX_TRIES, onFault } from "../job/faults.ts";
import { AGAIN, progressed, type StepResult } from "../job/result.ts";
import { noteDue } from "./weigh_due.ts";

const ROWS_PER_STEP = 120;

/** What the reading of an activity came to at its end. */
type SeenActivity = Exclude<Activity, { readonly kind: "more" }>;

/**
 * Reads the activity of sessions whose last sign of life the list did not tell, the longest overdue by what it
 * did tell first. What was seen is remembered, what was active is dropped; what cannot be read is dropped
 * too: unknown means keep.
 */
export async function weigh(work: Work, job: SweepJob): Promise<StepResult> {
  if (work.activity.forgetUnseen(selectionOf(job))) {
    return AGAIN;
  }
  const spared = spareReading(work, job);
  if (spared !== null) {
    return spared;
  }
  const now = work.runtime.now();
  const rows = work.plan.nextUnread(job.no, now, ROWS_PER_STEP);
  if (rows.length === 0) {
    const later = work.plan.earliest(job.no, UNREAD);
    if (later !== null) {
      return { kind: "wait", until: later, by: "faults" };
    }
    const phase = job.order.other === undefined ? "planning" : "difference";
    job.progress = { ...job.progress, phase };
    return AGAIN;
  }
  const stop = await overRows(work, job, wantedOf(job, rows), async (row) =>
    weighOne(work, job, row),
  );
  return stop ?? AGAIN;
}

/** Rows, for as long as more are wanted. */
function* wantedOf(job: SweepJob, rows: readonly PlanRow[]): Generator<PlanRow> {
  for (const row of rows) {
    if (hasEnough(job)) {
      return;
    }
    yield row;
  }
}

async function weighOne(work: Work, job: SweepJob, row: PlanRow): Promise<StepResult | null> {
  const turn = await work.meter.reserve(budgetOf(job), {
    in_window: true,
    again: row.tries > 0,
  });
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const activity = await readActivity(work, row, idleSinceOf(job), row.cursor, turn.value);
  if (!activity.ok) {
    return weighFault(work, job, row, activity.error);
  }
  progressed(job);
  const seen = activity.value;
  if (seen.kind === "more") {
    work.plan.weigh(job.no, row.seq, { state: UNREAD, cursor: seen.cursor });
    return null;
  }
  if (seen.kind === "active") {
    work.activity.remember(row, seen.at, selectionOf(job));
  } else if (seen.kind === "idle") {
    work.activity.rememberIdle(row, seen.last_active_at, selectionOf(job));
  }
  settleActivity(work, job, row, seen);
  return null;
}

/** Stores what a session's activity means for the plan, and for the difference of two versions. */
function settleActivity(work: Work, job: SweepJob, row: PlanRow, seen: SeenActivity): void {
  work.commit(job, () => {
    learn(work, job, row, seen);
    if (row.clause === FOR_DIFFERENCE) {
      work.plan.drop(job.no, row.seq);
    } else {
      takeActivity(work, job, row, seen);
    }
  });
}

/** Decides by a session's activity whether it is due. */
function takeActivity(work: Work, job: SweepJob, row: PlanRow, seen: SeenActivity): void {
  if (seen.kind === "absent") {
    return leaveAbsent(work, job, row);
  }
  if (seen.kind === "unreadable") {
    return leaveUndated(work, job, row);
  }
  const threshold = ruleOf(job).thresholds[row.clause];
  const at = seen.kind === "active" ? seen.at : seen.last_active_at;
  if (at !== null) {
    work.newest_candidates.seen(job.no, row, at);
  }
  if (threshold !== undefined && (at ?? -Infinity) <= threshold.at) {
    noteDue(work, job, row, at, threshold);
  } else {
    work.family.unmark(job.no, "due", row);
    work.plan.drop(job.no, row.seq);
  }
}

/** It is gone since it was listed: what is due is no share of it any more. */
function leaveAbsent(work: Work, job: SweepJob, row: PlanRow): void {
  const { matched, select } = job.progress;
  work.family.mark(job.no, "gone", [row]);
  work.plan.drop(job.no, row.seq);
  job.progress = { ...job.progress, matched: matched === null ? null : matched - 1 };
  if (isAboutOrphans(job)) {
    note(job, "select", { unattributable: select.unattributable - 1 });
  }
}

/** Nobody can say when it was last active: unknown means keep. */
function leaveUndated(work: Work, job: SweepJob, row: PlanRow): void {
  work.family.unmark(job.no, "due", row);
  // It goes with no other either.
  work.family.unmark(job.no, "follows", row);
  work.plan.drop(job.no, row.seq);
  count(job, { undated: 1 });
}

function weighFault(
  work: Work,
  job: SweepJob,
  row: PlanRow,
  fault: Parameters<typeof onFault>[2],
): StepResult | null {
  const own = isOfOneSession(fault);
  // A source that is away uses up nobody's tries.
  const counts = work.meter.isAnswering();
  const isLast = counts && row.tries + 1 >= MAX_TRIES;
  if (isClosedScope(fault) || (own && isLast)) {
    settleActivity(work, job, row, { kind: "unreadable" });
    return null;
  }
  const result = onFault(work, job, fault);
  if (own && result.kind === "wait") {
    if (counts) {
      work.outcomes.countTry(job.no, row.seq);
      progressed(job);
    }
    work.outcomes.retry(job.no, row.seq, UNREAD, result.until);
    return null;
  }
  return result;
}
