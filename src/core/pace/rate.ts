import { LEAST_PER_SECOND } from "./bucket.ts";

/** What the last 429 taught: the calls a second at which it came, and from when calls may go again. */
export interface Learnt {
  readonly ceiling: number;
  /** How many 429s in a row came at about this rate, after the first. */
  readonly confirmed: number;
  /** Epoch milliseconds; the rate rises from here. */
  readonly at: number;
}

/** Below this share of the ceiling the rate rises fast: so much was taken before. */
const NEAR = 0.95;

/** Up to this share it feels its way; beyond, the ceiling was lower than what the source takes. */
const PAST = 1.05;

/** Parts of the ceiling by which the rate rises in a second below NEAR. */
const FAST = 0.25;

/** The same from NEAR to PAST, by how often the ceiling was confirmed: one 429 may have been a chance. */
const SLOW = [0.05, 0.01, 0.001] as const;

/** A ceiling that is this near to the one before, as a share, confirms it. */
const ALIKE = 0.25;

/** Where no rate is configured nothing says when the old one is reached: what was learnt ends here. */
const FORGET_MS = 600_000;

/** No source asks to wait for longer: a later start is from a clock that went back. */
const LONGEST_WAIT_MS = 86_400_000;

/** Below so many calls, one second tells nothing of a limit. */
const TELLING = 4;

/** From this share of the rate on it was the pace that held calls back, and the count of them is noise. */
const REACHED = 0.7;

/**
 * The calls a second that may go now (additive increase): half the ceiling after a 429, then steadily
 * more, up to what is configured. Null is unlimited.
 */
export function rateAt(
  learnt: Learnt | null,
  configured: number | null,
  now: number,
): number | null {
  if (
    learnt === null ||
    learnt.at > now + LONGEST_WAIT_MS ||
    (configured === null && now - learnt.at > FORGET_MS)
  ) {
    return configured;
  }
  const { ceiling, confirmed } = learnt;
  const slow = SLOW[confirmed] ?? SLOW[2];
  const seconds = Math.max(0, now - learnt.at) / 1000;
  const near = (NEAR - 0.5) / FAST;
  const past = near + (PAST - NEAR) / slow;
  let rate: number;
  if (seconds <= near) {
    rate = ceiling * (0.5 + FAST * seconds);
  } else if (seconds <= past) {
    rate = ceiling * (NEAR + slow * (seconds - near));
  } else {
    rate = ceiling * PAST + (Math.max(ceiling, configured ?? 100) / 20) * (seconds - past);
  }
  const atLeast = Math.max(LEAST_PER_SECOND, rate);
  return configured === null ? atLeast : Math.min(configured, atLeast);
}

/**
 * Halves the rate after a 429 (multiplicative decrease). `used` is what went out in the second before:
 * where connections were the limit, halving a rate that was never reached would change nothing. After
 * hardly any calls a 429 was not of our making, and teaches nothing. `resume` is when calls may go again.
 */
export function slowDown(
  learnt: Learnt | null,
  rate: number | null,
  used: number,
  resume: number,
): Learnt | null {
  const isReached = rate !== null && used >= REACHED * rate;
  const ceiling = isReached ? rate : Math.min(rate ?? Infinity, Math.max(used, TELLING));
  if (used < Math.min(rate ?? Infinity, TELLING)) {
    return learnt;
  }
  const isAlike = learnt !== null && Math.abs(ceiling - learnt.ceiling) <= ALIKE * learnt.ceiling;
  return { ceiling, confirmed: isAlike ? learnt.confirmed + 1 : 0, at: resume };
}

/** Calls that went out: of this second, and of the one before it. */
export interface Flow {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly calls: number;
  readonly before: number;
}

export const STILL: Flow = { from: 0, calls: 0, before: 0 };

/** Counts one call. */
export function countCall(flow: Flow, now: number): Flow {
  const { from, calls, before } = turnOver(flow, now);
  return { from, calls: calls + 1, before };
}

/** How many calls went out in the last second, the older one counted by its share. */
export function callsInLastSecond(flow: Flow, now: number): number {
  const { from, calls, before } = turnOver(flow, now);
  return calls + before * (1 - (now - from) / 1000);
}

function turnOver(flow: Flow, now: number): Flow {
  const seconds = Math.floor((now - flow.from) / 1000);
  if (seconds === 0) {
    return flow;
  }
  return seconds === 1
    ? { from: flow.from + 1000, calls: 0, before: flow.calls }
    : { from: now, calls: 0, before: 0 };
}
