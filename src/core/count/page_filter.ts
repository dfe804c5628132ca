import { scatter } from "./seen.ts";

/** Bits for each text, at least, and probes: one text in a thousand is wrongly taken for one that is there. */
const BITS_EACH = 12;
const PROBES = 6;

/** A set of texts in a few bytes each (a Bloom filter), to be stored: see `mayHold`. */
export function filterOf(texts: readonly string[]): Uint8Array {
  let bits = 64;
  while (bits < texts.length * BITS_EACH) {
    bits *= 2;
  }
  const filter = new Uint8Array(bits / 8);
  for (const text of texts) {
    const [first, step] = scatter(text);
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (first + Math.imul(probe, step | 1)) & (bits - 1);
      filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return filter;
}

/** False: the text is not in the set, for certain. */
export function mayHold(filter: Uint8Array, text: string): boolean {
  const [first, step] = scatter(text);
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = (first + Math.imul(probe, step | 1)) & (filter.length * 8 - 1);
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) {
      return false;
    }
  }
  return true;
}
