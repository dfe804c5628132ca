import { type Disposition, tally } from "../../core/count/disposition.ts";
import { addLags } from "../../core/count/lag.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { addUnreadable } from "../../core/session/unreadable.ts";
import type { Job } from "../tables/jobs.ts";
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
  const isSweep = job.kind === "sweep";
  if (isSweep && work.source.capabilities.has_children && isGone({ disposition })) {
    work.family.mark(job.no, "gone", rows);
  }
  if (isSweep && work.source.capabilities.has_children && STAYS.has(disposition)) {
    work.followers.leave(job.no, rows, disposition);
  }
  if (isSweep && LEFT_DUE.has(disposition)) {
    leave(job, Math.min(...rows.map((row) => row.due_at)));
  }
  if (isSweep && NEEDS_REST.has(disposition)) {
    for (const row of rows) {
      work.resting.add(row, now);
    }
  }
  job.progress = {
    ...job.progress,
    dispositions: tally(job.progress.dispositions, disposition, rows.length),
    lag:
      disposition === "deleted" && isSweep
        ? addLags(
            job.progress.lag,
            rows.map((row) => now - row.due_at),
          )
        : job.progress.lag,
  };
  if (isSweep) {
    return;
  }
  const children = (left: readonly Disposition[]): PlanRow[] =>
    work.plan.bySeqs(job.no, work.kin.ofLeft(job.no, left));
  if (disposition === "renewed" || disposition === "shared") {
    // Planned children name nobody: where a parent stays, nobody can say any more whose they are.
    settleRows(work, job, children(["renewed", "shared"]), "shared");
  } else if (disposition === "held") {
    settleRows(work, job, children(["held"]), "held");
  }
}

/** Notes a session of which only the id could be read when it was asked for. */
export function noteUnreadable(job: Job, ref: SessionRef): void {
  job.progress = { ...job.progress, unreadable: addUnreadable(job.progress.unreadable, ref) };
}

/** Notes that a session which was due at a time is left where it is. */
export function leave(job: Job, dueAt: number | null): void {
  if (dueAt !== null) {
    const oldest = Math.min(job.progress.oldest_left ?? Infinity, dueAt);
    job.progress = { ...job.progress, oldest_left: oldest };
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
