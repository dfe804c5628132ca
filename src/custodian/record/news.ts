import { backlogOf } from "../../core/count/backlog.ts";
import { speedOf, type Bound } from "../../core/pace/bound.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
import { lagQuantile } from "../../core/count/lag.ts";
import { halfOfSource } from "../../core/rule/brake.ts";
import type { SweepStatus } from "../../core/report/sweep.ts";
import type { ErasureSourceReport } from "../../core/report/erasure.ts";
import { NONE_OVERDUE } from "../../core/count/overdue.ts";
import type { ErasureNews, SweepNews } from "../../contract/custodian.ts";
import type { ErasureJob, Job, SweepJob } from "../tables/jobs.ts";
import type { Progress, SweepProgress } from "../tables/progress.ts";
import type { Phase } from "../tables/phase.ts";
import { matchedOf } from "../job/matched.ts";

/** How the phases are called outside, except where a plan waits: each kind has its own word for that. */
const STATUS: Readonly<
  Record<Exclude<Phase, "waiting" | "ended">, "queued" | "selecting" | "removing" | "verifying">
> = {
  queued: "queued",
  listing: "selecting",
  kin: "selecting",
  forecast: "selecting",
  weighing: "selecting",
  comparing: "selecting",
  planning: "selecting",
  guarding: "selecting",
  ranking: "removing",
  removing: "removing",
  verifying: "verifying",
  ending: "verifying",
  clearing: "verifying",
  remembering: "verifying",
};

const PLANNED_PHASES: ReadonlySet<Phase> = new Set([
  "waiting",
  "ranking",
  "removing",
  "verifying",
  "ending",
  "clearing",
  "remembering",
  "ended",
]);

/** Whether a plan is closed: what it holds does not change any more, but for what becomes of it. */
export function isPlanned({ phase, plan }: Progress): boolean {
  return PLANNED_PHASES.has(phase) && plan.digest !== null;
}

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
    counts: progress.counts,
    dispositions: progress.dispositions,
    verified: { read: verify.read, seen_again: verify.seen_again },
    error: progress.error,
    lag_seconds: lagOf(job),
    bound_by: secondsOf(progress.bound),
    speed: speedOf(progress.bound),
    finished_at: formatInstant(end.at),
    histogram: planned ? plan.histogram : NONE_OVERDUE,
    plan_until: formatInstant(end.plan_until),
    compared: planned ? progress.compare.differ : null,
    ...(planned ? backlogOfSweep(progress) : NO_BACKLOG),
    due_next_24h: soonOf(select),
    counted_at: formatInstant(select.forecast?.at ?? null),
    unsearched: select.unsearched,
    unreadable: select.unreadable,
    selected: select.listed_all ? matchedOf(job) : (select.forecast?.selected ?? null),
    unread: select.reading.left,
    account: job.order.account ?? null,
  };
}

function erasureNews(job: ErasureJob, source: string, notErased: readonly string[]): ErasureNews {
  const { matched, dispositions, error, select, plan, guard, verify } = job.progress;
  return {
    kind: "erasure",
    id: job.id,
    source,
    report: {
      status: partStatus(job),
      found: plan.found,
      unattributable: select.unattributable,
      dispositions,
      verified_at: verify.ended_at,
      guard: matched === null ? null : halfOfSource(plan.found, matched),
      error,
      unreadable: select.unreadable,
      near_misses: select.near_misses,
      not_erased: notErased,
    },
    conflict: select.conflict,
    ids_found: guard.ids_found,
    unsearched: select.unsearched,
    plan_digest: isPlanned(job.progress) ? plan.digest : null,
  };
}

/** A plan that no guard stops waits because the deployment or its policy wants a person to see it. */
function sweepStatus({ phase, end, guard }: SweepProgress): SweepStatus {
  if (phase === "ended") {
    return ended(end.as);
  }
  if (phase === "waiting") {
    return guard === null ? "needs_approval" : "braked";
  }
  return STATUS[phase];
}

function ended(status: string | null): SweepStatus {
  switch (status) {
    case "completed":
    case "observed":
    case "stopped":
    case "superseded":
    case "stalled":
    case "cancelled":
      return status;
    case null:
    default:
      return "failed";
  }
}

/** `partial` is a matter of the whole erasure: of this source it says that the last pass still found some. */
function partStatus({ progress }: ErasureJob): ErasureSourceReport["status"] {
  if (progress.error?.code === "stalled" && progress.phase !== "ended") {
    return "stalled";
  }
  if (progress.phase !== "ended") {
    return progress.phase === "waiting" ? "planned" : STATUS[progress.phase];
  }
  switch (progress.end.as) {
    case "failed":
      return "failed";
    case "done":
    case "partial":
      return progress.plan.found === 0 ? "no_match" : "done";
    case null:
    default:
      return "done";
  }
}

const NO_BACKLOG = { backlog: null, oldest_due_at: null, drain_seconds: null };

function backlogOfSweep(
  progress: SweepProgress,
): Pick<SweepNews, "backlog" | "oldest_due_at" | "drain_seconds"> {
  const { counts, dispositions, end } = progress;
  const { first_due_at: first, oldest_left: left } = progress.plan;
  const { interval_ms, reading } = progress.select;
  const { from, to } = progress.remove;
  const until = to ?? end.at;
  const counted = backlogOf({
    due: counts.due + counts.held + reading.left,
    dispositions,
    removing_ms: from === null || until === null ? null : until - from,
    interval_ms,
  });
  // Before the end, and where nothing was to be removed, the planned sessions are still there too.
  const isOver = end.at !== null && end.as !== "observed";
  const there = isOver ? left : earlier(first, left);
  return { ...counted, oldest_due_at: formatInstant(counted.backlog === 0 ? null : there) };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
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
