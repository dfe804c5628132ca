import { admit, sawFailure, sawLife, type Admission } from "../../core/pace/breaker.ts";
import { block, LATEST_MS, paidAt, payBudget, takeCall } from "../../core/pace/bucket.ts";
import { readRetryAfter } from "../../core/pace/retry_after.ts";
import { callsInLastSecond, countCall, rateAt, slowDown } from "../../core/pace/rate.ts";
import { openWindow, sawAnswer, sawFault } from "../../core/pace/window.ts";
import type { PaceState, PaceTable } from "../tables/pace.ts";
import type { PaceReading, PaceTotals, StatusClass } from "../../core/pace/totals.ts";

/** How long a source rests after a 429 that names no time: doubled with each in a row, at most a minute. */
const REST_MS = 1000;

/** What a policy may ask of its source: a bucket of its own, beside that of the source. */
export interface Budget {
  /** Whose it is: two that differ never wait for each other. */
  readonly name: string;
  /** Calls a second. */
  readonly per_second: number;
}

/** One call on its way. */
export interface Sent {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Calls in the second before it, itself included. */
  readonly flow: number;
  /** It has its place in a window, whose width follows how long it takes. */
  readonly in_window: boolean;
  /** Its session has failed before. */
  readonly again: boolean;
}

/**
 * The pace of one source for as long as its object lives, shared by everybody who asks it: bucket, budgets,
 * what 429s have taught, window, breaker, totals.
 */
export class SourcePace {
  readonly #table: PaceTable;
  #state: PaceState;
  #totals: PaceTotals;
  #isChanged = false;

  constructor(table: PaceTable) {
    this.#table = table;
    const { state, totals } = table.load();
    this.#state = state;
    this.#totals = totals;
  }

  /** Until when nothing may be asked, epoch milliseconds. */
  get blockedUntil(): number {
    return this.#state.blocked_until;
  }

  /** Time for which it was stopped so far; only ever rises. Milliseconds. */
  get throttledMs(): number {
    return this.#totals.throttled_ms;
  }

  rate(configured: number | null, now: number): number | null {
    return rateAt(this.#state.learnt, configured, now);
  }

  /** How many calls may be under way at once, of so many at most. */
  width(most: number): number {
    return Math.min(most, this.#state.window?.width ?? most);
  }

  /** Whether the source answers, as far as anybody has seen. */
  get isAnswering(): boolean {
    return this.#state.breaker.state === "closed";
  }

  /** How often in a row the breaker has opened. */
  get rests(): number {
    return this.#state.breaker.opened;
  }

  /** Whether the breaker lets a call through; the one that tries a source that rested is noted. */
  admit(now: number): Admission {
    const admission = admit(this.#state.breaker, now);
    if (admission.kind === "go" && admission.breaker !== this.#state.breaker) {
      this.#change({ breaker: admission.breaker });
    }
    return admission;
  }

  /** Records one call, unless it could not go before `limit`: when it may go. */
  book(configured: number | null, now: number, limit: number): number {
    const { pace, at } = takeCall(this.#state, this.rate(configured, now), now);
    if (at < limit) {
      this.#change(pace);
    }
    return at;
  }

  /** When a policy's own budget lets its next call go, whatever the source says. */
  paidAt({ name }: Budget, now: number): number {
    return paidAt(this.#state.budgets[name] ?? 0, now);
  }

  /** Takes one call from a policy's own budget. `late`: for how long others have kept it from asking. */
  pay({ name, per_second: perSecond }: Budget, now: number, late: number): void {
    const { budgets } = this.#state;
    const unpaid = Object.entries(budgets).filter(([, at]) => at > now - LATEST_MS);
    const nextAt = payBudget(budgets[name] ?? 0, perSecond, now, late);
    this.#change({ budgets: { ...Object.fromEntries(unpaid), [name]: nextAt } });
  }

  /** Notes that a call goes out now. */
  send(now: number, how: { readonly in_window: boolean; readonly again: boolean }): Sent {
    const flow = countCall(this.#state.flow, now);
    this.#change({ flow });
    return { ...how, at: now, flow: callsInLastSecond(flow, now) };
  }

  /** Takes the head of an answer: a 429, or a 503 that names a time, stops everything until then. */
  sawHead(sent: Sent, response: Response, configured: number | null, now: number): void {
    this.#count(classOf(response.status));
    const named = readRetryAfter(response.headers.get("retry-after"), now);
    if (response.status === 429) {
      this.#limit(sent, named, configured, now);
    } else if (response.status === 503 && named !== null) {
      this.#block(named, now);
    } else if (response.ok && this.#state.limited > 0) {
      this.#change({ limited: 0 });
    }
  }

  /** No answer came at all. */
  sawNothing(): void {
    this.#count("none");
  }

  /** Takes the end of an exchange: whether the source lives, and how long a place in the window was taken. */
  sawEnd(sent: Sent, failed: boolean, most: number, now: number): void {
    const { breaker, window } = this.#state;
    const next = failed
      ? sawFailure(breaker, { sent_at: sent.at, again: sent.again }, now)
      : sawLife(breaker);
    if (next !== breaker) {
      this.#change({ breaker: next });
    }
    if (sent.in_window && !(failed && sent.again)) {
      const open = window ?? openWindow(most);
      this.#change({
        window: failed
          ? sawFault(open, sent.at, now)
          : sawAnswer(open, most, { sent_at: sent.at, ms: now - sent.at }, now),
      });
    }
  }

  reading(configured: number | null, now: number): PaceReading {
    const { breaker, window } = this.#state;
    return {
      ...this.#totals,
      breaker: breaker.state,
      rate: this.rate(configured, now),
      window: window?.width ?? null,
    };
  }

  /** Stores what has changed; synchronous. */
  save(): void {
    if (this.#isChanged) {
      this.#table.save(this.#state, this.#totals);
      this.#isChanged = false;
    }
  }

  #limit(sent: Sent, named: number | null, configured: number | null, now: number): void {
    const { blocked_until: blocked, learnt } = this.#state;
    // Nothing goes out during a rest: what went before it was limited together, and that is one lesson.
    const isNew = sent.at >= blocked || blocked > now + 86_400_000;
    const limited = this.#state.limited + (isNew ? 1 : 0);
    const rest = REST_MS * Math.min(2 ** (limited - 1), 60);
    // "Retry-After: 0" is no pause, and without one the calls of a slice would be gone at once.
    const until = named === null ? now + rest : Math.max(named, now + REST_MS);
    if (isNew || named !== null) {
      this.#block(until, now);
    }
    if (isNew) {
      const rate = this.rate(configured, now);
      this.#change({ limited, learnt: slowDown(learnt, rate, sent.flow, this.blockedUntil) });
    }
    this.save();
  }

  #block(until: number, now: number): void {
    const from = Math.max(now, Math.min(this.#state.blocked_until, until));
    this.#totals = { ...this.#totals, throttled_ms: this.#totals.throttled_ms + until - from };
    this.#change(block(this.#state, until));
    this.save();
  }

  #count(status: StatusClass): void {
    const { calls_by_status: calls } = this.#totals;
    this.#totals = { ...this.#totals, calls_by_status: { ...calls, [status]: calls[status] + 1 } };
    this.#isChanged = true;
  }

  #change(change: Partial<PaceState>): void {
    this.#state = { ...this.#state, ...change };
    this.#isChanged = true;
  }
}

function classOf(status: number): StatusClass {
  if (status === 404 || status === 429) {
    return `${status}`;
  }
  return status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
}
