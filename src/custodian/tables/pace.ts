import { CLOSED, type Breaker } from "../../core/pace/breaker.ts";
import { UNPACED, type Pace } from "../../core/pace/bucket.ts";
import { STILL, type Flow, type Learnt } from "../../core/pace/rate.ts";
import { type PaceTotals, NO_TOTALS } from "../../core/pace/totals.ts";
import type { Window } from "../../core/pace/window.ts";

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
    const learnt = JSON.parse(row.learnt) as Omit<PaceState, "next_at" | "blocked_until">;
    return {
      state: { ...NEW_PACE, ...learnt, ...pace },
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
