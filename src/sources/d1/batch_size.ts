const LEAST = 100;
const MOST = 5000;

/** A removal should keep the database busy about this long: other clients wait meanwhile. */
const TARGET_MS = 35;

/** How many sessions go in one removal, so that none of its statements takes longer than 50 ms. */
export class BatchSize {
  #current = 1000;

  get current(): number {
    return this.#current;
  }

  /** Learns from one removal: how many sessions it had, and how long its statements took in all. */
  observe(sessions: number, ms: number): void {
    // A short batch says little about a full one, unless it was already too slow.
    if (sessions < this.#current / 2 && ms <= TARGET_MS) {
      return;
    }
    const ideal = (sessions * TARGET_MS) / Math.max(1, ms);
    // Halved at once, raised slowly: a wait that was too long must not come twice.
    const bounded = Math.min(Math.max(ideal, this.#current / 2), this.#current * 1.25);
    this.#current = Math.round(Math.min(Math.max(bounded, LEAST), MOST));
  }

  /** Takes less: the keys of a full batch did not fit into one parameter. */
  shrinkTo(sessions: number): void {
    this.#current = Math.max(1, Math.min(this.#current, sessions));
  }
}
