import type { PolicyProblem } from "../../core/report/health.ts";
import { AT_RISK_MS } from "../../core/rule/erasure_due.ts";
import { before } from "../../core/values/duration.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import { isMostlyDated } from "../../core/count/undated.ts";
import { announce } from "./announce.ts";
import type { Records } from "../records.ts";
import type { PolicyVersion } from "../../contract/registrar.ts";
import type { PolicyGauge } from "../tables/gauges.ts";

/** Rows of each table that one tick removes, where few policies run. */
const PURGE_AT_MOST = 500;

/** Ends of a sweep after which nobody knows what is still due. */
const UNDONE: ReadonlySet<string> = new Set(["failed", "stalled"]);

/** What a tick does for the signals: which policies there are is known then, and what is old goes. */
export function noteTick(
  records: Records,
  policies: readonly PolicyVersion[],
  problems: readonly PolicyProblem[],
  now: number,
): void {
  const running = policies.filter(({ policy }) => policy.mode !== "off");
  // What was just written, and swept by a person, KV may show only at the next tick.
  const shown = new Set(policies.map(({ id }) => id));
  const unshown = records.versions.present().filter((id) => !shown.has(id));
  records.gauges.keep(
    running.map(({ id, policy }) => [id, policy.source]),
    [...problems.map(({ id }) => id), ...unshown],
    now,
  );
  const gauges = records.gauges.all();
  const observed = new Set(
    running.filter(({ policy }) => policy.mode === "observe").map(({ id }) => id),
  );
  for (const gauge of gauges) {
    tellOverdue(records, gauge, observed.has(gauge.policy), now);
    tellUndated(records, gauge);
  }
  for (const { id, review_at: reviewAt } of records.holds.forReview(now)) {
    const data = { id, review_at: formatTimestamp(reviewAt) };
    announce(records, { type: "hold.review_due", about: id, data });
  }
  for (const { id, due_at: dueAt } of records.erasures.dueIn(0, now + AT_RISK_MS).first) {
    const data = { id, due_at: formatTimestamp(dueAt) };
    announce(records, { type: "erasure.due", about: id, data });
  }
  forgetReports(
    records,
    gauges.map(({ policy }) => policy),
    now,
  );
}

/**
 * Tells of a policy under which sessions are due for too long, or may be: its sweeps do not come to an end, or
 * may not list everything, so nobody knows. One that only observes leaves them by its writer's will, and a
 * sweep that is under way is at them, but not for ever: what runs for so long may have been paused and forgotten.
 */
function tellOverdue(records: Records, gauge: PolicyGauge, isObserved: boolean, now: number): void {
  const { policy, source, since, completed_at: completedAt, backlog } = gauge;
  const limit = before(now, records.config.overdue_after);
  const underWaySince = backlog?.under_way_since ?? null;
  const isMeant = isObserved || underWaySince !== null;
  const oldest = isMeant ? null : (backlog?.oldest_due_at ?? null);
  const isLost = (completedAt ?? since) < limit && isUndone(gauge, limit);
  const isOverdue = oldest !== null && oldest < limit;
  const isBlind = !isObserved && (backlog?.unsearched ?? 0) > 0;
  if (isLost || isOverdue || isBlind) {
    const known = isOverdue ? "backlog" : "unsearched";
    const data = {
      policy,
      source,
      reason: isLost ? "no_completed_sweep" : known,
      oldest_due_at: formatInstant(oldest),
      last_completed_at: formatInstant(completedAt),
      counts: { backlog: backlog?.count ?? null, held: backlog?.held ?? null },
    };
    announce(records, { type: "sessions.overdue", about: `${source} ${policy}`, data });
  }
}

/** Tells of a policy of which many sessions never fall due, because nobody can read when. */
function tellUndated(records: Records, { policy, source, backlog }: PolicyGauge): void {
  const counts = backlog?.undated ?? null;
  if (counts !== null && !isMostlyDated(counts)) {
    const data = { policy, source, counts };
    announce(records, { type: "sessions.undated", about: `${source} ${policy}`, data });
  }
}

/** Whether the last sweep came to nothing, or one is under way since before a time. */
function isUndone({ ended_as: endedAs, backlog }: PolicyGauge, limit: number): boolean {
  const underWaySince = backlog?.under_way_since ?? null;
  return (
    (endedAs !== null && UNDONE.has(endedAs)) || (underWaySince !== null && underWaySince < limit)
  );
}

/** Reports, activity, the sums of removals, and the counters of policies that are gone, live for `REPORTS_KEPT`. */
function forgetReports(
  {
    activity,
    config,
    counters,
    removals_by_day: byDay,
    removals_by_hour: byHour,
    sweeps,
    folded_sweeps: folded,
  }: Records,
  running: readonly string[],
  now: number,
): void {
  // A tick may make a report for each policy, and what it makes must go as fast.
  const most = Math.max(PURGE_AT_MOST, 2 * running.length);
  byHour.purge(now);
  folded.purge(now, most);
  if (config.reports_kept === null) {
    return;
  }
  const begun = before(now, config.reports_kept);
  sweeps.purge(begun, most);
  activity.purge(begun, most);
  counters.forget(running, begun);
  byDay.purge(begun);
}
