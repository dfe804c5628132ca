import type { Job } from "./jobs.ts";
import { whoShares } from "./select_subject.ts";
import { AGAIN, onFault, type StepResult, type Work } from "./work.ts";

/**
 * Lets nothing go with the session that made it where its agent may serve several people with one session of a
 * sub-agent: somebody else may be at work in it. One agent a step; unknown counts as yes. Null when it is done.
 */
export async function leaveShared(work: Work, job: Job): Promise<StepResult | null> {
  const { order, progress } = job;
  const { maker } = progress.waiting_for_children;
  if (order.kind !== "sweep" || order.policy.children !== "together" || maker === null) {
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
    job.progress = {
      ...job.progress,
      waiting_for_children: { ...job.progress.waiting_for_children, maker: scope },
    };
    work.jobs.save(job);
  });
  return AGAIN;
}
