import { block, readRetryAfter, takeCall, UNPACED, type Pace } from "../core/pacing.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Runtime } from "../runtime.ts";
import type { Fault } from "../sources/fault.ts";
import type { Turn } from "../sources/source.ts";

/** How long a source rests after a 429 that names no time: doubled with each in a row, at most a minute. */
const REST_MS = 1000;

/** The pace of the source across restarts. */
export class PaceTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  load(): Pace {
    const [row] = this.#sql
      .exec<{ next_at: number; blocked_until: number }>("SELECT next_at, blocked_until FROM pace")
      .toArray();
    return row ?? UNPACED;
  }

  save({ next_at, blocked_until }: Pace): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO pace (one, next_at, blocked_until) VALUES (1, ?, ?)",
      next_at,
      blocked_until,
    );
  }
}

export interface MeterLimits {
  /** Calls a second; null is unlimited. */
  readonly per_second: number | null;
  /** Calls and D1 queries in this slice. */
  readonly calls: number;
  /** Epoch milliseconds: no call starts after it. */
  readonly until: number;
}

/**
 * Counts and paces everything a source is asked in one slice: one bucket for all calls, and a 429 or
 * `Retry-After` stops them all until its time.
 */
export class Meter {
  readonly #runtime: Runtime;
  readonly #table: PaceTable;
  readonly #limits: MeterLimits;
  readonly #fetch: typeof fetch;
  #pace: Pace;
  #calls = 0;
  #limited = 0;
  #isClosed = false;

  constructor(runtime: Runtime, table: PaceTable, limits: MeterLimits, fetcher: typeof fetch) {
    this.#runtime = runtime;
    this.#table = table;
    this.#limits = limits;
    this.#fetch = fetcher;
    this.#pace = table.load();
  }

  get calls(): number {
    return this.#calls;
  }

  /** Whether this slice may ask nothing more. */
  isSpent(): boolean {
    const { calls, until } = this.#limits;
    return this.#isClosed || this.#calls >= calls || this.#runtime.now() >= until;
  }

  /** Whether the source has asked for a rest since a moment, or until after it. */
  hasRestedSince(moment: number): boolean {
    return this.#pace.blocked_until > moment;
  }

  /** How many of `width` tasks of two calls each the pace can keep going without making them wait. */
  windowFor(width: number, perSecond: number | null): number {
    const rate = this.slowTo(perSecond);
    return rate === null ? width : Math.max(1, Math.min(width, Math.floor(rate)));
  }

  /** A budget of a policy can only lower the pace of the source. */
  slowTo(perSecond: number | null): number | null {
    const own = this.#limits.per_second;
    return perSecond === null ? own : own === null ? perSecond : Math.min(own, perSecond);
  }

  /**
   * Waits for the right to make one call. The turn's first `fetch` then goes out without another wait,
   * so that an intent can be written in the same turn as the call.
   */
  async reserve(perSecond: number | null = null): Promise<Result<Turn, Fault>> {
    const granted = await this.#take(perSecond);
    return granted.ok ? ok(this.#turn(perSecond)) : granted;
  }

  save(): void {
    this.#table.save(this.#pace);
  }

  async #take(perSecond: number | null): Promise<Result<void, Fault>> {
    for (;;) {
      const now = this.#runtime.now();
      if (this.isSpent()) {
        return err({
          kind: "exhausted",
          until: now,
          detail: "this slice has used its calls or its time",
        });
      }
      const { pace, at } = takeCall(this.#pace, this.slowTo(perSecond), now);
      if (at >= this.#limits.until) {
        return err({
          kind: "exhausted",
          until: at,
          detail: "the source rests until later than this slice",
        });
      }
      this.#pace = pace;
      this.#calls += 1;
      if (at > now) {
        await this.#runtime.sleep(at - now);
      }
      if (this.#pace.blocked_until <= this.#runtime.now()) {
        return ok(undefined);
      }
      this.#calls -= 1;
    }
  }

  #turn(perSecond: number | null): Turn {
    let granted = true;
    return {
      fetch: async (url, init) => {
        if (!granted) {
          const again = await this.#take(perSecond);
          if (!again.ok) {
            return again;
          }
        }
        granted = false;
        const response = await this.#send(url, init);
        if (response.ok) {
          this.#observe(response.value);
        }
        return response;
      },
      spend: (queries) => {
        const calls = this.#calls + queries - (granted ? 1 : 0);
        if (calls > this.#limits.calls) {
          // What is left is too little for this: the rest of the slice is not worth having.
          this.#isClosed = true;
          const detail = "this slice has too few queries left";
          return err({ kind: "exhausted", until: this.#runtime.now(), detail });
        }
        granted = false;
        this.#calls = calls;
        return ok(undefined);
      },
    };
  }

  async #send(url: string, init: RequestInit): Promise<Result<Response, Fault>> {
    try {
      return ok(await this.#fetch(url, init));
    } catch (cause) {
      const timedOut =
        cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError");
      return err({
        kind: "unavailable",
        detail: timedOut ? "no answer in time" : "the connection failed",
      });
    }
  }

  #observe(response: Response): void {
    const now = this.#runtime.now();
    const named = readRetryAfter(response.headers.get("retry-after"), now);
    if (response.status === 429) {
      this.#limited += 1;
      const rest = Math.min(REST_MS * 2 ** (this.#limited - 1), 60_000);
      // "Retry-After: 0" is no pause, and without one the calls of a slice would be gone at once.
      this.#pace = block(this.#pace, named === null ? now + rest : Math.max(named, now + REST_MS));
      this.save();
    } else if (response.status === 503 && named !== null) {
      this.#pace = block(this.#pace, named);
      this.save();
    } else if (response.ok) {
      this.#limited = 0;
    }
  }
}
