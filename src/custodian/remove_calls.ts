import { backoff } from "../core/pacing.ts";
import type { Disposition } from "../core/disposition.ts";
import type { Fault } from "../sources/fault.ts";
import type { Removal } from "../sources/source.ts";
import type { Job } from "./jobs.ts";
import { ATTEMPTED, PENDING, type PlanRow } from "./plan.ts";
import { recheckRow } from "./recheck_row.ts";
import { budgetRate } from "./remove_batches.ts";
import { AGAIN, MAX_TRIES, onFault, overWindow, settleRows, type StepResult, type Work } from "./work.ts";

const STEP_MS = 5000;
const FETCH_ROWS = 60;

/**
 * Removes for a few seconds from a source that takes one session a call: each is read again just
 * before, in a sliding window. Null when nothing is open.
 */
export async function removeByCall(work: Work, job: Job): Promise<StepResult | null> {
  const { concurrency } = work.source.capabilities;
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
  const faults = { in_a_row: 0, most: 2 * concurrency };
  const stop = await overWindow(concurrency, next, async (row) => removeOne(work, job, row, faults));
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
  const turn = await work.meter.reserve(budgetRate(job));
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const checked = await recheckRow(work, job, row, turn.value);
  if (!checked.ok) {
    return rowFault(work, job, row, checked.error, faults);
  }
  switch (checked.value.fate) {
    case "absent":
      return settled(work, job, row, row.state === ATTEMPTED ? "absent_after_attempt" : "already_absent");
    case "renewed":
    case "shared":
      return settled(work, job, row, checked.value.fate);
    case "remove":
      break;
  }
  if (row.tries >= MAX_TRIES) {
    return settled(work, job, row, "unreachable");
  }
  const call = await work.meter.reserve(budgetRate(job));
  if (!call.ok) {
    return onFault(work, job, call.error);
  }
  // One turn, no await: whether the job may go on, the intent, the call.
  if (work.jobs.wishOf(job.no)?.do === "stop") {
    return AGAIN;
  }
  work.plan.attempt(job.no, row.seq);
  const [removal] = await work.source.remove([row], { thresholds: null }, "", call.value);
  if (removal === undefined) {
    throw new Error("a source answered no removal for a session");
  }
  return outcome(work, job, { ...row, state: ATTEMPTED, tries: row.tries + 1 }, removal, faults);
}

function outcome(
  work: Work,
  job: Job,
  row: PlanRow,
  removal: Removal,
  faults: FaultStreak,
): StepResult | null {
  switch (removal.kind) {
    case "deleted":
      faults.in_a_row = 0;
      return settled(work, job, row, "deleted");
    case "absent":
      faults.in_a_row = 0;
      return settled(work, job, row, row.tries > 1 ? "absent_after_attempt" : "already_absent");
    case "refused":
      return settled(work, job, row, "refused");
    case "changed":
      work.plan.retry(job.no, row.seq, PENDING, work.runtime.now());
      return null;
    case "failed":
      // It did not happen: the row goes back as if it had not been attempted.
      return rowFault(work, job, { ...row, state: PENDING }, removal.fault, faults);
    case "unknown":
      return rowFault(work, job, row, removal.fault, faults);
  }
}

/** A fault at one session: it waits its turn; a fault of the source, or many in a row, stops the step. */
function rowFault(
  work: Work,
  job: Job,
  row: PlanRow,
  fault: Fault,
  faults: FaultStreak,
): StepResult | null {
  const now = work.runtime.now();
  const own = fault.kind === "unavailable" || fault.kind === "invalid";
  if (own && row.tries + 1 >= MAX_TRIES) {
    return settled(work, job, row, row.state === ATTEMPTED ? "unknown" : "unreachable");
  }
  if (fault.kind === "forbidden" && fault.scope !== null) {
    return settled(work, job, row, "refused");
  }
  const pause = own ? 500 + backoff(row.tries, work.runtime.random()) : 0;
  work.plan.retry(job.no, row.seq, row.state, now + pause);
  if (!own) {
    return onFault(work, job, fault);
  }
  work.plan.countTry(job.no, row.seq);
  faults.in_a_row += 1;
  return faults.in_a_row > faults.most ? onFault(work, job, fault) : null;
}

function settled(work: Work, job: Job, row: PlanRow, disposition: Disposition): null {
  work.atomically(() => {
    settleRows(work, job, [row], disposition);
    work.jobs.save(job);
  });
  return null;
}
