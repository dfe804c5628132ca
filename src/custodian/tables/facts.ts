import type { TurnClock } from "../../core/pace/turns.ts";
import { FactTable } from "../../platform/fact_table.ts";

/** How many sessions a source held at a time; `at_least`: the counting stopped there. */
export interface Held {
  readonly count: number;
  readonly at: number;
  readonly at_least?: true;
  /** Since when, and when last, it has been seen to hold none; absent: it has not. */
  readonly empty_at?: number;
  readonly empty_seen_at?: number;
}

/** What is kept under which name. */
interface Known {
  /** The name of the source: an alarm may not be told it. */
  readonly source: string;
  /** How many sessions the source held when it was last looked at, less those removed here since. */
  readonly held: Held;
  /** How far service among the jobs has come. */
  readonly turns: TurnClock;
}

/** Single facts that a Custodian must not forget. */
export class Facts extends FactTable<Known> {
  setHeld(count: number, at: number, atLeast = false): void {
    this.put("held", { count, at, ...(atLeast ? { at_least: true } : {}) });
  }

  /** A source that held some has been seen to hold none, without a break since a time. */
  seeEmpty(since: number, at: number): void {
    this.sql.exec(
      `UPDATE facts SET value = json_set(value, '$.empty_at', ?, '$.empty_seen_at', ?)
       WHERE name = 'held'`,
      since,
      at,
    );
  }

  /** So many sessions were removed here. */
  heldLess(removed: number): void {
    this.sql.exec(
      `UPDATE facts SET value = json_set(value, '$.count', max(0, (value ->> 'count') - ?))
       WHERE name = 'held'`,
      removed,
    );
  }

  /** The number of the next piece of news; it only rises, by the clock, so that a restore gives none again. */
  nextNews(now: number): number {
    return this.number(
      `INSERT INTO facts (name, value) VALUES ('news', ?1)
       ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER) + 1, ?1)
       RETURNING CAST(value AS INTEGER) AS n`,
      now,
    );
  }
}
