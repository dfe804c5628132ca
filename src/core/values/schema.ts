import * as z from "zod";

// What the schemas of reports are made of.

export const wholeNumber = z.int().min(0);

/** RFC 3339 in UTC. */
export const timestamp = z.iso.datetime();

/** A component that may be null. `.nullable()` would make the component itself so, wherever it is used. */
export function orNull<T extends z.ZodType>(component: T) {
  return z.union([component, z.null()]);
}
