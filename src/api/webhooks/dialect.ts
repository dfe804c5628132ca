import type { Keyring } from "../../core/values/hash.ts";

/** One delivery as it came in, before anything in it is believed. */
export interface RawDelivery {
  readonly headers: Headers;
  readonly body: string;
}

/** A delivery that is proven to come from the sender: its id, for replays. */
export type Verified =
  | { readonly kind: "verified"; readonly webhook_id: string }
  /** Why not, in words that quote nothing of the request. */
  | { readonly kind: "refused"; readonly reason: string };

/** What a verified payload asks for. */
export type Event =
  | { readonly kind: "erase" }
  /** A type that is none of our business. */
  | { readonly kind: "ignored" }
  /** It says that it is a deletion, and contradicts it. */
  | { readonly kind: "contradicts"; readonly field: string; readonly message: string };

/** How one family of senders signs and what it sends: one file each. */
export interface Dialect {
  /** Proves the signature over the bytes as they came; `now` in epoch milliseconds. */
  verify(delivery: RawDelivery, secrets: readonly string[], now: number): Verified;
  /** Reads what a verified payload asks for. */
  read(payload: Readonly<Record<string, unknown>>): Event;
  /** What is wrong with a configured secret, or null. */
  secretProblem(secret: string): string | null;
}

/** The keyed hash that tells one body from another without keeping either. */
export function hashBody(keyring: Keyring, body: string): string {
  return keyring.hash("body", body);
}
