import { CLOSED, type Breaker } from "../../core/pace/breaker.ts";
import { UNPACED, type Pace } from "../../core/pace/bucket.ts";
import { STILL, type Flow, type Learnt } from "../../core/pace/rate.ts";
import { type PaceTotals, NO_TOTALS } from "../../core/pace/totals.ts";
import type { Window } from "../../core/pace/window.ts";
import { Table } from "../../platform/table.ts";

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
export class PaceTable extends Table {
  load(): { readonly state: PaceState; readonly totals: PaceTotals } {
    const [row] = this.rows<{ state: string; totals: string }>("SELECT state, totals FROM pace");
    return row === undefined
      ? { state: NEW_PACE, totals: NO_TOTALS }
      : {
          state: JSON.parse(row.state) as PaceState,
          totals: JSON.parse(row.totals) as PaceTotals,
        };
  }

  save(state: PaceState, totals: PaceTotals): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO pace (one, state, totals) VALUES (1, ?, ?)",
      JSON.stringify(state),
      JSON.stringify(totals),
    );
  }
}
