/** A random fraction in [0, 1) that is the same in every run. */
export type Dice = () => number;

const PEOPLE = 400;

/** mulberry32: small, and good enough to look like life. */
export function createDice(seed: number): Dice {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function between(dice: Dice, low: number, high: number): number {
  return low + dice() * (high - low);
}

export function pick<T>(dice: Dice, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(dice() * choices.length)] ?? choices[0];
}

/** Eight hex digits. */
export function hex8(dice: Dice): string {
  return Math.floor(dice() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
}

/** A version 4 UUID. */
export function uuid(dice: Dice): string {
  const hex = hex8(dice) + hex8(dice) + hex8(dice) + hex8(dice);
  const variant = "89ab".charAt(Math.floor(dice() * 4));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A time in epoch milliseconds as a record has it. */
export function iso(at: number): string {
  return new Date(Math.floor(at)).toISOString();
}

/** The person of a session: most are guests; jane_doe is the one of the documents. */
export function person(dice: Dice): string {
  const which = Math.floor(dice() * PEOPLE);
  return which === 0 ? "jane_doe" : `guest_${String(which).padStart(4, "0")}`;
}
