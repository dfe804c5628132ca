import { isRetryable } from "../../sources/fault.ts";
import { note, type Job } from "../tables/jobs.ts";
import { ATTEMPTED, PENDING, type Open } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { anyWent } from "../tables/removals.ts";
import { forgetStored, resolveBatches } from "../remove/lost_batches.ts";
import type { Work } from "../job/work.ts";
import { overRows } from "../job/side_by_side.ts";
import { settleRows } from "../job/settle.ts";
import { isAnotherAccount, onFault } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

/** Rows in memory at a time: a plan may have a million. */
const PAGE = 1000;

/** Slices in a row without an answer, before what was attempted is given up as `unknown`. */
const PATIENCE = 3;

/** Errors after which a read tells nothing: no answer, or one about another account's sessions. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  "source_unauthorized",
  "migrations_missing",
  "account_changed",
  "source_empty",
]);

/** How long the plan of a preview can be read after its end. */
const PREVIEW_KEPT_MS = 86_400_000;

/** Ends that come before a plan exists, or that mean to remove nothing: no session is left untouched by them. */
const NO_PLAN: ReadonlySet<string> = new Set(["observed", "conflict"]);

/**
 * Ends a job: what was attempted is resolved by a read, what was planned and never attempted is
 * `untouched`. What cannot be read is `unknown`: it is not claimed either way.
 */
export async function endOpenRows(work: Work, job: Job): Promise<StepResult> {
  const status = job.progress.end.as ?? "failed";
  const wasPlanned = job.progress.plan.digest !== null && !NO_PLAN.has(status);
  if (!wasPlanned) {
    return ended(work, job);
  }
  // A job that was ending already is asked too: the account may have changed since.
  if (!NO_ANSWER.has(job.progress.error?.code ?? "") && !isAnotherAccount(work, job)) {
    const open = (await resolveBatches(work, job)) ?? (await forgetStored(work, job));
    if (open !== null && open.kind === "wait" && job.failed_attempts < PATIENCE) {
      return open;
    }
    const unread = await resolveAttempts(work, job);
    if (unread !== null) {
      return unread;
    }
  }
  let more = false;
  work.commit(job, () => {
    settleUnresolved(work, job);
    more = settleSome(work, job);
  });
  if (more) {
    return AGAIN;
  }
  if (job.kind === "erasure") {
    job.progress = { ...job.progress, dispositions: work.outcomes.dispositions(job.no) };
  }
  return ended(work, job);
}

/** Rows of a batch whose outcome could not be learnt. */
function settleUnresolved(work: Work, job: Job): void {
  for (const { batch, seqs } of work.batches.open(job.no)) {
    settleRows(work, job, work.plan.bySeqs(job.no, seqs), "unknown");
    work.batches.forget(batch);
  }
}

async function resolveAttempts(work: Work, job: Job): Promise<StepResult | null> {
  return overRows(work, job, attemptedIn(work, job), async (row) => {
    const session = await work.meter.ask(async (turn) => work.source.read(row, turn), {
      in_window: true,
      again: row.tries > 0,
    });
    if (!session.ok && session.error.kind !== "unreadable") {
      const isWorthWaiting = isRetryable(session.error) && job.failed_attempts < PATIENCE;
      return isWorthWaiting ? onFault(work, job, session.error) : null;
    }
    const isGone = session.ok && session.value === null;
    const disposition = isGone ? "absent_after_attempt" : "unreachable";
    work.commit(job, () => settleRows(work, job, [row], disposition));
    return null;
  });
}

function ended(work: Work, job: Job): StepResult {
  const { progress } = job;
  const now = work.runtime.now();
  const isKept = job.order.preview === true && progress.end.as === "observed";
  const until = isKept ? now + PREVIEW_KEPT_MS : null;
  const phase = anyWent(progress.dispositions) ? "remembering" : "clearing";
  job.progress = { ...progress, phase };
  note(job, "end", { at: now, plan_until: until });
  if (job.kind === "sweep" && job.order.preview !== true && progress.end.as === "completed") {
    work.forecasts.swept(job.order.policy_digest, job.progress.cutoff ?? now);
  }
  return AGAIN;
}

/** Settles a page of what is left open; true when there may be more. */
function settleSome(work: Work, job: Job): boolean {
  const attempted = pageOf(work, job, ATTEMPTED, 0);
  settleRows(work, job, attempted, "unknown");
  const pending = pageOf(work, job, PENDING, 0);
  settleRows(
    work,
    job,
    pending.filter(({ tries }) => tries === 0),
    "untouched",
  );
  settleRows(
    work,
    job,
    pending.filter(({ tries }) => tries > 0),
    "unreachable",
  );
  return attempted.length === PAGE || pending.length === PAGE;
}

/** Each row whose removal was attempted, one by one. */
function* attemptedIn(work: Work, job: Job): Generator<PlanRow> {
  let rows = pageOf(work, job, ATTEMPTED, 0);
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    yield* rows;
    rows = pageOf(work, job, ATTEMPTED, last.seq);
  }
}

function pageOf(work: Work, job: Job, state: Open, from: number): PlanRow[] {
  return work.plan.next(job.no, state, Number.MAX_SAFE_INTEGER, from, PAGE);
}
