/** The lowest pace in calls a second: a read and its removal must fit one slice of 25 s with room to spare. */
export const LEAST_PER_SECOND = 0.2;

/** The pace of one source: when the next call may go, and until when nothing may. Epoch milliseconds. */
export interface Pace {
  readonly next_at: number;
  readonly blocked_until: number;
}

export const UNPACED: Pace = { next_at: 0, blocked_until: 0 };

/** No answer blocks for longer, and no bucket is so far ahead: such a time is from a clock that went back. */
export const LONGEST_BLOCK_MS = 86_400_000;
const LONGEST_QUEUE_MS = 600_000;

/**
 * Takes one call from the bucket (the generic cell rate algorithm, burst of one): `at` is when the call
 * may go. `perSecond` null means unlimited, but a block still holds.
 */
export function takeCall(
  pace: Pace,
  perSecond: number | null,
  now: number,
): { pace: Pace; at: number } {
  const blocked = credible(pace.blocked_until, now, LONGEST_BLOCK_MS);
  const at = Math.max(
    now,
    credible(pace.next_at, Math.max(now, blocked), LONGEST_QUEUE_MS),
    blocked,
  );
  const interval = perSecond === null ? 0 : 1000 / perSecond;
  return { pace: { next_at: at + interval, blocked_until: blocked }, at };
}

/** A call that comes late because others had their turn may go as if it had come in time; up to so late. */
export const LATEST_MS = 1000;

/**
 * When a policy's own budget is paid again after one more call. `nextAt` is when the last one was paid, and
 * `late` for how long others have kept the policy from asking. A call that could not wait makes a debt.
 */
export function payBudget(nextAt: number, perSecond: number, now: number, late: number): number {
  const from = now - Math.min(Math.max(0, late), LATEST_MS);
  return Math.max(credible(nextAt, now, LONGEST_QUEUE_MS), from) + 1000 / perSecond;
}

/** When a policy may ask again. */
export function paidAt(nextAt: number, now: number): number {
  return credible(nextAt, now, LONGEST_QUEUE_MS);
}

function credible(time: number, now: number, most: number): number {
  return time > now + most ? now : time;
}

/** Stops the whole source until a time; an earlier block never shortens a later one. */
export function block(pace: Pace, until: number): Pace {
  return { ...pace, blocked_until: Math.max(pace.blocked_until, until) };
}
