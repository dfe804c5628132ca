import type { RandomBytes } from "../../core/values/id.ts";

/** A random UUID (version 4): Seam's clients and its server know session ids in this form only. */
export function createUuid(random: RandomBytes): string {
  const bytes = Buffer.from(random(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** A client session token: Seam's prefix and version, then 256 random bits. */
export function createSessionToken(random: RandomBytes): string {
  return `seam_cst1${Buffer.from(random(32)).toString("base64url")}`;
}
