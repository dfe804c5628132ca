import type { Job } from "./jobs.ts";
import { ATTEMPTED, PENDING, UNREAD } from "./plan.ts";
import { settleBatches } from "./remove_batches.ts";
import { AGAIN, overWindow, settleRows, type StepResult, type Work } from "./work.ts";

/** Ends that come before a plan exists, or that mean to remove nothing: no session is left untouched by them. */
const NO_PLAN: ReadonlySet<string> = new Set(["observed", "conflict"]);

/**
 * Ends a job: what was attempted is settled by a read, what was planned and never attempted is
 * `untouched`. What cannot be read is `unknown`: it is not claimed either way.
 */
export async function endOpenRows(work: Work, job: Job): Promise<StepResult> {
  const status = job.progress.end_as ?? "failed";
  const wasPlanned = job.progress.plan_digest !== null && !NO_PLAN.has(status);
  if (!wasPlanned) {
    return ended(work, job);
  }
  if (job.progress.error?.code !== "source_unauthorized") {
    const open = await settleBatches(work, job);
    if (open !== null && open.kind === "wait" && job.strikes < 3) {
      return open;
    }
    await settleAttempts(work, job);
  }
  work.atomically(() => {
    settleRows(work, job, unresolved(work, job), "unknown");
    settleRows(work, job, rowsIn(work, job, ATTEMPTED), "unknown");
    const pending = rowsIn(work, job, PENDING);
    settleRows(work, job, pending.filter(({ tries }) => tries === 0), "untouched");
    settleRows(work, job, pending.filter(({ tries }) => tries > 0), "unreachable");
  });
  return ended(work, job);
}

/** Rows of a batch whose outcome could not be learnt. */
function unresolved(work: Work, job: Job) {
  return work.batches
    .of(job.no)
    .filter(({ settled }) => !settled)
    .flatMap(({ seqs }) => work.plan.bySeqs(job.no, seqs));
}

async function settleAttempts(work: Work, job: Job): Promise<void> {
  const rows = rowsIn(work, job, ATTEMPTED);
  await overWindow(
    work.source.capabilities.concurrency,
    () => rows.shift() ?? null,
    async (row) => {
      const turn = await work.meter.reserve();
      const session = turn.ok ? await work.source.read(row, turn.value) : turn;
      if (session.ok) {
        settleRows(work, job, [row], session.value === null ? "absent_after_attempt" : "unreachable");
      }
      return null;
    },
  );
}

function ended(work: Work, job: Job): StepResult {
  const { progress } = job;
  job.progress = { ...progress, phase: "ended", finished_at: work.runtime.now() };
  return AGAIN;
}

function rowsIn(work: Work, job: Job, state: typeof ATTEMPTED | typeof PENDING | typeof UNREAD) {
  return work.plan.next(job.no, state, Number.MAX_SAFE_INTEGER, 0, 1_000_000);
}
