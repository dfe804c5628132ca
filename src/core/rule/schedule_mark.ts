import type { Policy } from "../policy/policy.ts";
import { fallsIn, nthAfter, parseSchedule } from "../schedule/schedule.ts";
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
  const isKnown = mark !== null && isOf(mark, text, minute);
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

/** Whether a mark is of this schedule, and of no clock that jumped. */
function isOf({ schedule, minute }: ScheduleMark, text: string, at: number): boolean {
  return schedule === text && !(minute - at > AHEAD_MS);
}

/**
 * When a schedule is next to be served: after the last minute that was, or (with no mark of this schedule) after a
 * time. Epoch milliseconds; one that has passed is made up for at the next tick.
 */
export function nextScheduled(
  id: string,
  schedule: NonNullable<Policy["schedule"]>,
  mark: ScheduleMark | null,
  after: number,
): number | null {
  const counts = mark !== null && isOf(mark, JSON.stringify(schedule), after);
  return timeAfter(id, schedule, 1, counts ? mark.minute : after);
}

/** The time of a policy's schedule that is so many times away, with its jitter. */
export function timeAfter(
  id: string,
  schedule: NonNullable<Policy["schedule"]>,
  times: number,
  after: number,
): number | null {
  const { cron, zone, jitter } =
    typeof schedule === "string" ? { cron: schedule, zone: "UTC" } : schedule;
  const parsed = parseSchedule(cron, zone);
  if (!parsed.ok) {
    return null;
  }
  const offset = jitterOffset(id, jitter ?? null);
  const at = nthAfter(parsed.value, times, after - offset);
  return at === null ? null : at + offset;
}
