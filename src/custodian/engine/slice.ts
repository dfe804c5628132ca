import { addRise, type DispositionCounts } from "../../core/count/disposition.ts";
import type { JobError } from "../../core/report/job.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import { Breath } from "./yield.ts";
import { noteResumed, noteStep } from "./job_time.ts";
import type { Job } from "../tables/jobs.ts";
import { isEnding } from "../tables/progress.ts";
import { letGo } from "../job/permission.ts";
import { rewindList } from "../select/list.ts";
import { step } from "./step.ts";
import { Turns } from "./turns.ts";
import type { Work } from "../job/work.ts";
import { endJob, progressed, WAITS_FOR, type StepResult } from "../job/result.ts";

/** Attempts without progress before a job is parked. */
const MAX_STRIKES = 5;

/** A stalled erasure is tried again this often. */
const RETRY_STALLED_MS = 3_600_000;

/** A slice that waits for budgets looks again after so long: another job may have come. */
const NAP_MS = 250;

/** What a slice came to. */
export interface SliceDone {
  /** Jobs it touched. */
  readonly jobs: number;
  readonly steps: number;
  /** Sessions that met their end in it, by disposition. */
  readonly settled: DispositionCounts;
}

/** What a slice tells its object. */
export interface SliceEvents {
  /** A job has moved: its news should travel. */
  moved(job: Job): void;
  /** A job may go on at a time; null: when it is told to. */
  waits(job: Job, until: number | null): void;
  /** A step threw: a bug, not an answer of the source. */
  broke(job: Job, cause: unknown): void;
}

/**
 * Works on whatever may run until the slice has used its time or its calls. Each job counts an attempt
 * before it is touched, so that one that kills the object is parked after five.
 */
export async function runSlice(work: Work, events: SliceEvents): Promise<SliceDone> {
  const counted = new Set<number>();
  const asked = new Set<number>();
  const touched = new Set<number>();
  /** Jobs that have moved since they were told of. */
  const untold = new Set<number>();
  const breath = new Breath(work.runtime);
  const turns = new Turns(work);
  let steps = 0;
  let settled: DispositionCounts = {};
  while (!work.meter.isSpent()) {
    const now = work.runtime.now();
    const turn = turns.next(now);
    const job = turn === null ? null : work.jobs.byNo(turn.no);
    if (turn === null || job === null) {
      const until = turns.paidAt(now);
      if (until === null || !work.meter.isOpenAt(until)) {
        break;
      }
      await work.runtime.sleep(Math.min(until - now, NAP_MS));
      continue;
    }
    touched.add(job.no);
    if (!counted.has(job.no)) {
      counted.add(job.no);
      job.failed_attempts += 1;
      work.jobs.save(job);
      // What the Registrar wants of a job is no attempt that failed: it comes before the rest.
      if (job.failed_attempts > MAX_STRIKES && !isWanted(work, job) && !park(job)) {
        work.jobs.save(job);
        events.moved(job);
        events.waits(job, now + RETRY_STALLED_MS);
        continue;
      }
    }
    const { dispositions } = job.progress;
    const before = work.meter.attempts;
    steps += 1;
    turns.begin(turn);
    const { result, told } = await serve(work, job, events);
    turns.end(turn, result);
    if (work.meter.attempts > before) {
      asked.add(job.no);
    }
    if (told) {
      untold.delete(job.no);
    } else {
      untold.add(job.no);
    }
    if (result !== null) {
      settled = addRise(settled, dispositions, job.progress.dispositions);
    }
    if (result?.kind === "wait" && result.by !== undefined && !asked.has(job.no)) {
      // The source rests: nothing was asked, so it was no attempt.
      counted.delete(job.no);
      job.failed_attempts = Math.max(0, job.failed_attempts - 1);
      work.jobs.save(job);
    }
    await breath.afterStep();
  }
  turns.save();
  for (const no of untold) {
    const job = work.jobs.byNo(no);
    if (job !== null) {
      events.moved(job);
    }
  }
  return { jobs: touched.size, steps, settled };
}

