import { backlogOf } from "../../core/count/backlog.ts";
import { speedOf, type Bound } from "../../core/pace/bound.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
import { lagQuantile } from "../../core/count/lag.ts";
import { limitErasure } from "../../core/rule/brake.ts";
import type { SweepStatus } from "../../core/report/sweep.ts";
import type { ErasureSourceReport } from "../../core/report/erasure.ts";
import { NONE_OVERDUE } from "../../core/count/overdue.ts";
import type { ErasureNews, SweepNews } from "../../contract/custodian.ts";
import type { Job } from "../tables/jobs.ts";
import type { Progress } from "../tables/progress.ts";
import type { Phase } from "../tables/phase.ts";
import { matchedOf } from "../job/matched.ts";

const SWEEP_STATUS: Readonly<Record<Phase, SweepStatus>> = {
  queued: "queued",
  listing: "selecting",
  kin: "selecting",
  forecast: "selecting",
  weighing: "selecting",
  comparing: "selecting",
  planning: "selecting",
  guarding: "selecting",
  waiting: "braked",
  ranking: "removing",
  removing: "removing",
  verifying: "verifying",
  ending: "verifying",
  clearing: "verifying",
  remembering: "verifying",
  ended: "verifying",
};

const SOURCE_STATUS: Readonly<Record<Phase, ErasureSourceReport["status"]>> = {
  queued: "queued",
  listing: "selecting",
  kin: "selecting",
  forecast: "selecting",
  weighing: "selecting",
  comparing: "selecting",
  planning: "selecting",
  guarding: "selecting",
  waiting: "planned",
  ranking: "removing",
  removing: "removing",
  verifying: "verifying",
  ending: "verifying",
  clearing: "verifying",
  remembering: "verifying",
  ended: "done",
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
export function isPlanned({ phase, plan_digest: digest }: Progress): boolean {
  return PLANNED_PHASES.has(phase) && digest !== null;
}

/** How a job stands, in the words of the API. */
export function newsOf(
  job: Job,
  source: string,
  notErased: readonly string[],
): SweepNews | ErasureNews {
  const { order, progress } = job;
  const planned = isPlanned(progress);
  if (job.kind === "sweep") {
    return {
      kind: "sweep",
      id: job.id,
      status: sweepStatus(progress),
      cutoff: formatInstant(progress.cutoff),
      guard: progress.guard,
      plan_digest: planned ? progress.plan_digest : null,
      counts: progress.counts,
      dispositions: progress.dispositions,
      verified: progress.verified,
      error: progress.error,
      lag_seconds: lagOf(job),
      bound_by: secondsOf(progress.bound),
      speed: speedOf(progress.bound),
      finished_at: formatInstant(progress.finished_at),
      histogram: planned ? progress.histogram : NONE_OVERDUE,
      plan_until: formatInstant(progress.plan_until),
      compared: planned ? progress.compared : null,
      ...(planned ? backlogOfSweep(progress) : NO_BACKLOG),
      due_next_24h: soonOf(progress),
      counted_at: formatInstant(progress.forecast?.at ?? null),
      unsearched: progress.unsearched,
      unreadable: progress.unreadable,
      selected: progress.listed_all ? matchedOf(job) : (progress.forecast?.selected ?? null),
      unread: progress.reading.left,
      account: order.account ?? null,
    };
  }
  return {
    kind: "erasure",
    id: job.id,
    source,
    report: {
      status: partStatus(job),
      found: progress.found,
      unattributable: progress.unattributable,
      dispositions: progress.dispositions,
      verified_at: progress.verified_at,
      guard:
        progress.matched === null ? null : limitErasure(progress.found, progress.matched, 0, 0),
      error: progress.error,
      unreadable: progress.unreadable,
      near_misses: progress.near_misses,
      not_erased: notErased,
    },
    conflict: progress.conflict,
    ids_found: progress.ids_found,
    unsearched: progress.unsearched,
    plan_digest: planned ? progress.plan_digest : null,
  };
}

/** A plan that no guard stops waits because the deployment or its policy wants a person to see it. */
function sweepStatus({ phase, end_as: end, guard }: Progress): SweepStatus {
  if (phase === "ended") {
    return ended(end);
  }
  return phase === "waiting" && guard === null ? "needs_approval" : SWEEP_STATUS[phase];
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
function partStatus({ progress }: Job): ErasureSourceReport["status"] {
  if (progress.error?.code === "stalled" && progress.phase !== "ended") {
    return "stalled";
  }
  if (progress.phase !== "ended") {
    return SOURCE_STATUS[progress.phase];
  }
  switch (progress.end_as) {
    case "failed":
      return "failed";
    case "done":
    case "partial":
      return progress.found === 0 ? "no_match" : "done";
    case null:
    default:
      return "done";
  }
}

const NO_BACKLOG = { backlog: null, oldest_due_at: null, drain_seconds: null };

function backlogOfSweep(
  progress: Progress,
): Pick<SweepNews, "backlog" | "oldest_due_at" | "drain_seconds"> {
  const { removing_from: from, removing_to: to, first_due_at: first, oldest_left: left } = progress;
  const { counts, dispositions, interval_ms, finished_at: finished } = progress;
  const until = to ?? finished;
  const counted = backlogOf({
    due: counts.due + counts.held + progress.reading.left,
    dispositions,
    removing_ms: from === null || until === null ? null : until - from,
    interval_ms,
  });
  // Before the end, and where nothing was to be removed, the planned sessions are still there too.
  const isOver = finished !== null && progress.end_as !== "observed";
  const there = isOver ? left : earlier(first, left);
  return { ...counted, oldest_due_at: formatInstant(counted.backlog === 0 ? null : there) };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function lagOf({ progress: { lag } }: Job): SweepNews["lag_seconds"] {
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

function soonOf({ forecast }: Progress): SweepNews["due_next_24h"] {
  return forecast === null || forecast.soon === null
    ? null
    : { count: forecast.soon, at_least: forecast.at_least };
}
