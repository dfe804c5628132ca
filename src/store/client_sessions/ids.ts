import type { RandomBytes } from "../../core/values/id.ts";

/** A random UUID (version 4): Seam's clients and its server know session ids in this form only. */
export function createUuid(random: RandomBytes): string {
  const bytes = random(16).slice();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** A client session token: Seam's prefix and version, then 256 random bits. */
export function createSessionToken(random: RandomBytes): string {
  const text = btoa(String.fromCharCode(...random(32)));
  return `seam_cst1${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}