/** One step of a job; null when it threw. */
async function serve(
  work: Work,
  job: Job,
  events: SliceEvents,
): Promise<{ readonly result: StepResult | null; readonly told: boolean }> {
  const { phase } = job.progress;
  const { calls } = work.meter;
  const from = work.runtime.now();
  noteResumed(job, from);
  let result: StepResult;
  try {
    result = await step(work, job);
  } catch (cause) {
    events.broke(job, cause);
    events.waits(job, work.runtime.now() + 1000 * 2 ** Math.min(job.failed_attempts, 6));
    return { result: null, told: true };
  }
  noteStep(job, from, work.runtime.now(), work.meter.drainWaits(), result);
  const goesOn =
    result.kind === "parked" || (result.kind === "again" && result.isProgress !== false);
  const isOverBudget = result.kind === "wait" && result.by === "budget";
  if (goesOn) {
    progressed(job);
  }
  if (goesOn || (isOverBudget && work.meter.calls > calls)) {
    job.progress =
      WAITS_FOR.has(job.progress.error?.code ?? "") && !isEnding(job.progress)
        ? { ...job.progress, error: null }
        : job.progress;
  }
  if (job.kind === "erasure" && result.kind === "wait") {
    noteLongRest(work, job, result.until);
  }
  work.atomically(() => {
    work.jobs.save(job);
    work.meter.save();
  });
  // The report shows how far it has come where it waits, but for its budget: that is over in this slice.
  const moved = job.progress.phase !== phase && job.progress.phase !== "clearing";
  const told = moved || (result.kind === "wait" && !isOverBudget);
  if (told) {
    events.moved(job);
  }
  if (result.kind === "again") {
    return { result, told };
  }
  // A wish that came during the step set the job's timer; what the step decided must not undo that.
  const wanted = isWanted(work, job);
  const until = result.kind === "wait" ? result.until : null;
  events.waits(job, wanted ? work.runtime.now() : until);
  return { result, told };
}

/** Whether the Registrar wants something that the job's next step would obey. */
function isWanted(work: Work, job: Job): boolean {
  const wish = work.jobs.wishOf(job.no);
  return wish?.do === "stop"
    ? !isEnding(job.progress)
    : job.progress.phase === "waiting" && letGo(job, wish) !== null;
}

/** A source that asks to be left alone for longer than a stalled one holds up an erasure as much. */
function noteLongRest(work: Work, job: Job, until: number): void {
  const isWaiting = WAITS_FOR.has(job.progress.error?.code ?? "") || isEnding(job.progress);
  if (!isWaiting && until - work.runtime.now() > RETRY_STALLED_MS) {
    const message = `${work.source_name} asks not to be called before ${formatTimestamp(until)}`;
    job.progress = { ...job.progress, error: { code: "stalled", message } };
  }
}

/** A stalled sweep ends, and the next tick makes a new one. A stalled erasure waits: false. */
function park(job: Job): boolean {
  const fault = job.progress.last_fault;
  const said = fault === null ? "" : `; what its source last came to: ${fault}`;
  const message = `five attempts in a row made no progress${said}`;
  const error: JobError = { code: "stalled", message };
  if (job.kind === "sweep") {
    if (!isEnding(job.progress)) {
      endJob(job, "stalled", error);
    }
    return true;
  }
  rewindList(job);
  job.progress = { ...job.progress, error };
  job.failed_attempts = MAX_STRIKES - 1;
  return false;
}

/** A slice ends after this long, whatever is left. */
export const SLICE_MS = 25000;

/** If a slice dies, the alarm that it set ahead takes over after this long. */
export const DEAD_MAN_MS = 90000;

/** After an alarm that threw the next one comes so much later, whatever is due. */
export const RECOVER_MS = 30000;
