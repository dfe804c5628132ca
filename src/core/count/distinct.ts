import { scatter } from "./seen.ts";

/** 2^12 places: 4 KB, and a standard error of 1.6 %. */
const PLACE_BITS = 12;
const PLACES = 2 ** PLACE_BITS;
const ALPHA = 0.7213 / (1 + 1.079 / PLACES);

/** Three standard errors: so much more, or less, may there be than is estimated. */
const MARGIN = 1.05;

const EMPTY = "0".repeat(PLACES);
const BASE = 36;

/**
 * Counts different texts in constant memory (HyperLogLog, Flajolet et al. 2007, with linear counting while they
 * are few). Its state is a text that can be stored and gone on with.
 */
export class Distinct {
  readonly #ranks: Uint8Array;

  /** `state` is what `toString` gave; "" begins anew. */
  constructor(state: string) {
    const text = state === "" ? EMPTY : state;
    this.#ranks = Uint8Array.from(text, (rank) => Number.parseInt(rank, BASE));
    if (this.#ranks.length !== PLACES) {
      throw new Error("this is no state of a count of different texts");
    }
  }

  add(text: string): void {
    const [a, b] = scatter(text);
    const place = a >>> (32 - PLACE_BITS);
    const rank = Math.min(Math.clz32(b) + 1, BASE - 1);
    if (rank > (this.#ranks[place] ?? 0)) {
      this.#ranks[place] = rank;
    }
  }

  /** How many there are at most, but for one case in a thousand. */
  atMost(): number {
    return Math.ceil(MARGIN * this.#estimate());
  }

  /** How many there are at least, but for one case in a thousand. */
  atLeast(): number {
    return Math.floor(this.#estimate() / MARGIN);
  }

  toString(): string {
    return Array.from(this.#ranks, (rank) => rank.toString(BASE)).join("");
  }

  #estimate(): number {
    let sum = 0;
    let empty = 0;
    for (const rank of this.#ranks) {
      sum += 2 ** -rank;
      empty += rank === 0 ? 1 : 0;
    }
    const raw = (ALPHA * PLACES * PLACES) / sum;
    return raw <= 2.5 * PLACES && empty > 0 ? PLACES * Math.log(PLACES / empty) : raw;
  }
}
