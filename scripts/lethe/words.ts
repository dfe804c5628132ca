import { DISPOSITIONS } from "../../src/core/count/disposition.ts";
import { OVERDUE_BUCKETS } from "../../src/core/count/overdue.ts";
import { durationWords } from "../../src/core/policy/clause_words.ts";
import { countWords, figure } from "../../src/core/values/words.ts";
import { guardWords } from "../../src/core/report/guard_words.ts";
import type { Erasure, Sweep } from "./answers.ts";

const BUCKETS = [...OVERDUE_BUCKETS, "longer"] as const;

/** What a sweep looked at, in one line. */
function countsLine({ counts }: Pick<Sweep, "counts">): string {
  const { examined, due, kept, held, planned } = counts;
  return `${figure(examined)} examined, ${figure(due)} due, ${figure(kept)} kept, ${figure(held)} held, ${figure(planned)} planned`;
}

/** What a sweep found, and what stands against its plan. */
export function planLines(sweep: Sweep): (string | null)[] {
  const { guard, error } = sweep;
  return [
    guard === null ? null : guardWords(guard),
    errorLine(error),
    countsLine(sweep),
    overdueLine(sweep),
  ];
}

export function errorLine(error: Sweep["error"]): string | null {
  return error === null ? null : `${error.code}: ${error.message}`;
}

/** How many planned sessions met each end; null: none. */
export function endsLine(dispositions: Sweep["dispositions"]): string | null {
  const ends = DISPOSITIONS.map((name) => [name, dispositions[name] ?? 0] as const);
  return countWords(ends, "") || null;
}

/** How many planned sessions met an end. */
export function endsOf(dispositions: Sweep["dispositions"]): number {
  return DISPOSITIONS.reduce((sum, name) => sum + (dispositions[name] ?? 0), 0);
}

/** How long overdue the planned sessions are; null: nothing is planned. */
function overdueLine({ histogram }: Pick<Sweep, "histogram">): string | null {
  const parts = BUCKETS.flatMap((bucket) => {
    const n = histogram[bucket];
    const span = bucket === "longer" ? "longer" : `up to ${durationWords(bucket)}`;
    return n === 0 ? [] : [`${figure(n)} by ${span}`];
  });
  return parts.length === 0 ? null : `overdue: ${parts.join(", ")}`;
}

/** How many were removed, or may have been, and are not there any more. */
export function removedOf(dispositions: Sweep["dispositions"]): number {
  return (dispositions.deleted ?? 0) + (dispositions.absent_after_attempt ?? 0);
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
