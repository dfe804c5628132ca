import type { SweepNews } from "../../contract/custodian.ts";
import { WAITING_SWEEPS, ENDED_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import { sweepMoved } from "../signals/job_moved.ts";

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
  const { mode, status, counts, policy, policy_digest: digest, approved_by } = sweep;
  if (mode === "enforce" && account !== null && counts.planned > 0 && RUNS_LIVE.has(status)) {
    versions.trust(policy, digest, account, approved_by.at(0)?.name ?? null, runtime.now());
  }
}

/** Statuses that a plan reaches only by being let go on: one that is cancelled while it waits is `verifying`, too. */
const RUNS_LIVE: ReadonlySet<string> = new Set(["removing", "completed"]);
