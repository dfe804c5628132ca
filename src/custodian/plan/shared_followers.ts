import { takesAlong } from "./take_families.ts";
import { note, type Job } from "../tables/jobs.ts";
import { ATTEMPTED } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { whoShares } from "../job/shared_children.ts";
import type { Work } from "../job/work.ts";
import { settleRows } from "../job/settle.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

// An agent may serve several people with one session of a sub-agent: somebody else may be at work in it. Unknown
// counts as yes. Agents are asked one a step.

/** For how long an answer counts. */
const ASK_AGAIN_MS = 3_600_000;

/** Lets nothing go with the session that made it where its agent shares what it makes. Null when it is done. */
export async function leaveShared(work: Work, job: Job): Promise<StepResult | null> {
  return takesAlong(job)
    ? askMakers(work, job, work.family, (scope) => work.family.unmarkMadeBy(job.no, scope))
    : null;
}

/**
 * Asks anew when removals begin, and every hour while they go on: an agent may have been changed while the plan
 * waited. What may not go any more, with others or as the person's, stays as `shared`.
 */
export async function leaveSharedNow(work: Work, job: Job): Promise<StepResult | null> {
  const isErasure = job.kind === "erasure" && work.source.capabilities.has_children;
  if (!isErasure && !takesAlong(job)) {
    return null;
  }
  const now = work.runtime.now();
  const age = now - job.progress.plan.asked.at;
  if (age < 0 || age >= ASK_AGAIN_MS) {
    note(job, "plan", { asked: { maker: "", at: now } });
  }
  return isErasure
    ? askMakers(work, job, work.children, (scope) => leaveMadeBy(work, job, scope))
    : leaveShared(work, job);
}

/** Leaves what is still to go; only a read tells whether what was attempted is there to be left. */
function leaveMadeBy(work: Work, job: Job, scope: string): void {
  const open = work.plan.bySeqs(job.no, work.children.madeBy(job.no, scope));
  const isAttempted = ({ state }: PlanRow): boolean => state === ATTEMPTED;
  work.children.leaveIfThere(job.no, open.filter(isAttempted));
  settleRows(
    work,
    job,
    open.filter((row) => !isAttempted(row)),
    "shared",
  );
}

/** Lets the agents be asked again before anything more goes. */
export function forgetAsked(job: Job): void {
  note(job, "plan", { asked: { ...job.progress.plan.asked, at: 0 } });
}

async function askMakers(
  work: Work,
  job: Job,
  made: { readonly nextMaker: (job: number, after: string) => string | null },
  leave: (scope: string) => void,
): Promise<StepResult | null> {
  const { asked } = job.progress.plan;
  const { maker } = asked;
  if (maker === null) {
    return null;
  }
  const scope = made.nextMaker(job.no, maker);
  const sharing = await whoShares(work, scope === null ? [] : [{ parent_scope: scope }]);
  if (!sharing.ok) {
    return onFault(work, job, sharing.error);
  }
  work.commit(job, () => {
    for (const one of sharing.value) {
      leave(one);
    }
    note(job, "plan", { asked: { ...asked, maker: scope } });
  });
  return AGAIN;
}
