import { hmacSha256 } from "./hash.ts";

// Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric signatures (v1) only.

// Several senders print a secret with the version of the signature before it.
const SECRET = /^(?:v1,)?whsec_([A-Za-z0-9+/]+={0,2})$/;
const MIN_SECRET_BYTES = 16;

/** How a secret is written, for whoever wrote it otherwise. */
export const SECRET_RULE = `write whsec_ and the base64 of ${MIN_SECRET_BYTES} bytes or more`;

/** The key inside a secret; null when it is not written as the standard says, or is too short. */
export function keyOfSecret(secret: string): Uint8Array | null {
  const text = SECRET.exec(secret)?.[1];
  const key = text === undefined ? null : Buffer.from(text, "base64");
  return key === null || key.length < MIN_SECRET_BYTES ? null : key;
}

/** The signature of a delivery: its id, the seconds since 1970 as they are sent, and the body. */
export function signDelivery(key: Uint8Array, id: string, timestamp: string, body: string): string {
  return `v1,${Buffer.from(hmacSha256(key, `${id}.${timestamp}.${body}`)).toString("base64")}`;
}
