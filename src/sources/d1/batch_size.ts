const LEAST = 100;
const MOST = 5000;

/** The database serves nobody else during a removal: none of them should take longer than this. */
const LONGEST_MS = 50;
/** Below this there is room for more. */
const SHORT_MS = 25;
const AIM_MS = 35;

/** How many sessions go in one removal, so that none of its statements takes longer than 50 ms. */
export class BatchSize {
  #current = 1000;

  get current(): number {
    return this.#current;
  }

  /** Learns from one removal: how many sessions it had, and how long its slowest statement took. */
  observe(sessions: number, ms: number): void {
    const aim = (sessions * AIM_MS) / Math.max(1, ms);
    if (ms > LONGEST_MS) {
      // One slow answer may be somebody else's work: never less than half at once.
      this.#set(Math.max(aim, this.#current / 2));
    } else if (ms < SHORT_MS && sessions >= this.#current / 2) {
      this.#set(Math.min(aim, this.#current * 1.5));
    }
  }

  /** Takes less: the keys of a full batch did not fit into one parameter. */
  shrinkTo(sessions: number): void {
    this.#current = Math.max(1, Math.min(this.#current, sessions));
  }

  #set(size: number): void {
    this.#current = Math.round(Math.min(Math.max(size, LEAST), MOST));
  }
}
