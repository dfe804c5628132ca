import type { Runtime } from "../../platform/runtime.ts";
import { note, type Job } from "../tables/jobs.ts";
import type { Rows } from "../tables/rows.ts";
import { dropAllRows } from "./upkeep.ts";

/** Jobs that end in one alarm when their source is gone; the next alarm comes at once. */
const AT_ONCE = 50;

/** Ends the jobs of a source that cannot even be opened, for so many milliseconds; `ended` is told of each. */
export async function abandonAll(
  rows: Rows,
  sql: SqlStorage,
  runtime: Runtime,
  source: string,
  most: number,
  ended: (job: Job) => void,
): Promise<void> {
  const until = runtime.now() + most;
  for (const job of rows.jobs.runnable(runtime.now(), AT_ONCE)) {
    if (job.progress.phase !== "clearing" && job.progress.phase !== "ended") {
      abandon(rows, job, source, runtime.now());
      rows.jobs.save(job);
    }
    if (!(await dropAllRows(sql, runtime, job, until))) {
      return;
    }
    job.progress = { ...job.progress, phase: "ended" };
    ended(job);
  }
}

/**
 * Decides how a job ends: nobody can read what came of an attempt, so that is `unknown`; what was never
 * attempted is `untouched`. One whose end was decided already keeps it.
 */
function abandon({ outcomes, batches }: Rows, job: Job, source: string, now: number): void {
  if (job.progress.phase === "remembering") {
    job.progress = { ...job.progress, phase: "clearing" };
    return;
  }
  if (job.progress.plan.digest !== null) {
    for (const { seqs } of batches.open(job.no)) {
      outcomes.settle(job.no, seqs, "unknown", now);
    }
    const { dispositions, by_clause: byClause } = outcomes.givenUp(job.no);
    job.progress =
      job.kind === "sweep"
        ? { ...job.progress, dispositions, by_clause: byClause }
        : { ...job.progress, dispositions };
  }
  note(job, "end", { as: "failed", at: now });
  job.progress = {
    ...job.progress,
    phase: "clearing",
    error: {
      code: "source_missing",
      message: `${source} is not configured, or LETHE_SECRET is not set: nothing is removed`,
    },
  };
}
