const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The platform may be some minutes late, and a deployment ticks hourly at the least. */
const LEAST_MS = 5 * MINUTE_MS;
const MOST_MS = 2 * HOUR_MS;

/**
 * How long after a tick the next one is missing: twice the shortest schedule. `gaps` are the pauses of the
 * schedules there are; a policy without one runs with each tick, so its pause is that of the ticks.
 */
export function missingAfter(gaps: readonly number[]): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, 2 * Math.min(HOUR_MS, ...gaps)));
}
