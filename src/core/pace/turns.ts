/** A job that may run, or soon may, with the service that it has had. */
export interface RunnableJob {
  readonly no: number;
  readonly kind: "erasure" | "sweep";
  readonly served: number;
  /** From when it may run, epoch milliseconds. */
  readonly at: number;
}

/** How far service has come among the erasures, and among the sweeps: the least that anybody has had. */
export interface TurnClock {
  readonly erasure: number;
  readonly sweep: number;
}

export const NO_TURNS: TurnClock = { erasure: 0, sweep: 0 };

/** Whoever has waited, for its own budget or for a person, goes ahead of the others by so much and no more. */
const CREDIT = 100;

/** A call counts for as much even where the clock stands still until it is answered, and so does a step. */
const CALL = 5;
const STEP = 1;

/** No list takes longer, and so no step counts for more: a clock that jumped ahead would cost hours of turns. */
const LONGEST_MS = 300_000;

/**
 * What one step takes of the source: milliseconds, as far as the clock tells, and never less than its calls
 * count. It is added up and compared, so no jump of a clock costs a job more than a long step.
 */
export function costOf(ms: number, calls: number): number {
  return Math.max(STEP, calls * CALL, Math.min(LONGEST_MS, Math.round(ms)));
}

/** Where a job stands: who was away, or is new, has missed no turns that it could ask for later. */
export function standingOf({ kind, served }: RunnableJob, clock: TurnClock): number {
  return Math.max(served, clock[kind] - CREDIT);
}

/**
 * Whose turn it is (start-time fair queuing): an erasure before any sweep, then whoever was served least,
 * then the oldest. Null when nobody may run yet.
 */
export function nextTurn(
  jobs: readonly RunnableJob[],
  clock: TurnClock,
  now: number,
): RunnableJob | null {
  let next: RunnableJob | null = null;
  for (const job of jobs) {
    if (job.at <= now) {
      next = next === null || goesBefore(job, next, clock) ? job : next;
    }
  }
  return next;
}

/**
 * The clock once a job has its turn; it never goes back. It waits for those that are away for a short while only,
 * unless they were served less than their share anyhow.
 */
export function afterTurn(
  clock: TurnClock,
  turn: RunnableJob,
  jobs: readonly RunnableJob[],
): TurnClock {
  const { kind } = turn;
  const known = jobs.filter((job) => job.kind === kind && job.served >= clock[kind]);
  const least = Math.min(standingOf(turn, clock), ...known.map(({ served }) => served));
  return { ...clock, [kind]: Math.max(clock[kind], least) };
}

function goesBefore(one: RunnableJob, other: RunnableJob, clock: TurnClock): boolean {
  if (one.kind !== other.kind) {
    return one.kind === "erasure";
  }
  const [a, b] = [standingOf(one, clock), standingOf(other, clock)];
  return a === b ? one.no < other.no : a < b;
}
