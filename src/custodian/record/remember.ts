import { note, type Job } from "../tables/jobs.ts";
import { isGone } from "../tables/removals.ts";
import type { Work } from "../job/work.ts";
import { AGAIN, progressed, type StepResult } from "../job/result.ts";

const PAGE = 2000;

/**
 * Remembers the sessions that a job saw go, page by page, while its rows are still there: until then the
 * rows themselves tell it. When every page is written the job is over.
 */
export function remember(
  work: Pick<Work, "plan" | "removals" | "runtime" | "lineage" | "activity" | "source">,
  job: Job,
): StepResult {
  const rows = work.plan.page(job.no, job.progress.end.remembered_seq, PAGE);
  const last = rows.at(-1);
  work.removals.note(job.id, rows, work.runtime.now());
  const { lineage, activity, source } = work;
  const hasLineage = source.capabilities.has_children && !lineage.isEmpty();
  for (const row of rows.filter(isGone)) {
    // Whose a session was is kept no longer than the session lives.
    if (hasLineage) {
      lineage.forget(row);
    }
    // What comes back under its id is another session, of which nothing was seen yet.
    if (source.readActivity !== undefined) {
      activity.forget(row);
    }
  }
  progressed(job);
  if (last === undefined) {
    job.progress = { ...job.progress, phase: "clearing" };
  } else {
    note(job, "end", { remembered_seq: last.seq });
  }
  return AGAIN;
}
