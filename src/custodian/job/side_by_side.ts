import type { Job } from "../tables/jobs.ts";
import { type StepResult, AGAIN } from "./result.ts";
import { type Work, ALONE, IN_COMPANY } from "./work.ts";

/**
 * Runs a task over rows of a job, as many side by side as its pace says, for no longer than a step may take.
 * Null when all rows were taken, AGAIN when there may be more.
 */
export async function overRows<T>(
  work: Pick<Work, "runtime" | "jobs" | "meter">,
  job: Job,
  rows: Iterable<T>,
  run: (row: T) => Promise<StepResult | null>,
): Promise<StepResult | null> {
  const from = work.runtime.now();
  const most = work.jobs.turns.hasCompany(job.id, from + ALONE.ms) ? IN_COMPANY : ALONE;
  const all = rows[Symbol.iterator]();
  let taken = 0;
  let isCut = false;
  const next = (): T | null => {
    isCut = taken >= most.rows || (taken > 0 && work.runtime.now() >= from + most.ms);
    taken += 1;
    const row = isCut ? null : all.next();
    return row === null || row.done === true ? null : row.value;
  };
  const stop = await overWindow(() => work.meter.width(), next, run);
  return stop ?? (isCut ? AGAIN : null);
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
