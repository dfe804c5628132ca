import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";

/** What became of one planned session. Never folded into each other. */
export const DISPOSITIONS = [
  "deleted",
  "already_absent",
  "absent_after_attempt",
  "renewed",
  "held",
  "awaits_children",
  "shared",
  "refused",
  "unreachable",
  "untouched",
  "unknown",
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** How many planned sessions met each end. */
export const DispositionCounts = z
  .strictObject(
    // Typed as what it is used as: a count is there or left out, and never undefined.
    Object.fromEntries(DISPOSITIONS.map((name) => [name, wholeNumber.optional()])) as unknown as {
      [D in Disposition]: z.ZodExactOptional<typeof wholeNumber>;
    },
  )
  .meta({
    id: "Dispositions",
    description: "How many sessions met each end; none are left out",
  });
export type DispositionCounts = Readonly<z.infer<typeof DispositionCounts>>;

/** Ends of a session that leave it in its source: an erasure with one of them is not complete. */
export const LEFT_IN_PLACE: ReadonlySet<Disposition> = new Set([
  "renewed",
  "held",
  "awaits_children",
  "shared",
  "refused",
  "unreachable",
  "untouched",
  "unknown",
]);

/** Adds one count to a tally. */
export function tally(
  counts: DispositionCounts,
  disposition: Disposition,
  by = 1,
): DispositionCounts {
  return by === 0 ? counts : { ...counts, [disposition]: (counts[disposition] ?? 0) + by };
}

/**
 * Adds to a tally what one job settled between two looks at it. A count that has fallen adds nothing: a
 * session that came back after its removal is counted again only when it is removed again.
 */
export function addRise(
  counts: DispositionCounts,
  before: DispositionCounts,
  after: DispositionCounts,
): DispositionCounts {
  return DISPOSITIONS.reduce(
    (sum, name) => tally(sum, name, Math.max(0, (after[name] ?? 0) - (before[name] ?? 0))),
    counts,
  );
}
