import type { Policy } from "../policy/policy.ts";
import { timeAfter } from "./schedule_mark.ts";

/** How often a policy without a schedule runs where sessions are real. */
export const HOURLY = "0 * * * *";

/** The ticks of the deployment: the newest, epoch milliseconds, and the pause between two; null: not known. */
export interface Ticks {
  readonly last: number | null;
  readonly gap: number | null;
}

/** When a policy runs: by a schedule, or at each tick. */
export type Runs = NonNullable<Policy["schedule"]> | Ticks;

/** The first run of a policy at or behind a time; null: nobody can tell. */
export function firstRunFrom(policy: string, runs: Runs, from: number): number | null {
  if (typeof runs === "string" || "cron" in runs) {
    return timeAfter(policy, runs, 1, from - 1);
  }
  const { last, gap } = runs;
  if (last === null || gap === null || !(gap > 0)) {
    return null;
  }
  return last + Math.max(1, Math.ceil((from - last) / gap)) * gap;
}
