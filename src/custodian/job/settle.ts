import { type Disposition, tally, tallyAt } from "../../core/count/disposition.ts";
import { addLags } from "../../core/count/lag.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { addUnreadable } from "../../core/session/unreadable.ts";
import { note, type Job, type SweepJob } from "../tables/jobs.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { isGone } from "../tables/removals.ts";
import { NEEDS_REST } from "../tables/resting.ts";
import { progressed } from "./result.ts";
import { type Work, STAYS } from "./work.ts";

/** Stores what became of rows, counts each once and keeps the lag of removals. */
export function settleRows(
  work: Work,
  job: Job,
  rows: readonly PlanRow[],
  disposition: Disposition,
): void {
  if (rows.length === 0) {
    return;
  }
  progressed(job);
  const now = work.runtime.now();
  work.outcomes.settle(
    job.no,
    rows.map(({ seq }) => seq),
    disposition,
    now,
  );
  if (disposition === "deleted" || disposition === "absent_after_attempt") {
    work.facts.heldLess(rows.length);
  }
  if (job.kind === "sweep") {
    noteOutcome(work, job, rows, disposition, now);
  }
  job.progress = {
    ...job.progress,
    dispositions: tally(job.progress.dispositions, disposition, rows.length),
  };
  if (job.kind === "sweep") {
    return;
  }
  const children = (left: readonly Disposition[]): PlanRow[] =>
    work.plan.bySeqs(job.no, work.children.ofLeft(job.no, left));
  if (disposition === "renewed" || disposition === "shared") {
    // Planned children name nobody: where a parent stays, nobody can say any more whose they are.
    settleRows(work, job, children(["renewed", "shared"]), "shared");
  } else if (disposition === "held") {
    settleRows(work, job, children(["held"]), "held");
  }
}

/** What the end of rows means for the others of a sweep, and for the next one. */
function noteOutcome(
  work: Work,
  job: SweepJob,
  rows: readonly PlanRow[],
  disposition: Disposition,
  now: number,
): void {
  job.progress = {
    ...job.progress,
    by_clause: [...Map.groupBy(rows, ({ clause }) => clause)].reduce(
      (sums, [clause, { length }]) => tallyAt(sums, clause, disposition, length),
      job.progress.by_clause,
    ),
  };
  if (work.source.capabilities.has_children && isGone({ disposition })) {
    work.family.mark(job.no, "gone", rows);
  }
  if (work.source.capabilities.has_children && STAYS.has(disposition)) {
    work.followers.leave(job.no, rows, disposition);
  }
  if (LEFT_DUE.has(disposition)) {
    leave(job, Math.min(...rows.map((row) => row.due_at)));
  }
  if (NEEDS_REST.has(disposition)) {
    for (const row of rows) {
      work.resting.add(row, now);
    }
  }
  if (disposition === "deleted") {
    const late = rows.map((row) => now - row.due_at);
    note(job, "remove", { lag: addLags(job.progress.remove.lag, late) });
  }
}

/** Notes a session of which only the id could be read when it was asked for. */
export function noteUnreadable(job: Job, ref: SessionRef): void {
  note(job, "select", { unreadable: addUnreadable(job.progress.select.unreadable, ref) });
}

/** Notes that a session which was due at a time is left where it is. */
export function leave(job: SweepJob, dueAt: number | null): void {
  if (dueAt !== null) {
    note(job, "plan", { oldest_left: Math.min(job.progress.plan.oldest_left ?? Infinity, dueAt) });
  }
}

/** Ends of a session that leave it due. */
const LEFT_DUE: ReadonlySet<Disposition> = new Set([
  "refused",
  "unreachable",
  "untouched",
  "unknown",
  "awaits_children",
]);
