import type { BoundBy } from "../core/bound.ts";
import { addLags } from "../core/lag.ts";
import { tally, type Disposition } from "../core/disposition.ts";
import type { Floors } from "../core/floors.ts";
import type { JobError } from "../core/job.ts";
import { backoff } from "../core/pacing.ts";
import type { SessionRef } from "../core/session.ts";
import { addUnreadable } from "../core/unreadable.ts";
import type { Runtime } from "../runtime.ts";
import type { Fault } from "../sources/fault.ts";
import type { Source } from "../sources/source.ts";
import type { Facts } from "./facts.ts";
import type { Stop, WorkGuards } from "./guards.ts";
import type { Job } from "./jobs.ts";
import type { Keyed } from "./keyed.ts";
import type { Meter } from "./meter.ts";
import type { PlanRow } from "./plan_row.ts";
import type { Repeats } from "./repeats.ts";
import type { Rows } from "./rows.ts";
import { isGone } from "./removals.ts";
import { NEEDS_REST } from "./resting.ts";
import type { Budget } from "./source_pace.ts";

/** What a step came to. `wait` gives the job's place to others until a moment; `by` is what it waits for. */
export type StepResult =
  | { readonly kind: "again"; readonly isProgress?: false }
  | { readonly kind: "wait"; readonly until: number; readonly by?: BoundBy }
  | { readonly kind: "parked" };

export const AGAIN: StepResult = { kind: "again" };
/** Rows of a try that failed were dropped: the next try is no more likely to end well for that. */
export const TIDIED: StepResult = { kind: "again", isProgress: false };
export const PARKED: StepResult = { kind: "parked" };

/** Everything a step may touch. One slice, one source. */
export interface Work extends Rows, Keyed {
  readonly source: Source;
  readonly source_name: string;
  /** Its name, and those of all sources that reach the same account. */
  readonly names: ReadonlySet<string>;
  /** Keyed hash of what the source reaches and whom it names: a plan made under another is void. */
  readonly fingerprint: string;
  readonly runtime: Runtime;
  readonly meter: Meter;
  readonly facts: Facts;
  readonly repeats: Repeats;
  /** Holds and the switch, asked again in the turn of every intent. */
  readonly guards: WorkGuards;
  /** What the deployment asks now of every policy of this source. */
  readonly floors: Floors;
  readonly settle_seconds: number;
  readonly shared_children: boolean;
  /** More than so many need an approval. */
  readonly erasure_max_sessions: number;
  /** Drops rows that name sessions of a job, some at a time; true when there may be more. */
  readonly dropRows: (job: number, what?: "all" | "scratch") => boolean;
  /** Lets a job that waits go on at once. */
  readonly wake: (id: string) => void;
  /** All changes or none; synchronous. */
  readonly atomically: (change: () => void) => void;
}

/** Ends of a session that leave it due. */
const LEFT_DUE: ReadonlySet<Disposition> = new Set([
  "refused",
  "unreachable",
  "untouched",
  "unknown",
  "awaits_children",
]);

/** Ends of a session with which what would have gone with it stays too. */
const STAYS: ReadonlySet<Disposition> = new Set(["renewed", "held"]);

/** Tries of one session before it is given up. */
export const MAX_TRIES = 5;

/** Something was done for good, so the attempts without progress are counted from here. */
export function progressed(job: Job): void {
  job.strikes = 0;
}

/** Decides how a job ends; what is open is settled first. */
export function endJob(job: Job, status: string, error: JobError | null = null): StepResult {
  job.progress = { ...job.progress, phase: "ending", end_as: status, error };
  return AGAIN;
}

/** How long a job waits for a pause without an end, or for the Registrar; being told to go on ends it. */
const PAUSED_MS = 600_000;
const UNCONFIRMED_MS = 5000;

/** Codes of what a job waits for: its error says so for as long as it does. */
export const WAITS_FOR: ReadonlySet<string> = new Set([
  "stalled",
  "paused",
  "unconfirmed",
  "source_empty",
]);

