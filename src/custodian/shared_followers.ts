import type { WaitingProgress } from "./family.ts";
import { takesAlong } from "./follow.ts";
import type { Job } from "./jobs.ts";
import { whoShares } from "./select_subject.ts";
import { AGAIN, onFault, type StepResult, type Work } from "./work.ts";

/** For how long an answer counts. */
const ASK_AGAIN_MS = 3_600_000;

/**
 * Lets nothing go with the session that made it where its agent may serve several people with one session of a
 * sub-agent: somebody else may be at work in it. One agent a step; unknown counts as yes. Null when it is done.
 */
export async function leaveShared(work: Work, job: Job): Promise<StepResult | null> {
  const { maker } = job.progress.waiting_for_children;
  if (!takesAlong(job) || maker === null) {
    return null;
  }
  const scope = work.family.nextMaker(job.no, maker ?? "");
  const sharing = await whoShares(work, scope === null ? [] : [{ parent_scope: scope }]);
  if (!sharing.ok) {
    return onFault(work, job, sharing.error);
  }
  work.atomically(() => {
    for (const one of sharing.value) {
      work.family.unmarkMadeBy(job.no, one);
    }
    noteWaiting(job, { maker: scope });
    work.jobs.save(job);
  });
  return AGAIN;
}

/**
 * Asks anew when removals begin, and every hour while they go on: an agent may have been changed while the plan
 * waited. What may not go any more stays as `shared`.
 */
export async function leaveSharedNow(work: Work, job: Job): Promise<StepResult | null> {
  const now = work.runtime.now();
  const { removing_from: from, waiting_for_children: waiting } = job.progress;
  const age = now - (waiting.asked_at ?? 0);
  if (takesAlong(job) && (from === null || age < 0 || age >= ASK_AGAIN_MS)) {
    noteWaiting(job, { maker: "", asked_at: now });
  }
  return leaveShared(work, job);
}

function noteWaiting(job: Job, change: Partial<WaitingProgress>): void {
  const { waiting_for_children: waiting } = job.progress;
  job.progress = { ...job.progress, waiting_for_children: { ...waiting, ...change } };
}
