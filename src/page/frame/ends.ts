import { DISPOSITIONS, LEFT_IN_PLACE, type Disposition } from "../../core/count/disposition.ts";

/** What bars tell apart of what became of planned sessions, in the order of their colours. */
export const END_SERIES = ["deleted", "left in place", "gone in another way", "not known"] as const;

/** Counts by disposition, summed as `END_SERIES` has them. */
export function endValues(counts: Readonly<Partial<Record<Disposition, number>>>): number[] {
  const sums = END_SERIES.map(() => 0);
  for (const name of DISPOSITIONS) {
    const place = placeOf(name);
    sums[place] = (sums[place] ?? 0) + (counts[name] ?? 0);
  }
  return sums;
}

function placeOf(name: Disposition): number {
  switch (name) {
    case "deleted":
      return 0;
    case "unknown":
      return 3;
    default:
      return LEFT_IN_PLACE.has(name) ? 1 : 2;
  }
}
