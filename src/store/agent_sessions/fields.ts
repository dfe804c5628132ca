import * as z from "zod";

const CONTROL = /[\p{Cc}\p{Cs}]/u;

// What agents and sessions have in common.

export const name = z.string().min(1, "empty: leave it out instead").max(500);
export const description = z.string().max(5000);
export const enabled = z.boolean();

/** Any JSON object: what belongs to a person is found in here. */
export const metadata = z.record(
  z.string().refine((key) => !CONTROL.test(key), "control characters in a key: remove them"),
  z.unknown(),
);

/** A field that this store could only pretend to honour. */
export function unsupported(reason: string) {
  return z.undefined(reason).optional();
}
