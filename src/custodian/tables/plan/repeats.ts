import { Seen } from "../../../core/count/seen.ts";
import type { SessionRef } from "../../../core/session/session.ts";

/** A row as it is looked at for repetition. */
export interface KeyedRow extends SessionRef {
  readonly seq: number;
}

/**
 * Whether a plan may name a session twice. What it has looked at is in memory alone: after a restart it
 * says that it does not know, and the plan is looked through from its beginning.
 */
export class Repeats {
  #job = 0;
  #at = 0;
  #seen = new Seen(0);

  /**
   * Looks at the rows after `from`, of a plan of `expected` rows at most. True: one of them may have been
   * there before; null: the rows up to `from` are not known here.
   */
  take(job: number, from: number, rows: readonly KeyedRow[], expected: number): boolean | null {
    if (from === 0) {
      this.#job = job;
      this.#seen = new Seen(expected);
    } else if (this.#job !== job || this.#at !== from) {
      return null;
    }
    let repeated = false;
    for (const { scope, id } of rows) {
      repeated = this.#seen.add(`${scope}\n${id}`) || repeated;
    }
    this.#at = rows.at(-1)?.seq ?? from;
    return repeated;
  }

  /** Lets go of what a finished look took in. */
  clear(): void {
    this.#job = 0;
    this.#seen = new Seen(0);
  }
}
