import { isMostlyDated, type UndatedShare } from "../count/undated.ts";
import type { Policy } from "../policy/policy.ts";
import type { Attention } from "../report/attention.ts";
import { formatInstant, formatTimestamp } from "../values/timestamp.ts";
import { timeAfter } from "./schedule_mark.ts";

/** So many scheduled times without a completed sweep are too many. */
const TIMES = 3;

/** A schedule of every minute needs no person after three of them. */
const LEAST_MS = 3_600_000;

/** So many sweeps in a row that selected nobody are no chance. */
const SWEEPS = 3;

/** How often a policy is swept: by its schedule, or every so many milliseconds. */
export type Rhythm = NonNullable<Policy["schedule"]> | number;

/** What the last sweeps of a policy showed. Times are epoch milliseconds. */
export interface PolicyFacts {
  readonly policy: string;
  readonly source: string;
  /** When it last completed a sweep; before the first, when it was first seen or last changed. */
  readonly completed_at: number;
  /** Null: nothing is to be expected of it now. */
  readonly rhythm: Rhythm | null;
  /** Null: the share is not known. */
  readonly undated: (UndatedShare & { readonly since: number }) | null;
  /** How many sweeps in a row have selected nobody, and since when. */
  readonly nobody: { readonly sweeps: number; readonly since: number | null };
}

/** What of a policy needs a person. */
export function policyAttention(facts: PolicyFacts, now: number): readonly Attention[] {
  const { policy, source, completed_at: completedAt, undated, nobody } = facts;
  const about = { kind: "policy", id: policy } as const;
  const change = { method: "PUT", path: `/v1/policies/${policy}` } as const;
  const found: Attention[] = [];
  const missedAt = missedSince(facts, now);
  if (missedAt !== null) {
    found.push({
      code: "no_completed_sweep",
      since: formatTimestamp(missedAt),
      about,
      message: `No sweep of ${policy} has completed since ${formatTimestamp(completedAt)}.`,
      settle: { method: "POST", path: "/v1/sweeps", body: { policy } },
    });
  }
  if (undated !== null && !isMostlyDated(undated)) {
    const share = `${undated.undated} of ${undated.selected}`;
    found.push({
      code: "undated",
      since: formatTimestamp(undated.since),
      about,
      message: `${share} sessions that ${policy} selects in ${source} have no readable date: they never fall due.`,
      settle: change,
    });
  }
  if (nobody.sweeps >= SWEEPS) {
    found.push({
      code: "selects_nobody",
      since: formatInstant(nobody.since),
      about,
      message: `The last ${nobody.sweeps} sweeps of ${policy} selected no session of ${source}.`,
      settle: change,
    });
  }
  return found;
}

/** Whether so much time has passed that three scheduled times may have: before, nobody needs to look. */
export function mayHaveMissed(completedAt: number, now: number): boolean {
  return now - completedAt >= LEAST_MS;
}

/** Since when a completed sweep has been missing; null: it is not. */
function missedSince({ policy, completed_at: from, rhythm }: PolicyFacts, now: number) {
  if (rhythm === null || !mayHaveMissed(from, now)) {
    return null;
  }
  const third =
    typeof rhythm === "number" ? from + TIMES * rhythm : timeAfter(policy, rhythm, TIMES, from);
  const since = third === null ? null : Math.max(third, from + LEAST_MS);
  return since !== null && since <= now ? since : null;
}
