/** Whether a source is asked at all. Open: not before `until`; half open: one call tries it. */
export interface Breaker {
  readonly state: "closed" | "open" | "half_open";
  /** Rounds of faults in a row: calls under way together are one. */
  readonly faults: number;
  /** How often in a row it has opened. */
  readonly opened: number;
  /** Epoch milliseconds: the end of a rest, or when a lost probe is given up. */
  readonly until: number;
  /** Epoch milliseconds of the last fault that counted. */
  readonly failed_at: number;
}

export const CLOSED: Breaker = { state: "closed", faults: 0, opened: 0, until: 0, failed_at: 0 };

/** Rounds of faults in a row that open it. */
export const OPENS_AT = 5;

/** The first rest, doubled with each in a row, and the longest. Milliseconds. */
const REST_MS = 2000;
export const LONGEST_REST_MS = 60_000;

/** How long one probe may take before another is let through. */
const PROBE_MS = 5000;

/** Whether a call may go: yes, yes as the probe, or not before a moment. */
export type Admission =
  | { readonly kind: "go"; readonly breaker: Breaker }
  | { readonly kind: "rest"; readonly until: number };

/** Lets a call through, or not. A rest that no breaker can have asked for (a clock went back) is over. */
export function admit(breaker: Breaker, now: number): Admission {
  if (breaker.state === "closed") {
    return { kind: "go", breaker };
  }
  if (now < breaker.until && breaker.until <= now + LONGEST_REST_MS) {
    return { kind: "rest", until: breaker.until };
  }
  return { kind: "go", breaker: { ...breaker, state: "half_open", until: now + PROBE_MS } };
}

/** The source answered, whatever it said. A late answer to a call from before the rest does not end it. */
export function sawLife(breaker: Breaker): Breaker {
  return breaker.state === "open" ? breaker : CLOSED;
}

/**
 * The source did not answer, or failed. `again` marks a session that failed before: while the breaker is
 * closed that is the session's fault, and does not count.
 */
export function sawFailure(
  breaker: Breaker,
  call: { readonly sent_at: number; readonly again: boolean },
  now: number,
): Breaker {
  const isOfEarlierRound = call.sent_at < breaker.failed_at && breaker.failed_at <= now;
  if (breaker.state === "open" || isOfEarlierRound) {
    return breaker;
  }
  if (breaker.state === "half_open") {
    return open(breaker, now);
  }
  if (call.again) {
    return breaker;
  }
  const faults = breaker.faults + 1;
  const failed = { ...breaker, faults, failed_at: now };
  return faults < OPENS_AT ? failed : open(failed, now);
}

function open(breaker: Breaker, now: number): Breaker {
  const rest = Math.min(LONGEST_REST_MS, REST_MS * 2 ** Math.min(breaker.opened, 10));
  return {
    state: "open",
    faults: breaker.faults,
    opened: breaker.opened + 1,
    until: now + rest,
    failed_at: now,
  };
}
