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
    const [a, b] = scatter(text);
    let seen = true;
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (a + Math.imul(probe, b | 1)) & this.#mask;
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

/** Two numbers of 32 bits that look like chance, always the same for a text. No hash to rely on. */
export function scatter(text: string): readonly [number, number] {
  let a = 0x9e3779b1;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x27d4eb2d);
    b ^= b >>> 15;
  }
  return [mix(a, 0x7feb352d, 0x846ca68b), mix(b, 0x85ebca6b, 0xc2b2ae35)];
}

/** Lets each bit of a number depend on all others. */
function mix(number: number, one: number, other: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), one);
  mixed = Math.imul(mixed ^ (mixed >>> 15), other);
  return mixed ^ (mixed >>> 16);
}
