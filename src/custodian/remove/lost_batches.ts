import { onFault } from "../job/faults.ts";
import type { StepResult } from "../job/result.ts";
import { settleRows } from "../job/settle.ts";
import type { Work } from "../job/work.ts";
import type { Job } from "../tables/jobs.ts";

/** Looks up what batches whose answer was lost have removed. */
export async function resolveBatches(work: Work, job: Job): Promise<StepResult | null> {
  const { source } = work;
  if (source.removes !== "by_batch") {
    return null;
  }
  for (const { batch, seqs } of work.batches.open(job.no)) {
    const removed = await work.meter.ask(async (turn) => source.resolve(batch, turn));
    if (!removed.ok) {
      return onFault(work, job, removed.error);
    }
    const gone = new Set(removed.value);
    const rows = work.plan.bySeqs(
      job.no,
      seqs.filter((seq) => gone.has(seq)),
    );
    work.commit(job, () => {
      settleRows(work, job, rows, "deleted");
      work.batches.answered(batch);
    });
  }
  return null;
}

/** Lets the source drop its records of batches whose outcome is stored here. */
export async function forgetStored(work: Work, job: Job): Promise<StepResult | null> {
  const { source } = work;
  if (source.removes !== "by_batch") {
    return null;
  }
  for (const batch of work.batches.stored(job.no)) {
    const done = await work.meter.ask(async (turn) => source.forgetBatch(batch, turn));
    if (!done.ok) {
      return onFault(work, job, done.error);
    }
    work.batches.forget(batch);
  }
  return null;
}
