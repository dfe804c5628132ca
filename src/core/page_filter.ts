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
    for (const bit of probesOf(text, bits)) {
      filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return filter;
}

/** False: the text is not in the set, for certain. */
export function mayHold(filter: Uint8Array, text: string): boolean {
  return probesOf(text, filter.length * 8).every(
    (bit) => ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0,
  );
}

function probesOf(text: string, bits: number): number[] {
  const [a, b] = scatter(text);
  return Array.from({ length: PROBES }, (_, probe) => (a + Math.imul(probe, b | 1)) & (bits - 1));
}
