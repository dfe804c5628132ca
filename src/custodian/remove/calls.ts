import { backoff } from "../../core/pace/retry_after.ts";
import type { Disposition } from "../../core/count/disposition.ts";
import { isClosedScope, isOfOneSession, type Fault } from "../../sources/fault.ts";
import type { CallSource, Turn } from "../../sources/source.ts";
import { notesOf } from "../plan/take_families.ts";
import type { Job } from "../tables/jobs.ts";
import { ATTEMPTED, PENDING } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { isHeldNow, recheckRow, type Checked } from "./recheck.ts";
import { awaitChildren } from "./batches.ts";
import { keepOfRemoved } from "../job/removed_parents.ts";
import { cutoffAhead } from "../job/rule.ts";
import { mustGoLater } from "../job/children.ts";
import { budgetOf, type Work } from "../job/work.ts";
import type { RemovingJob } from "../job/permission.ts";
import { overRows } from "../job/side_by_side.ts";
import { noteUnreadable, settleRows } from "../job/settle.ts";
import { MAX_TRIES, onFault, onStop } from "../job/faults.ts";
import { AGAIN, progressed, type StepResult } from "../job/result.ts";

const FETCH_ROWS = 60;

/**
 * Removes for as long as a step may take from a source that takes one session a call: each is read again just
 * before, in a sliding window. Null when nothing is open.
 */
export async function removeByCall(
  work: Work,
  source: CallSource,
  job: RemovingJob,
): Promise<StepResult | null> {
  let served = 0;
  const window: Window = {
    source,
    faults: 0,
    most_faults: 2 * source.capabilities.concurrency,
    outcomes: [],
    storing: Promise.resolve(),
  };
  let stop: StepResult | null;
  try {
    stop = await overRows(work, job, readyRows(work, job), async (row) => {
      served += 1;
      return removeOne(work, job, row, window);
    });
  } finally {
    await window.storing;
    store(work, job, window);
    work.restraints.stored();
  }
  if (stop !== null) {
    return stop;
  }
  if (served > 0) {
    return AGAIN;
  }
  const later = ([ATTEMPTED, PENDING] as const).flatMap(
    (open) => work.plan.earliest(job.no, open) ?? [],
  );
  return later.length === 0 ? null : { kind: "wait", until: Math.min(...later), by: "faults" };
}

/** Attempted first, and only what was attempted before this step: its own calls are under way. */
function* readyRows({ plan, runtime }: Work, { no }: Job): Generator<PlanRow> {
  for (const state of [ATTEMPTED, PENDING] as const) {
    let rows = plan.ready(no, state, runtime.now(), 0, FETCH_ROWS);
    for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
      yield* rows;
      rows = plan.ready(no, state, runtime.now(), last.seq, FETCH_ROWS);
    }
  }
}

/** What the calls of one step have in common. */
interface Window {
  readonly source: CallSource;
  /** Faults in a row. */
  faults: number;
  readonly most_faults: number;
  /**
   * What became of sessions, not stored yet: it is a little later, when the next call has gone out, so
   * that no call waits for the commit of another session's outcome.
   */
  outcomes: { readonly row: PlanRow; readonly disposition: Disposition }[];
  /** The storing that is on its way. */
  storing: Promise<void>;
}

async function removeOne(
  work: Work,
  job: Job,
  row: PlanRow,
  window: Window,
): Promise<StepResult | null> {
  if (waits(work, job, row, window)) {
    return defer(work, job, row);
  }
  const purpose = { in_window: true, again: row.tries > 0 };
  let turn = await work.meter.reserve(budgetOf(job), purpose);
  for (;;) {
    if (!turn.ok) {
      return onFault(work, job, turn.error);
    }
    const readAt = work.runtime.now();
    const checked = await recheckRow(work, job, row, turn.value);
    if (!checked.ok) {
      return readFault(work, job, row, checked.error, window);
    }
    if (checked.value.fate !== "remove") {
      const { fate } = checked.value;
      window.faults = 0;
      return settle(work, job, window, row, fate === "absent" ? absence(row) : fate);
    }
    if (row.tries >= MAX_TRIES) {
      return settle(work, job, window, row, "unreachable");
    }
    turn = await work.meter.reserve(budgetOf(job), { ...purpose, follows: true });
    // A rest may be long, and the session renewed meanwhile: what was read before it does not count.
    if (turn.ok && !work.meter.hasRestedSince(readAt)) {
      const { due_at } = checked.value;
      return attempt(work, job, { ...row, due_at }, checked.value, turn.value, window);
    }
  }
}

