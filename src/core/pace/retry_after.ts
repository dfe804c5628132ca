import { LONGEST_BLOCK_MS } from "./bucket.ts";

// The three forms of RFC 9110 §5.6.7. The last names no zone, and is UTC like the others.
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * Reads `Retry-After` (seconds or an HTTP date, RFC 9110) as a time, a fraction of a second rounded up;
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
  return Number.isNaN(at) ? null : Math.min(Math.max(at, now), now + LONGEST_BLOCK_MS);
}

/** How long to wait before try number `tries` + 1: full jitter below a doubling ceiling, in milliseconds. */
export function backoff(tries: number, random: number, base = 500, most = 60000): number {
  return Math.round(random * Math.min(most, base * 2 ** Math.min(tries, 20)));
}
