import type { Floors } from "../policy/floors.ts";
import { SHARE_COUNTS_FROM, type Policy } from "../policy/policy.ts";
import type { GuardStop } from "../report/job.ts";

/**
 * The brake of a sweep, judged on everything due, before the budget. `matched` is the number of sessions
 * that the policy's `match` selects. A count that is no number stops the plan: every test below asks
 * whether the plan is within its limit, not whether it is over it.
 */
export function brake(limits: Policy["brake"], due: number, matched: number): GuardStop | null {
  if (limits.items !== undefined && !(due <= limits.items)) {
    return { code: "brake_items", due, limit: limits.items };
  }
  if (!(due < SHARE_COUNTS_FROM) && !(due * 100 <= limits.percent * matched)) {
    return { code: "brake_percent", due, matched, limit: limits.percent };
  }
  return null;
}

/** From so many sessions on, a source that holds none the next time is not taken at its word. */
const MANY = 100;

/** The guard of a source that holds nothing and held so many when it was last read. */
export function emptySource(held: number): GuardStop | null {
  return held < MANY ? null : { code: "source_empty", held };
}

/**
 * The guard of an erasure in one source; `total` is every session of that source. The share counts from the
 * same number up as that of the brake.
 */
export function halfOfSource(found: number, total: number): GuardStop | null {
  return found < SHARE_COUNTS_FROM || found * 2 <= total
    ? null
    : { code: "half_of_source", found, matched: total };
}

/** The brake of a policy under the deployment's limit. */
export function tightenBrake(limits: Policy["brake"], floors: Floors | null): Policy["brake"] {
  const most = floors?.brake_percent_max ?? null;
  return most === null ? limits : { ...limits, percent: Math.min(limits.percent, most) };
}
