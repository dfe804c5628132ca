import * as z from "zod";

// Fields that documents of several kinds have.

/** A number that is itself alone: above 2^53 two written numbers are one value, which may be somebody else's. */
export const exactNumber = z
  .number()
  .refine(
    (value) => Number.isSafeInteger(value) || !Number.isInteger(value),
    "a number of more than 15 digits is not exact: store and write it as a text",
  );

/** Where a value stands in metadata. */
export const dottedPath = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^.]+(\.[^.]+)*$/, "write a dotted path such as profile.plan");

/** The value at a dotted path, or undefined. Own properties only: a path never reaches a prototype. */
export function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
