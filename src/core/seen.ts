/** Bits an entry and probes: one text in a million is wrongly taken for one that was seen. */
const BITS_EACH = 32;
const PROBES = 12;

/** Four megabytes at most, which serve a million entries. */
const MOST_BITS = 2 ** 25;
const LEAST_BITS = 2 ** 10;

/**
 * A set that answers "surely new" or "perhaps seen before" in constant memory (a Bloom filter). It never
 * takes for new what it was given before.
 */
export class Seen {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** `expected` entries at most keep the share of wrong answers small; more of them cost only that. */
  constructor(expected: number) {
    let bits = LEAST_BITS;
    while (bits < expected * BITS_EACH && bits < MOST_BITS) {
      bits *= 2;
    }
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  /** Takes a text in; true when it may have been taken in before. */
  add(text: string): boolean {
    let a = 0x9e3779b1;
    let b = 0x85ebca6b;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x27d4eb2d);
      b ^= b >>> 15;
    }
    a = Math.imul(a ^ (a >>> 16), 0x7feb352d);
    b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35) | 1;
    let seen = true;
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (a + Math.imul(probe, b)) & this.#mask;
      const word = bit >>> 5;
      const flag = 1 << (bit & 31);
      const held = this.#bits[word] ?? 0;
      if ((held & flag) === 0) {
        seen = false;
        this.#bits[word] = held | flag;
      }
    }
    return seen;
  }
}
