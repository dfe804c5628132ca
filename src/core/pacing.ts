/** The pace of one source: when the next call may go, and until when nothing may. Epoch milliseconds. */
export interface Pace {
  readonly next_at: number;
  readonly blocked_until: number;
}

export const UNPACED: Pace = { next_at: 0, blocked_until: 0 };

/**
 * Takes one call from the bucket (the generic cell rate algorithm, burst of one): `at` is when the call
 * may go. `perSecond` null means unlimited, but a block still holds.
 */
export function takeCall(pace: Pace, perSecond: number | null, now: number): { pace: Pace; at: number } {
  const at = Math.max(now, pace.next_at, pace.blocked_until);
  const interval = perSecond === null ? 0 : 1000 / perSecond;
  return { pace: { ...pace, next_at: at + interval }, at };
}

/** Stops the whole source until a moment; an earlier block never shortens a later one. */
export function block(pace: Pace, until: number): Pace {
  return { ...pace, blocked_until: Math.max(pace.blocked_until, until) };
}

/** Reads `Retry-After` (seconds or an HTTP date) as a moment; null when absent or unreadable. At most a day. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) {
    return null;
  }
  const at = /^\d{1,9}$/.test(header.trim()) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(at) ? null : Math.min(Math.max(at, now), now + 86_400_000);
}

/** How long to wait before try number `tries` + 1: full jitter below a doubling ceiling, in milliseconds. */
export function backoff(tries: number, random: number, base = 500, most = 60_000): number {
  return Math.round(random * Math.min(most, base * 2 ** Math.min(tries, 20)));
}
