import { addTo, UNBOUND, type Bound, type BoundBy } from "../../core/pace/bound.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { Runtime } from "../../platform/runtime.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Turn } from "../../sources/source.ts";
import type { Share } from "./read_lane.ts";
import type { Budget, Sent, SourcePace } from "./source_pace.ts";
import type { PaceReading } from "../../core/pace/totals.ts";

export interface MeterLimits {
  /** Calls a second; null is unlimited. */
  readonly per_second: number | null;
  /** Calls and D1 queries in this slice. */
  readonly calls: number;
  /** Calls under way at once, at most. */
  readonly width: number;
  /** Epoch milliseconds: no call starts after it. */
  readonly until: number;
  /** What keeps its calls to a share of the source; none: they have all of it. */
  readonly share?: Share;
}

/** Rests in a row, half a minute in all, in which a source that does not answer costs no job an attempt. */
const PATIENT_RESTS = 4;

/** What kind of call a turn is for. */
export interface Purpose {
  /** It has its place in a window of calls side by side. */
  readonly in_window?: boolean;
  /** Its session has failed before, so that another failure says little of the source. */
  readonly again?: boolean;
  /** It belongs to a call before it, which has waited for the budget: the two must not lie apart. */
  readonly follows?: boolean;
}

/** How a source is reached: by these calls, and by one that tells only whether it answers. */
export interface Line {
  readonly fetch: typeof fetch;
  readonly ping: (turn: Turn) => Promise<unknown>;
}

/** Counts and paces everything a source is asked in one slice, under the pace that its object keeps. */
export class Meter {
  readonly #runtime: Runtime;
  readonly #pace: SourcePace;
  readonly #limits: MeterLimits;
  readonly #line: Line;
  /** The question whether a source that has rested answers, while it is under way. */
  #pinging: Promise<unknown> | null = null;
  #calls = 0;
  #pings = 0;
  #waitedMs = 0;
  #isClosed = false;
  #waited: Bound = UNBOUND;
  #late = 0;

  constructor(runtime: Runtime, pace: SourcePace, limits: MeterLimits, line: Line) {
    this.#runtime = runtime;
    this.#pace = pace;
    this.#limits = limits;
    this.#line = line;
  }

  get calls(): number {
    return this.#calls;
  }

  /** The same, without the first questions whether a source that rested answers: they are no job's attempt. */
  get attempts(): number {
    return this.#calls - this.#pings;
  }

  /** Milliseconds that calls waited for the pace, side by side. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Where the source stands now. */
  reading(): PaceReading {
    return this.#pace.reading(this.#limits.per_second, this.#runtime.now());
  }

  /** Whether this slice may ask nothing more. */
  isSpent(): boolean {
    const { calls, until } = this.#limits;
    return this.#isClosed || this.#calls >= calls || this.#runtime.now() >= until;
  }

  /** Whether the source has asked for a rest since a time, or until after it. */
  hasRestedSince(time: number): boolean {
    return this.#pace.blockedUntil > time;
  }

  /** Whether the source answers: a failure while it does not is nobody's own. */
  isAnswering(): boolean {
    return this.#pace.isAnswering;
  }

  /** Time for which the source was stopped so far, by 429s and the like; only ever rises. Milliseconds. */
  get throttledMs(): number {
    return this.#pace.throttledMs;
  }

  /** Whether something may still be asked at a time. */
  isOpenAt(time: number): boolean {
    return time < this.#limits.until;
  }

  /** Begins the step of a job that others have kept from its budget for so many milliseconds. */
  beginStep(late: number): void {
    this.#late = late;
  }

  /** How many tasks of two calls each may be under way: those that the pace keeps going without a wait. */
  width(): number {
    const rate = this.#pace.rate(this.#limits.per_second, this.#runtime.now());
    const width = this.#pace.width(this.#limits.width);
    return rate === null ? width : Math.max(1, Math.min(width, Math.floor(rate)));
  }

