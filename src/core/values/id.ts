/** Random bytes from outside: the core has no source of randomness of its own. */
export type RandomBytes = (length: number) => Uint8Array;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A prefixed id that sorts by time: `swp_` and 26 Crockford base-32 digits, 10 of them the
 * millisecond, 16 random (the layout of a ULID).
 */
export function createId(
  prefix: "swp" | "ers" | "hld" | "act" | "msg" | "req" | "bat" | "grd" | "agt" | "ase" | "aev",
  now: number,
  random: RandomBytes,
): string {
  let tail = "";
  for (const byte of random(16)) {
    tail += ALPHABET[byte % 32] ?? "0";
  }
  return `${earliestId(prefix, now)}${tail}`;
}

/** What every id made at a time or after it sorts behind, and none made before it. */
export function earliestId(prefix: string, at: number): string {
  let time = "";
  for (let rest = Math.max(0, Math.floor(at)), i = 0; i < 10; i++, rest = Math.floor(rest / 32)) {
    time = (ALPHABET[rest % 32] ?? "0") + time;
  }
  return `${prefix}_${time}`;
}