async function attempt(
  work: Work,
  job: Job,
  row: PlanRow,
  checked: Extract<Checked, { readonly fate: "remove" }>,
  turn: Turn,
  window: Window,
): Promise<StepResult | null> {
  const { session } = checked;
  // One turn, no await: whether the job may go on by wish and clock, switch and holds, the intent, the call.
  if (
    work.jobs.wishOf(job.no)?.do === "stop" ||
    job.progress.phase !== "removing" ||
    cutoffAhead(job, work.runtime.now()) !== null
  ) {
    return AGAIN;
  }
  const stop = work.restraints.stop();
  if (stop !== null) {
    return onStop(work, job, stop);
  }
  if (isHeldNow(work, checked)) {
    return settle(work, job, window, row, "held");
  }
  store(work, job, window);
  const left = notesOf(work, job, [row]).get(0)?.left_as ?? null;
  if (left !== null) {
    return settle(work, job, window, row, left);
  }
  if (waits(work, job, row, window)) {
    return defer(work, job, row);
  }
  work.outcomes.attempt(job.no, row.seq);
  keepOfRemoved(work, session);
  const [removal] = await work.restraints.fly({ batch: "", sessions: [session] }, async () => [
    await window.source.remove(row, turn),
  ]);
  switch (removal.kind) {
    case "deleted":
      window.faults = 0;
      return settle(work, job, window, row, "deleted");
    case "absent":
      window.faults = 0;
      return settle(work, job, window, row, absence(row));
    case "refused":
      return settle(work, job, window, row, "refused");
    case "failed":
      // It did not happen: an earlier attempt, if there was one, is still the last that may have.
      return removalFault(work, job, row, row.state, removal.fault, window);
    case "unknown":
      return removalFault(work, job, row, ATTEMPTED, removal.fault, window);
  }
}

/**
 * Whether what a session has made has to go before it. One that was attempted had none when it was: only a read
 * tells what that came to.
 */
function waits(work: Work, job: Job, row: PlanRow, window: Window): boolean {
  if (row.state === ATTEMPTED || !mustGoLater(work, job, row)) {
    return false;
  }
  // A child may be gone, and that not be stored yet.
  store(work, job, window);
  return mustGoLater(work, job, row);
}

/** A parent comes again when what it has made has had its turn; the pause grows, for that may need a while. */
function defer(work: Work, job: Job, row: PlanRow): null {
  const now = work.runtime.now();
  work.commit(job, () => {
    awaitChildren(work, job, [row], ({ tries }) => now + 500 * 2 ** tries);
  });
  return null;
}

/** What is said of a session that is gone, and that this call did not remove: by the row before the call. */
function absence({ state }: PlanRow): Disposition {
  return state === ATTEMPTED ? "absent_after_attempt" : "already_absent";
}

/** The row waits, and is read before its next try: that read resolves what this one came to. */
function removalFault(
  work: Work,
  job: Job,
  row: PlanRow,
  state: number,
  fault: Fault,
  window: Window,
): StepResult | null {
  if (state !== ATTEMPTED && isClosedScope(fault)) {
    return settle(work, job, window, row, "refused");
  }
  return putBack(work, job, row, state, fault, window);
}

/** A session that cannot be read is not removed, and what an attempt came to is then not known. */
function readFault(
  work: Work,
  job: Job,
  row: PlanRow,
  fault: Fault,
  window: Window,
): StepResult | null {
  const wasAttempted = row.state === ATTEMPTED;
  if (fault.kind === "unreadable") {
    // It is there, whatever an attempt came to, and nobody can say that it is still to go.
    noteUnreadable(job, row);
    window.faults = 0;
    return settle(work, job, window, row, "unreachable");
  }
  if (isClosedScope(fault)) {
    return settle(work, job, window, row, wasAttempted ? "unknown" : "refused");
  }
  if (isOfOneSession(fault) && work.meter.isAnswering()) {
    if (row.tries + 1 >= (wasAttempted ? 2 * MAX_TRIES : MAX_TRIES)) {
      return settle(work, job, window, row, wasAttempted ? "unknown" : "unreachable");
    }
  }
  return putBack(work, job, row, row.state, fault, window);
}

/** A fault at one session: it waits its turn; a fault of the source, or many in a row, stops the step. */
function putBack(
  work: Work,
  job: Job,
  row: PlanRow,
  state: number,
  fault: Fault,
  window: Window,
): StepResult | null {
  const own = isOfOneSession(fault);
  const pause = own ? 500 + backoff(row.tries, work.runtime.random()) : 0;
  work.outcomes.retry(job.no, row.seq, state, work.runtime.now() + pause);
  if (!own) {
    return onFault(work, job, fault);
  }
  if (work.meter.isAnswering()) {
    // A session has a few tries, so this cannot go on for ever. A source that is away uses none of them up.
    work.outcomes.countTry(job.no, row.seq);
    progressed(job);
  }
  window.faults += 1;
  return window.faults > window.most_faults ? onFault(work, job, fault) : null;
}

function settle(
  work: Work,
  job: Job,
  window: Window,
  row: PlanRow,
  disposition: Disposition,
): null {
  window.outcomes.push({ row, disposition });
  if (window.outcomes.length === 1) {
    window.storing = work.runtime.sleep(0).then(() => store(work, job, window));
  }
  return null;
}

/** Stores what is known of the step so far. */
function store(work: Work, job: Job, window: Window): void {
  if (window.outcomes.length === 0) {
    return;
  }
  work.commit(job, () => {
    for (const { row, disposition } of window.outcomes) {
      settleRows(work, job, [row], disposition);
    }
  });
  window.outcomes = [];
}
