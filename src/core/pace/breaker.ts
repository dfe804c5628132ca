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
  /** The last ten calls as bits, the newest last: one is a failure. */
  readonly recent: number;
  /** Calls that failed since the last answer, and when the first of them did, epoch milliseconds. */
  readonly unanswered: number;
  readonly silent_since: number;
}

export const CLOSED: Breaker = {
  state: "closed",
  faults: 0,
  opened: 0,
  until: 0,
  failed_at: 0,
  recent: 0,
  unanswered: 0,
  silent_since: 0,
};

/** Rounds of faults in a row that open it. */
export const OPENS_AT = 5;

/** So many failures of the last ten calls open it, whoever failed before. */
export const SHARE_OPENS_AT = 9;
const LAST_TEN = 0b11_1111_1111;

/** So long without any answer opens it, once so many calls have failed: one may hang by itself. */
export const SILENCE_MS = 2000;
const SILENT_CALLS = 3;

/** The first rest, doubled with each in a row, and the longest. Milliseconds. */
const REST_MS = 2000;
export const LONGEST_REST_MS = 60_000;

/** How long one probe may take before another is let through. */
const PROBE_MS = 5000;

/** Whether a call may go: yes, yes as the probe, or not before a time. */
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
  if (breaker.state === "open") {
    return breaker;
  }
  const recent = breaker.state === "closed" ? (breaker.recent << 1) & LAST_TEN : 0;
  return recent === 0 ? CLOSED : { ...CLOSED, recent };
}

/**
 * The source did not answer, or failed. `again` marks a session that failed before: that may be the session's
 * own fault, and makes no round; but a source of which hardly any call is answered is away, whoever asked.
 */
export function sawFailure(
  breaker: Breaker,
  call: { readonly sent_at: number; readonly again: boolean },
  now: number,
): Breaker {
  const isOfEarlierRound = call.sent_at < breaker.failed_at && breaker.failed_at <= now;
  if (breaker.state === "open" || (breaker.state === "half_open" && isOfEarlierRound)) {
    return breaker;
  }
  if (breaker.state === "half_open") {
    return open(breaker, now);
  }
  const isRound = !isOfEarlierRound && !call.again;
  const failed: Breaker = {
    ...breaker,
    faults: breaker.faults + (isRound ? 1 : 0),
    failed_at: isRound ? now : breaker.failed_at,
    recent: ((breaker.recent << 1) | 1) & LAST_TEN,
    unanswered: breaker.unanswered + 1,
    // A clock that went back begins the silence anew.
    silent_since: breaker.unanswered === 0 ? now : Math.min(breaker.silent_since, now),
  };
  return isAway(failed, now) ? open(failed, now) : failed;
}

function isAway(
  { faults, recent, unanswered, silent_since: since }: Breaker,
  now: number,
): boolean {
  return (
    faults >= OPENS_AT ||
    countBits(recent) >= SHARE_OPENS_AT ||
    (unanswered >= SILENT_CALLS && now - since >= SILENCE_MS)
  );
}

function countBits(bits: number): number {
  return bits === 0 ? 0 : (bits & 1) + countBits(bits >> 1);
}

function open(breaker: Breaker, now: number): Breaker {
  const rest = Math.min(LONGEST_REST_MS, REST_MS * 2 ** Math.min(breaker.opened, 10));
  return {
    ...breaker,
    state: "open",
    opened: breaker.opened + 1,
    until: now + rest,
    failed_at: now,
  };
}
