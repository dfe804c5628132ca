/** The lowest pace in calls a second: a read and its removal must fit one slice of 25 s with room to spare. */
export const LEAST_PER_SECOND = 0.2;

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
export function takeCall(
  pace: Pace,
  perSecond: number | null,
  now: number,
): { pace: Pace; at: number } {
  const at = Math.max(now, pace.next_at, pace.blocked_until);
  const interval = perSecond === null ? 0 : 1000 / perSecond;
  return { pace: { ...pace, next_at: at + interval }, at };
}

/** Stops the whole source until a moment; an earlier block never shortens a later one. */
export function block(pace: Pace, until: number): Pace {
  return { ...pace, blocked_until: Math.max(pace.blocked_until, until) };
}

// The three forms of RFC 9110 §5.6.7. The last names no zone, and is UTC like the others.
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * Reads `Retry-After` (seconds or an HTTP date, RFC 9110) as a moment, a fraction of a second rounded up;
 * null when absent or unreadable. Never before now, at most a day from now.
 */
export function readRetryAfter(header: string | null, now: number): number | null {
  const text = header?.trim() ?? "";
  let at: number;
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    at = now + Math.ceil(Number(text) * 1000);
  } else if (HTTP_DATE.test(text)) {
    at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  } else {
    return null;
  }
  return Number.isNaN(at) ? null : Math.min(Math.max(at, now), now + 86_400_000);
}

/** How long to wait before try number `tries` + 1: full jitter below a doubling ceiling, in milliseconds. */
export function backoff(tries: number, random: number, base = 500, most = 60_000): number {
  return Math.round(random * Math.min(most, base * 2 ** Math.min(tries, 20)));
}
