import type { Runtime } from "../../platform/runtime.ts";

/** Time enough for a request that waits to be read and answered. */
const PAUSE_MS = 1;

/** Nobody waits longer for a pause, as far as the clock tells. Milliseconds. */
const LONGEST_MS = 30;

/** On the platform the clock stands still between two calls: then a pause comes after so many steps. */
const MOST_STEPS = 8;

/**
 * Lets others in between steps. Without a pause these would hold up every other request: on one machine even
 * those that a store in the same process answers. A pause after each would cost more than the short ones do.
 */
export class Breath {
  readonly #runtime: Runtime;
  #steps = 0;
  #since: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#since = runtime.now();
  }

  /** To be awaited after each step. */
  async afterStep(): Promise<void> {
    this.#steps += 1;
    if (this.#steps < MOST_STEPS && Math.abs(this.#runtime.now() - this.#since) < LONGEST_MS) {
      return;
    }
    await this.#runtime.sleep(PAUSE_MS);
    this.#steps = 0;
    this.#since = this.#runtime.now();
  }
}
