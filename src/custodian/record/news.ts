import { speedOf, type Bound } from "../../core/pace/bound.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
import { lagQuantile } from "../../core/count/lag.ts";
import { halfOfSource } from "../../core/rule/brake.ts";
import { NONE_OVERDUE } from "../../core/count/overdue.ts";
import type { ErasureNews, SweepNews } from "../../contract/custodian.ts";
import type { ErasureJob, Job, SweepJob } from "../tables/jobs.ts";
import type { SweepProgress } from "../tables/progress.ts";
import { matchedOf } from "../job/matched.ts";
import { sweepStatus, partStatus, isPlanned } from "./status.ts";
import { backlogOfSweep, NO_BACKLOG } from "./backlog.ts";

/** How a job stands, in the words of the API. */
export function newsOf(
  job: Job,
  source: string,
  notErased: readonly string[],
): SweepNews | ErasureNews {
  return job.kind === "sweep" ? sweepNews(job) : erasureNews(job, source, notErased);
}

function sweepNews(job: SweepJob): SweepNews {
  const { progress } = job;
  const { select, plan, verify, end } = progress;
  const planned = isPlanned(progress);
  return {
    kind: "sweep",
    id: job.id,
    status: sweepStatus(progress),
    cutoff: formatInstant(progress.cutoff),
    guard: progress.guard,
    plan_digest: planned ? plan.digest : null,
    counts: {
      ...progress.counts,
      beyond_budget: planned
        ? progress.counts.due - progress.counts.resting - progress.counts.planned
        : 0,
      matched: select.listed_all ? (matchedOf(job) ?? 0) : (select.forecast?.selected ?? null),
    },
    dispositions: progress.dispositions,
    by_clause: job.order.policy.expire.map(({ clock, after }, place) => ({
      clock,
      after,
      dispositions: progress.by_clause[place] ?? {},
    })),
    verified: { read: verify.read, seen_again: verify.seen_again },
    error: progress.error,
    lag_seconds: lagOf(job),
    bound_by: secondsOf(progress.bound),
    speed: speedOf(progress.bound),
    finished_at: formatInstant(end.at),
    histogram: planned ? plan.histogram : NONE_OVERDUE,
    plan_until: formatInstant(end.plan_until),
    difference: planned ? progress.difference.counted : null,
    ...(planned ? backlogOfSweep(progress) : NO_BACKLOG),
    due_next_24h: soonOf(select),
    counted_at: formatInstant(select.forecast?.at ?? null),
    unsearched: select.unsearched,
    unreadable: select.unreadable,
    unread: select.reading.left,
    account: job.order.account ?? null,
  };
}

function erasureNews(job: ErasureJob, source: string, notErased: readonly string[]): ErasureNews {
  const { matched, dispositions, error, select, plan, guard, verify, end } = job.progress;
  return {
    kind: "erasure",
    id: job.id,
    source,
    report: {
      status: partStatus(job),
      found: plan.found,
      unattributable: select.unattributable,
      unsearched: select.unsearched,
      dispositions,
      verified_at: verify.ended_at,
      guard: matched === null ? null : halfOfSource(plan.found, matched),
      error,
      unreadable: select.unreadable,
      near_misses: select.near_misses,
      not_erased: notErased,
      plan_until: formatInstant(end.plan_until),
    },
    conflict: select.conflict,
    ids_found: guard.ids_found,
    unsearched: select.unsearched,
    plan_digest: isPlanned(job.progress) ? plan.digest : null,
  };
}

function lagOf({ progress }: SweepJob): SweepNews["lag_seconds"] {
  const { lag } = progress.remove;
  const median = lagQuantile(lag, 0.5);
  const p99 = lagQuantile(lag, 0.99);
  return median === null || p99 === null
    ? null
    : { median: round(median), p99: round(p99), max: round(lag.max_ms / 1000) };
}

function secondsOf({ connections, rate, budget, faults }: Bound): Bound {
  return {
    connections: round(connections / 1000),
    rate: round(rate / 1000),
    budget: round(budget / 1000),
    faults: round(faults / 1000),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

function soonOf({ forecast }: SweepProgress["select"]): SweepNews["due_next_24h"] {
  return forecast === null || forecast.soon === null
    ? null
    : { count: forecast.soon, at_least: forecast.at_least };
}
