import { DISPOSITIONS } from "../../src/core/count/disposition.ts";
import { OVERDUE_BUCKETS } from "../../src/core/count/overdue.ts";
import { durationWords } from "../../src/core/policy/clause_words.ts";
import type { Erasure, Sweep } from "./answers.ts";
import { count } from "./layout.ts";

const BUCKETS = [...OVERDUE_BUCKETS, "longer"] as const;

/** What a sweep looked at, in one line. */
export function countsLine({ counts }: Pick<Sweep, "counts">): string {
  const { examined, due, kept, held, planned } = counts;
  return `${count(examined)} examined, ${count(due)} due, ${count(kept)} kept, ${count(held)} held, ${count(planned)} planned`;
}

/** How many planned sessions met each end; an empty text for none. */
export function endsLine(dispositions: Sweep["dispositions"]): string {
  return DISPOSITIONS.flatMap((name) => {
    const n = dispositions[name] ?? 0;
    return n === 0 ? [] : [`${count(n)} ${name}`];
  }).join(", ");
}

/** How many planned sessions met an end. */
export function endsOf(dispositions: Sweep["dispositions"]): number {
  return DISPOSITIONS.reduce((sum, name) => sum + (dispositions[name] ?? 0), 0);
}

/** How long overdue the planned sessions are; null: nothing is planned. */
export function overdueLine({ histogram }: Pick<Sweep, "histogram">): string | null {
  const parts = BUCKETS.flatMap((bucket) => {
    const n = histogram[bucket];
    const span = bucket === "longer" ? "longer" : `up to ${durationWords(bucket)}`;
    return n === 0 ? [] : [`${count(n)} by ${span}`];
  });
  return parts.length === 0 ? null : `overdue: ${parts.join(", ")}`;
}

/** How many sessions an erasure found in all sources. */
export function foundBy({ sources }: Pick<Erasure, "sources">): number {
  return Object.values(sources).reduce((sum, { found }) => sum + found, 0);
}

/** What became of them, over all sources. */
export function endsBy({ sources }: Pick<Erasure, "sources">): Sweep["dispositions"] {
  return Object.fromEntries(
    DISPOSITIONS.map((name) => [
      name,
      Object.values(sources).reduce((sum, { dispositions }) => sum + (dispositions[name] ?? 0), 0),
    ]),
  );
}
