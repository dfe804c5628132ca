import type { SweepOrder } from "../../contract/custodian.ts";
import type { JobError } from "../../core/report/sweep.ts";
import { type Rule, freeze } from "../../core/rule/due.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Job } from "../tables/jobs.ts";

/** The rule of a sweep, frozen at its cutoff. */
export function ruleOf(order: SweepOrder, cutoff: number | null): Rule {
  if (cutoff === null) {
    throw new Error(`sweep ${order.id} has no cutoff yet`);
  }
  return freeze(order.policy, cutoff, order.floors?.min_age ?? null);
}

/**
 * The rule that a removal is judged by. A cutoff that a clock ahead has frozen makes nothing due that is not
 * due by the clock of the removal.
 */
export function ruleNow(order: SweepOrder, cutoff: number | null, now: number): Rule {
  return ruleOf(order, cutoff === null ? null : Math.min(cutoff, now));
}

/** Why a sweep ends whose cutoff has not come yet: the clock ran ahead when it froze it. */
export function cutoffAhead({ progress: { cutoff } }: Job, now: number): JobError | null {
  if (cutoff === null || cutoff <= now) {
    return null;
  }
  const message = `its cutoff ${formatTimestamp(cutoff)} lies ahead of the clock, ${formatTimestamp(now)}: a clock was wrong when it was planned, and nothing more of the plan is removed`;
  return { code: "cutoff_ahead", message };
}
