/** How many calls to a source may be under way at once, by how long they take. */
export interface Window {
  readonly width: number;
  /** The least mean time of a call, in milliseconds; null until one was measured. */
  readonly base: number | null;
  /** The mean before the window was made narrower, to see whether that helped. */
  readonly before: number | null;
  /** Epoch milliseconds: what went out earlier tells nothing of this width. */
  readonly since: number;
  readonly calls: number;
  readonly sum: number;
}

/** Calls whose mean is compared: fewer would follow the noise. */
const SAMPLE = 24;

/** A mean above so many times the least, and a little, is a queue. */
const TOLERANCE = 2;
const SLACK_MS = 25;

/** What is left of the width when calls queue, or a fault came. */
const NARROWER = 0.7;

/** A narrower window that leaves more than this of the mean was not the remedy. */
const NO_HELP = 0.9;

/** A window at its full width: a source is narrowed by what it shows, never from the start. */
export function openWindow(most: number): Window {
  return { width: most, base: null, before: null, since: 0, calls: 0, sum: 0 };
}

/**
 * Takes the time of one answer. A mean that stays near the least widens the window by one; a higher one
 * narrows it, unless narrowing has just been seen not to help: then the source is slow by itself.
 */
export function sawAnswer(
  window: Window,
  most: number,
  call: { readonly sent_at: number; readonly ms: number },
  now: number,
): Window {
  if (isEarlier(window, call.sent_at, now)) {
    return window;
  }
  const calls = window.calls + 1;
  const sum = window.sum + call.ms;
  if (calls < SAMPLE) {
    return { ...window, calls, sum };
  }
  const mean = sum / calls;
  const next = { ...window, since: now, calls: 0, sum: 0, before: null };
  const base = Math.min(window.base ?? mean, mean);
  if (window.before !== null && mean > window.before * NO_HELP) {
    return { ...next, base: mean, width: wider(window.width, most) };
  }
  return mean > base * TOLERANCE + SLACK_MS && window.width > 1
    ? { ...next, base, before: mean, width: narrower(window.width) }
    : { ...next, base, width: wider(window.width, most) };
}

/** Takes a fault of the source: the window narrows once for all calls that were under way together. */
export function sawFault(window: Window, sentAt: number, now: number): Window {
  return isEarlier(window, sentAt, now)
    ? window
    : { ...window, width: narrower(window.width), since: now, calls: 0, sum: 0, before: null };
}

/** Whether a call went out under another width; a clock that went back tells nothing. */
function isEarlier({ since }: Window, sentAt: number, now: number): boolean {
  return sentAt < since && since <= now;
}

function wider(width: number, most: number): number {
  return Math.min(most, width + 1);
}

function narrower(width: number): number {
  return Math.max(1, Math.floor(width * NARROWER));
}
