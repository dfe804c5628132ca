import { SHARE_COUNTS_FROM } from "../../core/policy/policy.ts";
import { brake, tightenBrake } from "../../core/rule/brake.ts";
import { enoughFor } from "../../core/count/undated.ts";
import { guardEmpty } from "./empty_source.ts";
import { note, type SweepJob } from "../tables/jobs.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, endJob, PARKED, type StepResult } from "../job/result.ts";
import { matchedOf } from "../job/matched.ts";
import { digestPage } from "../plan/digest.ts";
import { countPopulation } from "./population.ts";

/** The brake of a sweep, judged on everything due. The one place where observe and enforce part. */
export async function guardSweep(work: Work, job: SweepJob): Promise<StepResult> {
  if (digestPage(work, job)) {
    return AGAIN;
  }
  const { order } = job;
  const { counts, matched } = job.progress;
  const needsShare = matched === null || job.progress.cursor !== null;
  const enough = enoughOf(job);
  if (enough > 0 && needsShare && work.source.population !== undefined) {
    const counted = await countPopulation(work, job, order.policy.match?.scope ?? null, enough);
    if (counted !== null) {
      return counted;
    }
  }
  keepSelected(work, job);
  // What was counted an hour ago may not be there: only what this sweep has read is.
  const empty = await guardEmpty(work, {
    all: job.progress.select.listed_all,
    sessions: counts.examined,
  });
  if (!empty.ok) {
    return onFault(work, job, empty.error);
  }
  const limits = tightenBrake(order.policy.brake, order.floors ?? null);
  const population = matchedOf(job) ?? counts.due;
  // What was left unread may be due: the brake is asked as if all of it were.
  const stop =
    empty.value ?? brake(limits, counts.due + job.progress.select.reading.left, population);
  job.progress = { ...job.progress, guard: stop };
  if (order.policy.mode !== "enforce" || order.preview === true) {
    return endJob(job, "observed");
  }
  const asks = (order.approval ?? "none") !== "none" && counts.planned > 0;
  if (stop !== null || asks) {
    job.progress = { ...job.progress, phase: "waiting" };
    return PARKED;
  }
  job.progress = { ...job.progress, phase: "removing" };
  return AGAIN;
}

/** Of so many sessions, what is due or undated is no large share; 0: nobody needs to know. */
function enoughOf(job: SweepJob): number {
  const { order } = job;
  const { counts } = job.progress;
  const { percent } = tightenBrake(order.policy.brake, order.floors ?? null);
  return Math.max(
    counts.due >= SHARE_COUNTS_FROM ? (counts.due * 100) / percent : 0,
    isUndatedNew(job) ? enoughFor(counts.undated) : 0,
  );
}

/**
 * Whether undated sessions were counted of which nobody has asked yet how large a share they are. What is counted
 * without listing is counted by scope alone.
 */
function isUndatedNew({ order, progress }: SweepJob): boolean {
  const { counts } = progress;
  const { listed_all: all, forecast } = progress.select;
  const isCountable = order.policy.match?.metadata === undefined;
  return (
    isCountable &&
    !all &&
    counts.undated > 0 &&
    forecast !== null &&
    forecast.selected === undefined
  );
}

/** Keeps what undated sessions are a share of beside their number: it is counted as seldom. */
function keepSelected({ forecasts }: Pick<Work, "forecasts">, job: SweepJob): void {
  const { matched } = job.progress;
  const { forecast } = job.progress.select;
  if (isUndatedNew(job) && forecast !== null && matched !== null) {
    const counted = { ...forecast, selected: matched };
    forecasts.counted(job.order.policy_digest, counted);
    note(job, "select", { forecast: counted });
  }
}
