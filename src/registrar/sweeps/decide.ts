import { ENDED_SWEEPS, WAITING_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { SweepNews } from "../../contract/custodian.ts";
import type { Records } from "../records.ts";
import type { Actor, CancelAnswer, DecisionAnswer } from "../../contract/registrar.ts";
import { hasPartIn } from "../policies/approval.ts";
import { sweepMoved } from "../signals/jobs.ts";
import { isCurrent } from "./stop.ts";

/** Statuses that a plan reaches only by being let go on: one that is cancelled while it waits is `verifying`, too. */
const RUNS_LIVE: ReadonlySet<string> = new Set(["removing", "completed"]);

/** Takes the approval of a sweep that waits: it cites the plan, and comes from another key where two are asked for. */
export function approveSweep(
  records: Records,
  id: string,
  planDigest: string,
  actor: Actor,
): DecisionAnswer<SweepReport> {
  const sweep = records.sweeps.get(id);
  if (sweep === null) {
    return { kind: "not_found" };
  }
  if (!WAITING_SWEEPS.has(sweep.status) || sweep.approved_by !== null) {
    return { kind: "wrong_status", status: sweep.status };
  }
  // A plan under another text or other floors is void: the next tick ends it and plans anew.
  if (sweep.plan_digest !== planDigest || !isCurrent(records, sweep)) {
    return { kind: "wrong_digest" };
  }
  if (records.config.four_eyes && hasPartIn(records, sweep, actor)) {
    return { kind: "same_key" };
  }
  const report: SweepReport = { ...sweep, approved_by: actor };
  records.sweeps.save(report);
  records.commands.put(sweep.source, { do: "proceed", id, approved_by: actor });
  return { kind: "done", report };
}

export function cancelSweep(records: Records, id: string): CancelAnswer<SweepReport> {
  const sweep = records.sweeps.get(id);
  if (sweep === null) {
    return { kind: "not_found" };
  }
  if (ENDED_SWEEPS.has(sweep.status)) {
    return { kind: "wrong_status", status: sweep.status };
  }
  records.commands.stop(sweep.source, id, "cancelled");
  return { kind: "done", report: sweep };
}

/** Enters what a Custodian tells of a sweep. */
export function enterSweepNews(
  records: Records,
  source: string,
  seq: number,
  news: SweepNews,
): void {
  const now = formatTimestamp(records.runtime.now());
  const moved = records.sweeps.update(news.id, seq, (report) => ({
    ...report,
    status: news.status,
    waits_since: WAITING_SWEEPS.has(news.status) ? (report.waits_since ?? now) : null,
    cutoff: news.cutoff === null ? null : formatTimestamp(news.cutoff),
    guard: news.guard,
    plan_digest: news.plan_digest,
    counts: news.counts,
    dispositions: news.dispositions,
    verified: news.verified,
    error: news.error,
    lag_seconds: news.lag_seconds,
    bound_by: news.bound_by,
    speed: news.speed,
    finished_at: news.finished_at === null ? null : formatTimestamp(news.finished_at),
    histogram: news.histogram,
    compared: news.compared,
    backlog: news.backlog,
    oldest_due_at: news.oldest_due_at === null ? null : formatTimestamp(news.oldest_due_at),
    due_next_24h: news.due_next_24h,
    counted_at: news.counted_at === null ? null : formatTimestamp(news.counted_at),
    drain_seconds: news.drain_seconds,
    unsearched: news.unsearched,
    unreadable: news.unreadable,
    selected: news.selected,
    unread: news.unread,
    plan_until: news.plan_until === null ? null : formatTimestamp(news.plan_until),
  }));
  if (moved === null) {
    return;
  }
  noteLive(records, moved.after, news.account);
  sweepMoved(records, moved);
  if (ENDED_SWEEPS.has(news.status)) {
    const detail = news.error?.code ?? (news.unsearched > 0 ? "unsearched" : null);
    records.facts.setSourceHealth(source, {
      status: detail === null ? "ok" : "failing",
      detail,
      at: now,
    });
  }
}

/** A text is trusted when a plan of it that was not empty has begun to remove, on the account it was made for. */
function noteLive(
  { versions, runtime }: Records,
  sweep: SweepReport,
  account: string | null,
): void {
  const { mode, status, counts, policy, policy_digest: digest, approved_by: by } = sweep;
  if (mode === "enforce" && account !== null && counts.planned > 0 && RUNS_LIVE.has(status)) {
    versions.trust(policy, digest, account, by, runtime.now());
  }
}
