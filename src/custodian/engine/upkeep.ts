import type { Timers } from "../../platform/timers.ts";
import type { Runtime } from "../../platform/runtime.ts";
import type { Job } from "../tables/jobs.ts";
import { forgetRemovals, hasRemovals } from "../tables/removals.ts";
import { dropRowsOf } from "../tables/schema.ts";

/** The timers of plans that are kept to be read, by the id of their sweep. */
const KEPT_PLAN = "plan:";

/** The timer of forgetting removals: once a day, so many stretches at a time, a second apart. */
const REMOVALS = "removals";
const EVERY_MS = 86_400_000;
const TURNS = 5;
const PAUSE_MS = 1000;

/** What a Custodian drops by itself when its time is over. */
export class Upkeep {
  readonly #sql: SqlStorage;
  readonly #timers: Timers;

  constructor(sql: SqlStorage, timers: Timers) {
    this.#sql = sql;
    this.#timers = timers;
  }

  /** The plan of a preview that has ended stays until a time. */
  keepPlan({ id }: Job, until: number): void {
    this.#timers.clear(`job:${id}`);
    this.#timers.set(KEPT_PLAN + id, until);
  }

  /** The sweeps whose kept plans have had their time. */
  oldPlans(now: number): string[] {
    return this.#timers.due(KEPT_PLAN, now).map((name) => name.slice(KEPT_PLAN.length));
  }

  dropPlan(sweep: string): void {
    this.#timers.clear(KEPT_PLAN + sweep);
  }

  /** Once a day, in turns, forgets what is remembered of sessions that went long ago. */
  forgetRemovals(now: number): void {
    const at = this.#timers.at(REMOVALS);
    // A turn that is further away was set by a clock that ran ahead.
    const isSet = at !== null && at <= now + EVERY_MS;
    if (!isSet && hasRemovals(this.#sql)) {
      this.#timers.set(REMOVALS, now + EVERY_MS);
    }
    if (!isSet || at > now) {
      return;
    }
    let hasMore = true;
    for (let turn = 0; turn < TURNS && hasMore; turn++) {
      hasMore = forgetRemovals(this.#sql, now);
    }
    if (hasMore) {
      this.#timers.set(REMOVALS, now + PAUSE_MS);
    } else if (hasRemovals(this.#sql)) {
      this.#timers.set(REMOVALS, now + EVERY_MS);
    } else {
      this.#timers.clear(REMOVALS);
    }
  }
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
