import type { Job } from "../tables/jobs.ts";
import { ATTEMPTED } from "../tables/plan/plan.ts";
import { resolveBatches } from "./lost_batches.ts";
import type { Work } from "../job/work.ts";
import { overRows } from "../job/side_by_side.ts";
import { settleRows } from "../job/settle.ts";

const ROWS_AT_ONCE = 60;

/**
 * While nothing may be removed, learns what calls that were made before came to. What cannot be read, or is
 * still there, is left for later: it is no fault of the job.
 */
export async function resolveWhileStopped(work: Work, job: Job): Promise<void> {
  await resolveBatches(work, job);
  const rows = work.plan.next(job.no, ATTEMPTED, work.runtime.now(), 0, ROWS_AT_ONCE);
  await overRows(work, job, rows, async (row) => {
    // It is read again and again: whether it answers says little of the source.
    const session = await work.meter.ask(async (turn) => work.source.read(row, turn), {
      again: true,
    });
    if (session.ok && session.value === null) {
      work.commit(job, () => settleRows(work, job, [row], "absent_after_attempt"));
    }
    return null;
  });
}