/** What a stop of all removals means for a job: it waits, and the wait is no failed attempt. */
export function onStop(work: Work, job: Job, stop: Stop): StepResult {
  const now = work.runtime.now();
  progressed(job);
  if (stop.kind === "unconfirmed") {
    const message =
      "the Registrar did not confirm holds and switch: nothing is removed until it does";
    job.progress = { ...job.progress, error: { code: "unconfirmed", message } };
    return { kind: "wait", until: now + UNCONFIRMED_MS };
  }
  const message = "the switch is on: nothing is removed until it is off";
  job.progress = { ...job.progress, error: { code: "paused", message } };
  // An end that this clock has passed and the Registrar's has not is asked for again in a while.
  const until = Math.min(stop.until ?? Infinity, now + PAUSED_MS);
  return { kind: "wait", until: Math.max(until, now + UNCONFIRMED_MS) };
}

/** Why a plan is void when the source is another one, or is read otherwise, than when it was made. */
export function accountChanged(source: string): JobError {
  return {
    code: "account_changed",
    message: `${source} is another account, or is configured otherwise, than when this was planned; nothing more of the plan is removed`,
  };
}

/** Whether the source reaches another account now than the one that a job was accepted or planned for. */
export function isAnotherAccount(work: Work, job: Job): boolean {
  const planned = job.progress.fingerprint ?? job.order.account ?? null;
  return planned !== null && !planned.startsWith(work.fingerprint);
}

/** What a fault of the whole source means for a job. */
export function onFault(work: Work, job: Job, fault: Fault): StepResult {
  const now = work.runtime.now();
  if (fault.kind !== "exhausted") {
    job.progress = { ...job.progress, last_fault: fault.detail };
  }
  switch (fault.kind) {
    case "unauthorized":
      return endJob(job, "failed", {
        code: "source_unauthorized",
        message: `${work.source_name}: ${fault.detail}`,
      });
    case "forbidden":
    case "missing":
      return endJob(job, "failed", {
        code: "source_forbidden",
        message: `${work.source_name}: ${fault.detail}`,
      });
    case "throttled":
      return { kind: "wait", until: Math.max(fault.until, now), by: "rate" };
    case "exhausted": {
      const { by } = fault;
      const until = Math.max(fault.until, now);
      return by === undefined ? { kind: "wait", until } : { kind: "wait", until, by };
    }
    case "unavailable":
    case "invalid":
    case "unreadable":
      return {
        kind: "wait",
        until: now + 500 + backoff(job.strikes, work.runtime.random()),
        by: "faults",
      };
  }
}

/** Stores what became of rows, counts each once and keeps the lag of removals. */
export function settleRows(
  work: Work,
  job: Job,
  rows: readonly PlanRow[],
  disposition: Disposition,
): void {
  if (rows.length === 0) {
    return;
  }
  progressed(job);
  const now = work.runtime.now();
  work.outcomes.settle(
    job.no,
    rows.map(({ seq }) => seq),
    disposition,
    now,
  );
  if (disposition === "deleted" || disposition === "absent_after_attempt") {
    work.facts.heldLess(rows.length);
  }
  const isSweep = job.order.kind === "sweep";
  if (isSweep && work.source.capabilities.has_children && isGone({ disposition })) {
    work.family.mark(job.no, "gone", rows);
  }
  if (isSweep && work.source.capabilities.has_children && STAYS.has(disposition)) {
    work.followers.leave(job.no, rows, disposition);
  }
  if (isSweep && LEFT_DUE.has(disposition)) {
    leave(job, Math.min(...rows.map((row) => row.due_at)));
  }
  if (isSweep && NEEDS_REST.has(disposition)) {
    for (const row of rows) {
      work.resting.add(row, now);
    }
  }
  job.progress = {
    ...job.progress,
    dispositions: tally(job.progress.dispositions, disposition, rows.length),
    lag:
      disposition === "deleted" && isSweep
        ? addLags(
            job.progress.lag,
            rows.map((row) => now - row.due_at),
          )
        : job.progress.lag,
  };
  if (isSweep) {
    return;
  }
  const children = (left: readonly Disposition[]): PlanRow[] =>
    work.plan.bySeqs(job.no, work.kin.ofLeft(job.no, left));
  if (disposition === "renewed" || disposition === "shared") {
    // Planned children name nobody: where a parent stays, nobody can say any more whose they are.
    settleRows(work, job, children(["renewed", "shared"]), "shared");
  } else if (disposition === "held") {
    settleRows(work, job, children(["held"]), "held");
  }
}

