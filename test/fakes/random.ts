/** Mixes 32 bits well enough that neighbours look unrelated; the same in every run. */
export function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A 32-bit number from a text, the same in every run. */
export function mixText(text: string): number {
  let bits = 0x811c9dc5;
  for (const char of text) {
    bits = Math.imul(bits ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return mix(bits);
}

/** Eight hex digits. */
export function hex8(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, "0");
}

/** A fraction in [0, 1) that depends on nothing but its arguments. */
export function fraction(salt: number, index: number, which: number): number {
  return mix(salt ^ mix(Math.imul(index, 8) + which)) / 2 ** 32;
}

/** True for exactly floor(count * share) of the indexes below count, evenly spread. */
export function inShare(index: number, share: number): boolean {
  return Math.floor((index + 1) * share) > Math.floor(index * share);
}
