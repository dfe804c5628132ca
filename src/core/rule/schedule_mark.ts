import type { Policy } from "../policy/policy.ts";
import { fallsIn, parseSchedule } from "../schedule/schedule.ts";
import { jitterOffset } from "../schedule/jitter.ts";

const MINUTE = 60_000;

/** A mark this far ahead of a tick was made by a clock that jumped. */
const AHEAD_MS = 3_600_000;

/** The last scheduled minute of a policy that was served, and the schedule that it is of. */
export interface ScheduleMark {
  readonly schedule: string;
  /** Epoch milliseconds of a whole minute. */
  readonly minute: number;
}

/** What one tick means to one policy. */
export interface ScheduleVerdict {
  /** `late`: a minute came and went without a tick, or without its sweep. However many did: one sweep. */
  readonly due: "now" | "late" | null;
  /** The minute of the tick. */
  readonly minute: number;
  /** To be stored before anything else: a policy or a schedule that is new has missed nothing. */
  readonly begin: ScheduleMark | null;
}

/**
 * Judges the schedule of a policy at a tick, named in epoch milliseconds: due is what has a minute after
 * the mark and up to the tick.
 */
export function judgeSchedule(
  id: string,
  schedule: NonNullable<Policy["schedule"]>,
  mark: ScheduleMark | null,
  tick: number,
): ScheduleVerdict {
  const minute = Math.floor(tick / MINUTE) * MINUTE;
  const text = JSON.stringify(schedule);
  const isKnown = mark !== null && mark.schedule === text && !(mark.minute - minute > AHEAD_MS);
  const before = minute - MINUTE;
  const begin = isKnown ? null : { schedule: text, minute: before };
  const { cron, zone, jitter } =
    typeof schedule === "string" ? { cron: schedule, zone: "UTC" } : schedule;
  const parsed = parseSchedule(cron, zone);
  if (!parsed.ok) {
    throw new Error(`the schedule of ${id} was read before, and now: ${parsed.error}`);
  }
  const offset = jitterOffset(id, jitter ?? null);
  const isIn = (after: number): boolean => fallsIn(parsed.value, after - offset, minute - offset);
  const isDue = isIn(isKnown ? mark.minute : before);
  return { due: isDue ? (isIn(before) ? "now" : "late") : null, minute, begin };
}
