import { parseDuration } from "../values/duration.ts";
import { sha256 } from "../values/hash.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * How much later than its schedule a policy runs, in milliseconds: whole minutes, less than `jitter` (ISO
 * 8601), and always the same for the same id.
 */
export function jitterOffset(id: string, jitter: string | null): number {
  const span = jitter === null ? null : jitterMs(jitter);
  return span === null
    ? 0
    : (Number.parseInt(sha256(id).slice(0, 12), 16) % Math.floor(span / MINUTE)) * MINUTE;
}

/** The length of a jitter in milliseconds; null unless it is whole minutes, from PT1M to P1D. */
export function jitterMs(text: string): number | null {
  const duration = parseDuration(text);
  if (!duration.ok || duration.value.months > 0) {
    return null;
  }
  const span = duration.value.days * DAY + duration.value.ms;
  return span >= MINUTE && span <= DAY && span % MINUTE === 0 ? span : null;
}