  /**
   * Waits for the right to make one call. The turn's first `fetch` then goes out without another wait,
   * so that an intent can be written in the same turn as the call. Nobody waits here for a budget of a policy:
   * while that is not paid the job is refused, and others have its place.
   */
  async reserve(budget: Budget | null = null, purpose: Purpose = {}): Promise<Result<Turn, Fault>> {
    const granted = await this.#take(budget, purpose.follows === true ? "follows" : "first");
    return granted.ok ? ok(this.#turn(budget, purpose)) : granted;
  }

  /** Asks the source in a turn of its own: one that is not to be had is a fault like any other. */
  async ask<T>(
    call: (turn: Turn) => Promise<Result<T, Fault>>,
    purpose: Purpose = {},
    budget: Budget | null = null,
  ): Promise<Result<T, Fault>> {
    const turn = await this.reserve(budget, purpose);
    return turn.ok ? call(turn.value) : turn;
  }

  /** What the calls since the last asking waited for, side by side. */
  drainWaits(): Bound {
    const waited = this.#waited;
    this.#waited = UNBOUND;
    return waited;
  }

  save(): void {
    this.#pace.save();
  }

  /**
   * Waits until one call may go. A source that has rested is asked first whether it answers, by a call that is
   * about no session: one that always fails would keep it at rest for ever.
   */
  async #take(
    budget: Budget | null,
    kind: "first" | "follows" | "ping" = "first",
  ): Promise<Result<void, Fault>> {
    const isPing = kind === "ping";
    const { per_second: own, until } = this.#limits;
    let isPaid = budget === null;
    let isShared = isPing;
    for (;;) {
      if (!isPing && this.#pinging !== null) {
        await this.#pinging;
        continue;
      }
      const now = this.#runtime.now();
      if (this.isSpent()) {
        return exhausted(now, "this slice has used its calls or its time");
      }
      if (budget !== null && !isPaid && kind === "first") {
        const paidAt = this.#pace.paidAt(budget, now);
        if (paidAt > now) {
          this.#waited = addTo(this.#waited, "budget", paidAt - now);
          return exhausted(paidAt, "the policy's budget lets nothing more go until then", "budget");
        }
      }
      const shareAt = isShared ? now : this.#limits.share?.next(this.#pace.rate(own, now), now);
      if (shareAt !== undefined && shareAt > now) {
        if (shareAt >= until) {
          return exhausted(shareAt, "its share of the source lets nothing more go until then");
        }
        await this.#runtime.sleep(shareAt - now);
        continue;
      }
      if (!isPing && !this.#pace.isAnswering) {
        const admission = this.#pace.admit(now);
        if (admission.kind === "rest") {
          return exhausted(admission.until, "the source rests after faults in a row", "faults");
        }
        await this.#ping();
        continue;
      }
      const at = this.#pace.book(own, now, until);
      if (at >= until) {
        return exhausted(at, "the source rests until later than this slice", "rate");
      }
      if (budget !== null && !isPaid) {
        this.#pace.pay(budget, now, this.#late);
        isPaid = true;
      }
      isShared = true;
      this.#calls += 1;
      if (at > now) {
        await this.#runtime.sleep(at - now);
        const waited = this.#runtime.now() - now;
        this.#waited = addTo(this.#waited, "rate", waited);
        this.#waitedMs += waited;
      }
      const isAllowed = isPing || this.#pace.isAnswering;
      if (isAllowed && this.#pace.blockedUntil <= this.#runtime.now()) {
        this.#limits.share?.granted(this.#runtime.now());
        return ok(undefined);
      }
      this.#calls -= 1;
    }
  }

  async #ping(): Promise<void> {
    const ping = async (): Promise<void> => {
      const granted = await this.#take(null, "ping");
      if (granted.ok) {
        this.#pings += this.#pace.rests <= PATIENT_RESTS ? 1 : 0;
        await this.#line.ping(this.#turn(null, {}));
      }
    };
    this.#pinging = ping();
    try {
      await this.#pinging;
    } finally {
      this.#pinging = null;
    }
  }

  #turn(budget: Budget | null, { in_window = false, again = false }: Purpose): Turn {
    let granted = true;
    let under: Sent | null = null;
    return {
      fetch: async (url, init) => {
        if (!granted) {
          const more = await this.#take(budget, "follows");
          if (!more.ok) {
            return more;
          }
        }
        granted = false;
        under = this.#pace.send(this.#runtime.now(), { in_window, again });
        return this.#send(under, url, init);
      },
      spend: (queries) => {
        const calls = this.#calls + queries - (granted ? 1 : 0);
        if (calls > this.#limits.calls) {
          // What is left is too little for this: the rest of the slice is not worth having.
          this.#isClosed = true;
          return exhausted(this.#runtime.now(), "this slice has too few queries left");
        }
        granted = false;
        this.#calls = calls;
        under = this.#pace.send(this.#runtime.now(), { in_window, again });
        return ok(undefined);
      },
      ended: (failed) => {
        if (under !== null) {
          const now = this.#runtime.now();
          this.#waited = addTo(this.#waited, "connections", now - under.at);
          this.#pace.sawEnd(under, failed, this.#limits.width, now);
          under = null;
        }
      },
    };
  }

  async #send(sent: Sent, url: string, init: RequestInit): Promise<Result<Response, Fault>> {
    try {
      const response = await this.#line.fetch(url, init);
      this.#pace.sawHead(sent, response, this.#limits.per_second, this.#runtime.now());
      return ok(response);
    } catch (cause) {
      this.#pace.sawNothing();
      const timedOut =
        cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError");
      return err({
        kind: "unavailable",
        detail: timedOut ? "no answer in time" : "the connection failed",
      });
    }
  }
}

function exhausted(until: number, detail: string, by?: BoundBy): Result<never, Fault> {
  return err({ kind: "exhausted", until, detail, ...(by === undefined ? {} : { by }) });
}
