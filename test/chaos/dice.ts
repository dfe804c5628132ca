import { mix } from "../fakes/random.ts";

/** Chance that is the same in every run of a seed. */
export class Dice {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#state = mix(seed + 1);
  }

  /** Chance beside this one: whatever is drawn of it, a seed that was kept goes its way. */
  beside(): Dice {
    return new Dice(this.#seed + 1_000_003);
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state) / 2 ** 32;
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)];
    if (one === undefined) {
      throw new Error("nothing to pick from");
    }
    return one;
  }
}
