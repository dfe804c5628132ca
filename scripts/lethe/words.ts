import { DISPOSITIONS } from "../../src/core/count/disposition.ts";
import { OVERDUE_BUCKETS } from "../../src/core/count/overdue.ts";
import { durationWords } from "../../src/core/policy/clause_words.ts";
import type { Erasure, Sweep } from "./answers.ts";
import { count, counted } from "./layout.ts";

const BUCKETS = [...OVERDUE_BUCKETS, "longer"] as const;

/** What a sweep looked at, in one line. */
function countsLine({ counts }: Pick<Sweep, "counts">): string {
  const { examined, due, kept, held, planned } = counts;
  return `${count(examined)} examined, ${count(due)} due, ${count(kept)} kept, ${count(held)} held, ${count(planned)} planned`;
}

/** What a sweep found, and what stands against its plan. */
export function planLines(sweep: Sweep): (string | null)[] {
  const { guard, error } = sweep;
  return [
    guard === null ? null : guardLine(guard),
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
  const parts = DISPOSITIONS.flatMap((name) => {
    const n = dispositions[name] ?? 0;
    return n === 0 ? [] : [`${count(n)} ${name}`];
  });
  return parts.length === 0 ? null : parts.join(", ");
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
    return n === 0 ? [] : [`${count(n)} by ${span}`];
  });
  return parts.length === 0 ? null : `overdue: ${parts.join(", ")}`;
}

/** Why a plan must not be carried out as it stands. */
function guardLine(guard: NonNullable<Sweep["guard"]>): string {
  switch (guard.code) {
    case "brake_items":
      return `brake: ${count(guard.due)} are due, and at most ${count(guard.limit)} may go at once`;
    case "brake_percent":
      return `brake: ${count(guard.due)} of ${count(guard.matched)} are due, more than ${guard.limit} percent`;
    case "source_empty":
      return `the source is empty, and had ${counted(guard.held, "session")} when it was last read`;
    case "too_many":
      return `it found ${counted(guard.found, "session")}, more than ${count(guard.limit)}`;
    case "half_of_source":
      return `it found ${count(guard.found)} of the ${counted(guard.matched, "session")} of the source`;
  }
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
