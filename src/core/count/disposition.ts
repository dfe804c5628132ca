import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";
import { named } from "../values/doc.ts";

/** What may become of one planned session, and what that means. docs/GLOSSARY.md is made from this. */
export const DISPOSITION_MEANINGS = {
  deleted:
    "Gone: Lethe removed it, and the source said so in its own form. For a batch in the embedded store this may be its stored record of the batch.",
  already_absent: "Gone: it was no longer there when Lethe came to remove it.",
  absent_after_attempt:
    "Gone: Lethe tried to remove it, got no clear answer, and a later read did not find it. Lethe or somebody else removed it.",
  renewed:
    "Left: it changed after the plan. In a sweep it is no longer due, or `keep` now keeps it; in an erasure it no longer matches the person.",
  held: "Left: a hold matches it. In an erasure also: a hold matches the session that made it.",
  awaits_children:
    "Left, in sweeps only: a session that it made, and that names nobody, was still there.",
  shared: "Left: it also belongs to another person, or may.",
  refused:
    "Left: the source will not remove this session, or does not let the key reach its agent.",
  unreachable:
    "Left: several tries failed, or only its id can be read, or a last read at the end of the job still found it.",
  untouched: "Left: the job ended before Lethe tried to remove it.",
  unknown:
    "Not known: Lethe tried to remove it and could not read it afterwards. It may be gone or still there.",
} as const;
/** What became of one planned session. Never folded into each other. */
export type Disposition = keyof typeof DISPOSITION_MEANINGS;

export const DISPOSITIONS = Object.keys(DISPOSITION_MEANINGS) as [Disposition, ...Disposition[]];

/** How many planned sessions met each end. */
export const DispositionCounts = z
  .strictObject(
    // Typed as what it is used as: a count is there or left out, and never undefined.
    Object.fromEntries(DISPOSITIONS.map((name) => [name, wholeNumber.optional()])) as unknown as {
      [D in Disposition]: z.ZodExactOptional<typeof wholeNumber>;
    },
  )
  .meta(named("Dispositions", "How many sessions met each end; none are left out"));
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

/** Ends of a session that is not in its source any more. */
export const GONE: readonly Disposition[] = DISPOSITIONS.filter((name) => !LEFT_IN_PLACE.has(name));

/** Adds one count to a tally. */
export function tally(
  counts: DispositionCounts,
  disposition: Disposition,
  by = 1,
): DispositionCounts {
  return by === 0 ? counts : { ...counts, [disposition]: (counts[disposition] ?? 0) + by };
}

/** Adds to one of several tallies; those before it that are not there yet become empty ones. */
export function tallyAt(
  sums: readonly DispositionCounts[],
  place: number,
  disposition: Disposition,
  by = 1,
): DispositionCounts[] {
  const length = Math.max(sums.length, place + 1);
  return Array.from({ length }, (_, at) => {
    const sum = sums[at] ?? {};
    return at === place ? tally(sum, disposition, by) : sum;
  });
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
