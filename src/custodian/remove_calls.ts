import { backoff } from "../core/pacing.ts";
import type { Disposition } from "../core/disposition.ts";
import type { Fault } from "../sources/fault.ts";
import type { Turn } from "../sources/source.ts";
import type { Job } from "./jobs.ts";
import { ATTEMPTED, type PlanRow } from "./plan.ts";
import { recheckRow } from "./recheck_row.ts";
import { budgetRate } from "./remove_batches.ts";
import {
  AGAIN,
  MAX_TRIES,
  onFault,
  overWindow,
  settleRows,
  type StepResult,
  type Work,
} from "./work.ts";

const STEP_MS = 5000;
const FETCH_ROWS = 60;

/**
 * Removes for a few seconds from a source that takes one session a call: each is read again just
 * before, in a sliding window. Null when nothing is open.
 */
export async function removeByCall(work: Work, job: Job): Promise<StepResult | null> {
  const width = work.meter.windowFor(work.source.capabilities.concurrency, budgetRate(job));
  const until = work.runtime.now() + STEP_MS;
  let rows: PlanRow[] = [];
  let after = 0;
  let served = 0;
  const next = (): PlanRow | null => {
    const now = work.runtime.now();
    if (rows.length === 0 && now < until) {
      rows = work.plan.ready(job.no, now, after, FETCH_ROWS);
      after = rows.at(-1)?.seq ?? after;
    }
    const row = now < until ? rows.shift() : undefined;
    served += row === undefined ? 0 : 1;
    return row ?? null;
  };
  const faults = { in_a_row: 0, most: 2 * width };
  const stop = await overWindow(width, next, async (row) => removeOne(work, job, row, faults));
  work.jobs.save(job);
  if (stop !== null) {
    return stop;
  }
  if (served > 0) {
    return AGAIN;
  }
  const later = work.plan.earliestOpen(job.no);
  return later === null ? null : { kind: "wait", until: later };
}

interface FaultStreak {
  in_a_row: number;
  readonly most: number;
}

async function removeOne(
  work: Work,
  job: Job,
  row: PlanRow,
  faults: FaultStreak,
): Promise<StepResult | null> {
  let turn = await work.meter.reserve(budgetRate(job));
  for (;;) {
    if (!turn.ok) {
      return onFault(work, job, turn.error);
    }
    const readAt = work.runtime.now();
    const checked = await recheckRow(work, job, row, turn.value);
    if (!checked.ok) {
      return readFault(work, job, row, checked.error, faults);
    }
    const { fate } = checked.value;
    if (fate !== "remove") {
      faults.in_a_row = 0;
      return settled(work, job, row, fate === "absent" ? absence(row) : fate);
    }
    if (row.tries >= MAX_TRIES) {
      return settled(work, job, row, "unreachable");
    }
    turn = await work.meter.reserve(budgetRate(job));
    // A rest may be long, and the session renewed meanwhile: what was read before it does not count.
    if (turn.ok && !work.meter.hasRestedSince(readAt)) {
      return attempt(work, job, row, turn.value, faults);
    }
  }
}

async function attempt(
  work: Work,
  job: Job,
  row: PlanRow,
  turn: Turn,
  faults: FaultStreak,
): Promise<StepResult | null> {
  // One turn, no await: whether the job may go on, the intent, the call.
  if (work.jobs.wishOf(job.no)?.do === "stop" || job.progress.phase !== "removing") {
    return AGAIN;
  }
  work.plan.attempt(job.no, row.seq);
  const [removal] = await work.source.remove([row], { thresholds: null }, "", turn);
  switch (removal?.kind) {
    case "deleted":
      faults.in_a_row = 0;
      return settled(work, job, row, "deleted");
    case "absent":
      faults.in_a_row = 0;
      return settled(work, job, row, absence(row));
    case "refused":
      return settled(work, job, row, "refused");
    case "changed":
      work.plan.retry(job.no, row.seq, row.state, work.runtime.now());
      return null;
    case "failed":
      // It did not happen: an earlier attempt, if there was one, is still the last that may have.
      return removalFault(work, job, row, row.state, removal.fault, faults);
    case "unknown":
      return removalFault(work, job, row, ATTEMPTED, removal.fault, faults);
    case undefined:
      throw new Error("a source answered no removal for a session");
  }
}

/** What is said of a session that is gone, and that this call did not remove: by the row before the call. */
function absence({ state }: PlanRow): Disposition {
  return state === ATTEMPTED ? "absent_after_attempt" : "already_absent";
}

/** The row waits, and is read before its next try: that read settles what this one came to. */
function removalFault(
  work: Work,
  job: Job,
  row: PlanRow,
  state: number,
  fault: Fault,
  faults: FaultStreak,
): StepResult | null {
  if (state !== ATTEMPTED && isClosedScope(fault)) {
    return settled(work, job, row, "refused");
  }
  return putBack(work, job, row, state, fault, faults);
}

/** A session that cannot be read is not removed, and what an attempt came to is then not known. */
function readFault(
  work: Work,
  job: Job,
  row: PlanRow,
  fault: Fault,
  faults: FaultStreak,
): StepResult | null {
  const wasAttempted = row.state === ATTEMPTED;
  if (isClosedScope(fault)) {
    return settled(work, job, row, wasAttempted ? "unknown" : "refused");
  }
  if (isOwn(fault)) {
    if (row.tries + 1 >= (wasAttempted ? 2 * MAX_TRIES : MAX_TRIES)) {
      return settled(work, job, row, wasAttempted ? "unknown" : "unreachable");
    }
  }
  return putBack(work, job, row, row.state, fault, faults);
}

/** A fault at one session: it waits its turn; a fault of the source, or many in a row, stops the step. */
function putBack(
  work: Work,
  job: Job,
  row: PlanRow,
  state: number,
  fault: Fault,
  faults: FaultStreak,
): StepResult | null {
  const own = isOwn(fault);
  const pause = own ? 500 + backoff(row.tries, work.runtime.random()) : 0;
  work.plan.retry(job.no, row.seq, state, work.runtime.now() + pause);
  if (!own) {
    return onFault(work, job, fault);
  }
  work.plan.countTry(job.no, row.seq);
  faults.in_a_row += 1;
  return faults.in_a_row > faults.most ? onFault(work, job, fault) : null;
}

function isOwn({ kind }: Fault): boolean {
  return kind === "unavailable" || kind === "invalid";
}

function isClosedScope(fault: Fault): boolean {
  return fault.kind === "forbidden" && fault.scope !== null;
}

function settled(work: Work, job: Job, row: PlanRow, disposition: Disposition): null {
  work.atomically(() => {
    settleRows(work, job, [row], disposition);
    work.jobs.save(job);
  });
  return null;
}
