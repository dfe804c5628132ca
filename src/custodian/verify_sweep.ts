import type { SweepOrder } from "./contract.ts";
import type { Job } from "./jobs.ts";
import type { PlanRow } from "./plan.ts";
import { AGAIN, endJob, onFault, overWindow, type StepResult, type Work } from "./work.ts";

const PAGE = 2000;

/** Reads back the share of removals that the policy asks for; what is seen again is counted. */
export async function verifySweep(work: Work, job: Job, order: SweepOrder): Promise<StepResult> {
  const rows = work.plan.page(job.no, job.progress.verify_seq, PAGE);
  const last = rows.at(-1);
  if (last === undefined) {
    return endJob(job, "completed");
  }
  const sample = rows.filter((row) => isSampled(row, order.policy.verify));
  const queue = [...sample];
  let read = 0;
  let seenAgain = 0;
  const stop =
    work.source.present === undefined
      ? await overWindow(
          work.source.capabilities.concurrency,
          () => queue.shift() ?? null,
          async (row) => {
            const turn = await work.meter.reserve(order.policy.budget.per_second ?? null);
            const session = turn.ok ? await work.source.read(row, turn.value) : turn;
            if (!session.ok) {
              return onFault(work, job, session.error);
            }
            read += 1;
            seenAgain += session.value === null ? 0 : 1;
            return null;
          },
        )
      : await readTogether(work, job, sample, (found) => {
          read += sample.length;
          seenAgain += found;
        });
  if (stop !== null) {
    return stop;
  }
  const { verified } = job.progress;
  job.progress = {
    ...job.progress,
    verify_seq: last.seq,
    verified: { read: verified.read + read, seen_again: verified.seen_again + seenAgain },
  };
  return AGAIN;
}

async function readTogether(
  work: Work,
  job: Job,
  sample: readonly PlanRow[],
  found: (n: number) => void,
): Promise<StepResult | null> {
  if (sample.length === 0) {
    return null;
  }
  const turn = await work.meter.reserve();
  const present = turn.ok ? await work.source.present?.(sample, turn.value) : turn;
  if (present === undefined) {
    return null;
  }
  if (!present.ok) {
    return onFault(work, job, present.error);
  }
  found(present.value);
  return null;
}

/** Every n-th removal, spread evenly: deterministic, so that a retry reads the same ones. */
function isSampled(row: PlanRow, percent: number): boolean {
  const removed = row.disposition === "deleted" || row.disposition === "absent_after_attempt";
  return removed && Math.floor((row.seq * percent) / 100) > Math.floor(((row.seq - 1) * percent) / 100);
}
