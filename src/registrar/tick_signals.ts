import { before } from "../core/duration.ts";
import { formatTimestamp } from "../core/timestamp.ts";
import { announce } from "./announce.ts";
import type { Books } from "./books.ts";
import type { LoadedPolicy, PolicyProblem } from "./contract.ts";
import type { PolicyGauge } from "./gauges.ts";

/** Ends of a sweep after which nobody knows what is still due. */
const UNDONE: ReadonlySet<string> = new Set(["failed", "stalled"]);

/** What a tick does for the signals: which policies there are is known then, and what is old goes. */
export function noteTick(
  books: Books,
  policies: readonly LoadedPolicy[],
  problems: readonly PolicyProblem[],
  now: number,
): void {
  const running = policies.filter(({ policy }) => policy.mode !== "off");
  books.gauges.keep(
    running.map(({ id, policy }) => [id, policy.source]),
    problems.map(({ id }) => id),
    now,
  );
  const gauges = books.gauges.all();
  for (const gauge of gauges) {
    tellOverdue(books, gauge, now);
  }
  for (const { id, review_at: reviewAt } of books.holds.forReview(now)) {
    const data = { id, review_at: formatTimestamp(reviewAt) };
    announce(books, { type: "hold.review_due", about: id, data });
  }
  forgetReports(
    books,
    gauges.map(({ policy }) => policy),
    now,
  );
}

/** Tells of a policy under which sessions may be due for too long: its sweeps do not come to an end. */
function tellOverdue(books: Books, gauge: PolicyGauge, now: number): void {
  const { policy, source, since, completed_at: completedAt, ended_as: endedAs } = gauge;
  const limit = before(now, books.config.overdue_after);
  if (endedAs !== null && UNDONE.has(endedAs) && (completedAt ?? since) < limit) {
    const last = completedAt === null ? null : formatTimestamp(completedAt);
    const data = { policy, source, reason: "no_completed_sweep", last_completed_at: last };
    announce(books, { type: "sessions.overdue", about: `${source} ${policy}`, data });
  }
}

/** Reports, and the counters of policies that are gone, live for `REPORTS_KEPT`. */
function forgetReports(
  { config, counters, sweeps }: Books,
  running: readonly string[],
  now: number,
): void {
  if (config.reports_kept === null) {
    return;
  }
  const begun = before(now, config.reports_kept);
  sweeps.purge(begun);
  counters.forget(running, begun);
}
