import type { Job } from "./jobs.ts";
import { AGAIN, progressed, type StepResult, type Work } from "./work.ts";

const PAGE = 2000;

/**
 * Remembers the sessions that a job saw go, page by page, while its rows are still there: until then the
 * rows themselves tell it. When every page is written the job is over.
 */
export function remember(work: Work, job: Job): StepResult {
  const rows = work.plan_lines.ends(job.no, job.progress.remembered_seq, PAGE);
  const last = rows.at(-1);
  work.removals.note(job.id, rows, work.runtime.now());
  progressed(job);
  job.progress =
    last === undefined
      ? { ...job.progress, phase: "clearing" }
      : { ...job.progress, remembered_seq: last.seq };
  return AGAIN;
}
