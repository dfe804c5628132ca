import { CLOSED, type Breaker } from "../core/breaker.ts";
import { UNPACED, type Pace } from "../core/pacing.ts";
import { STILL, type Flow, type Learnt } from "../core/rate.ts";
import type { Window } from "../core/window.ts";

/** Everything that is known of the pace of a source. */
export interface PaceState extends Pace {
  /** 429s in a row, without a time of their own. */
  readonly limited: number;
  readonly learnt: Learnt | null;
  readonly flow: Flow;
  readonly breaker: Breaker;
  /** Null until a window was open. */
  readonly window: Window | null;
  /** When the budget of each policy is paid again; those that are have no entry. Epoch milliseconds. */
  readonly budgets: Readonly<Record<string, number>>;
}

export const NEW_PACE: PaceState = {
  ...UNPACED,
  limited: 0,
  learnt: null,
  flow: STILL,
  breaker: CLOSED,
  window: null,
  budgets: {},
};

/** How an answer is counted; `none` is no answer. 404 and 429 are counted apart from the other 4xx. */
export const STATUS_CLASSES = ["2xx", "3xx", "4xx", "404", "429", "5xx", "none"] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** What was asked of a source since it is known; only ever rises. */
export interface PaceTotals {
  readonly calls_by_status: Readonly<Record<StatusClass, number>>;
  /** Time for which 429s, and 503s that name one, have stopped the source. */
  readonly throttled_ms: number;
}

export const NO_TOTALS: PaceTotals = {
  calls_by_status: { "2xx": 0, "3xx": 0, "4xx": 0, "404": 0, "429": 0, "5xx": 0, none: 0 },
  throttled_ms: 0,
};

/** The pace of the source, and what it was asked, across restarts. */
export class PaceTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  load(): { readonly state: PaceState; readonly totals: PaceTotals } {
    const [pace] = this.#sql
      .exec<{ next_at: number; blocked_until: number }>("SELECT next_at, blocked_until FROM pace")
      .toArray();
    const [row] = this.#sql
      .exec<{ learnt: string; totals: string }>("SELECT learnt, totals FROM totals")
      .toArray();
    if (row === undefined) {
      return { state: { ...NEW_PACE, ...pace }, totals: NO_TOTALS };
    }
    const learnt = JSON.parse(row.learnt) as Partial<PaceState>;
    return {
      state: {
        ...NEW_PACE,
        ...learnt,
        // What an earlier version did not know is left as it begins.
        breaker: { ...CLOSED, ...learnt.breaker },
        ...pace,
      },
      totals: JSON.parse(row.totals) as PaceTotals,
    };
  }

  save({ next_at, blocked_until, ...learnt }: PaceState, totals: PaceTotals): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO pace (one, next_at, blocked_until) VALUES (1, ?, ?)",
      next_at,
      blocked_until,
    );
    this.#sql.exec(
      "INSERT OR REPLACE INTO totals (one, learnt, totals) VALUES (1, ?, ?)",
      JSON.stringify(learnt),
      JSON.stringify(totals),
    );
  }
}