/** Notes a session of which only the id could be read when it was asked for. */
export function noteUnreadable(job: Job, ref: SessionRef): void {
  job.progress = { ...job.progress, unreadable: addUnreadable(job.progress.unreadable, ref) };
}

/** Notes that a session which was due at a moment is left where it is. */
export function leave(job: Job, dueAt: number | null): void {
  if (dueAt !== null) {
    const oldest = Math.min(job.progress.oldest_left ?? Infinity, dueAt);
    job.progress = { ...job.progress, oldest_left: oldest };
  }
}

/**
 * Runs a task over rows, as many side by side as `width` says at the time: a sliding window, never chunks.
 * If one throws, so does this, when the others have come to an end: none goes on beside the next step.
 */
export async function overWindow<T>(
  width: () => number,
  next: () => T | null,
  run: (row: T) => Promise<StepResult | null>,
): Promise<StepResult | null> {
  const stops: StepResult[] = [];
  const thrown: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  let isEnd = false;
  const start = (row: T): void => {
    const task = run(row)
      .then(
        (result) => {
          stops.push(...(result === null ? [] : [result]));
        },
        (cause: unknown) => {
          thrown.push(cause);
        },
      )
      .finally(() => underWay.delete(task));
    underWay.add(task);
  };
  for (;;) {
    while (!isEnd && stops.length + thrown.length === 0 && underWay.size < width()) {
      const row = next();
      if (row === null) {
        isEnd = true;
      } else {
        start(row);
      }
    }
    if (underWay.size === 0) {
      if (thrown.length > 0) {
        throw thrown[0];
      }
      return stops[0] ?? null;
    }
    await Promise.race(underWay);
  }
}

/** How long one step may begin calls, and for how many rows: less where others wait for their turn, or soon will. */
const ALONE = { ms: 5000, rows: 1000 };
const IN_COMPANY = { ms: 500, rows: 100 };

/**
 * Runs a task over rows of a job, as many side by side as its pace says, for no longer than a step may take.
 * Null when all rows were taken, AGAIN when there may be more.
 */
export async function overRows<T>(
  work: Work,
  job: Job,
  next: () => T | null,
  run: (row: T) => Promise<StepResult | null>,
): Promise<StepResult | null> {
  const from = work.runtime.now();
  const most = work.jobs.turns.hasCompany(job.id, from + ALONE.ms) ? IN_COMPANY : ALONE;
  let rows = 0;
  let isCut = false;
  const taken = (): T | null => {
    isCut = rows >= most.rows || (rows > 0 && work.runtime.now() >= from + most.ms);
    rows += 1;
    return isCut ? null : next();
  };
  const stop = await overWindow(() => work.meter.width(), taken, run);
  return stop ?? (isCut ? AGAIN : null);
}

/** The budget of a policy, a bucket of its own; a preview's is another one. Null leaves the pace to the source. */
export function budgetOf({ id, order }: Job): Budget | null {
  const perSecond = order.kind === "sweep" ? order.policy.budget.per_second : undefined;
  if (order.kind !== "sweep" || perSecond === undefined) {
    return null;
  }
  const name = order.preview === true ? `preview ${id}` : `policy ${order.policy_id}`;
  return { name, per_second: perSecond };
}
