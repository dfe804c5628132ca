import type { Timers } from "../../platform/timers.ts";
import type { Runtime } from "../../platform/runtime.ts";
import type { Job } from "../tables/jobs.ts";
import { forgetRemovals, hasRemovals } from "../tables/removals.ts";
import { dropRowsOf } from "../tables/schema.ts";

/** The timer of forgetting removals: once a day, so many stretches at a time, a second apart. */
const REMOVALS = "removals";
const EVERY_MS = 86_400_000;
const TURNS = 5;
const PAUSE_MS = 1000;

/** Once a day, in turns, forgets what is remembered of sessions that went long ago. */
export function forgetOldRemovals(sql: SqlStorage, timers: Timers, now: number): void {
  const at = timers.at(REMOVALS);
  // A turn that is further away was set by a clock that ran ahead.
  const isSet = at !== null && at <= now + EVERY_MS;
  if (!isSet && hasRemovals(sql)) {
    timers.set(REMOVALS, now + EVERY_MS);
  }
  if (!isSet || at > now) {
    return;
  }
  let hasMore = true;
  for (let turn = 0; turn < TURNS && hasMore; turn++) {
    hasMore = forgetRemovals(sql, now);
  }
  const next = hasMore ? now + PAUSE_MS : hasRemovals(sql) ? now + EVERY_MS : null;
  timers.setOrClear(REMOVALS, next);
}

/** Drops the rows of a job, some at a time; false when a time has come before the end. */
export async function dropAllRows(
  sql: SqlStorage,
  runtime: Runtime,
  { no }: Job,
  until: number,
): Promise<boolean> {
  while (dropRowsOf(sql, no)) {
    // Others are served in between.
    await runtime.sleep(0);
    if (runtime.now() >= until) {
      return false;
    }
  }
  return true;
}
