import { holdBack, NO_FLOORS } from "../../core/policy/floors.ts";
import { recountHeld } from "../guard/empty_source.ts";
import { endOpenRows } from "../record/end.ts";
import { bindLineage } from "../select/lineage.ts";
import { findDifference } from "../select/difference.ts";
import { START_WAITING } from "../tables/family/family.ts";
import { note, type ErasureJob, type Job, type SweepJob } from "../tables/jobs.ts";
import { isEnding } from "../tables/progress.ts";
import { letGo, mayRemove } from "../job/permission.ts";
import { countForecast, openForecast } from "../select/forecast.ts";
import { orderSweep } from "../plan/sweep.ts";
import { guardSweep } from "../guard/sweep.ts";
import { guardErasure } from "../guard/erasure.ts";
import { orderErasure } from "../plan/erasure.ts";
import { remember } from "../record/remember.ts";
import { beginRemoval, rankAgain } from "../plan/rank_again.ts";
import { removeBatch } from "../remove/batches.ts";
import { removeByCall } from "../remove/calls.ts";
import { listPage, openSelection } from "../select/list.ts";
import { cutoffAhead } from "../job/rule.ts";
import { findChildren } from "../select/children.ts";
import { resolveBatches } from "../remove/lost_batches.ts";
import { resolveWhileStopped } from "../remove/attempts.ts";
import { leaveShared, leaveSharedNow } from "../plan/shared_followers.ts";
import { verifyErasure } from "../verify/erasure.ts";
import { verifySweep } from "../verify/sweep.ts";
import { waitForChildren } from "../plan/wait_for_children.ts";
import { isReading, walk } from "./walk.ts";
import { weigh } from "../select/activity.ts";
import type { Work } from "../job/work.ts";
import { accountChanged, isAnotherAccount, onFault, onStop } from "../job/faults.ts";
import { AGAIN, endJob, PARKED, type StepResult } from "../job/result.ts";

type Phases<J extends Job> = Readonly<
  Record<J["progress"]["phase"], (work: Work, job: J) => StepResult | Promise<StepResult>>
>;

const EITHER = {
  waiting: park,
  removing: remove,
  ending: endOpenRows,
  remembering: remember,
  clearing: clear,
  ended: keep,
} as const;

const SWEEP: Phases<SweepJob> = {
  ...EITHER,
  queued: openSelection,
  listing: listPage,
  children: bindSelected,
  forecast: countForecast,
  weighing: weigh,
  difference: findDifference,
  planning: (work, job) => waitForChildren(work, job) ?? orderSweep(work, job),
  guarding: guardSweep,
  ranking: rankAgain,
  verifying: verifySweep,
};

const ERASURE: Phases<ErasureJob> = {
  ...EITHER,
  queued: walk,
  listing: walk,
  children: bindFound,
  planning: orderErasure,
  guarding: guardErasure,
  verifying: (work, job) => (isReading(work, job) ? walk(work, job) : verifyErasure(work, job)),
};

/** Does the next bounded piece of a job: select, plan, guard, remove, verify, record. */
export async function step(work: Work, job: Job): Promise<StepResult> {
  const obeyed = obey(work, job);
  if (obeyed !== null) {
    return obeyed;
  }
  return job.kind === "sweep"
    ? SWEEP[job.progress.phase](work, job)
    : ERASURE[job.progress.phase](work, job);
}

function park(): StepResult {
  return PARKED;
}

async function bindSelected(work: Work, job: SweepJob): Promise<StepResult> {
  const more =
    (await bindLineage(work, job)) ?? (await leaveShared(work, job)) ?? waitForChildren(work, job);
  if (more === null) {
    note(job, "plan", { children: START_WAITING, asked: { maker: null, at: 0 } });
    openForecast(work, job, true);
  }
  return more ?? AGAIN;
}

async function bindFound(work: Work, job: ErasureJob): Promise<StepResult> {
  const more = (await bindLineage(work, job)) ?? (await findChildren(work, job));
  // Its plan may wait for days, and each read-back sees all sessions anew.
  if (more === null && !work.dropRows(job.no, "family")) {
    job.progress = { ...job.progress, phase: "planning" };
  }
  return more ?? AGAIN;
}

async function remove(work: Work, job: Job): Promise<StepResult> {
  if (!mayRemove(job)) {
    // No phase leads a preview here: whatever has, it removes nothing.
    return endJob(job, "observed");
  }
  const stop = work.restraints.stop();
  if (stop !== null) {
    await resolveWhileStopped(work, job);
    return onStop(work, job, stop);
  }
  // What a lost batch has removed is no more there to be left, nor to be removed again.
  const asked = (await resolveBatches(work, job)) ?? (await leaveSharedNow(work, job));
  if (job.kind === "sweep") {
    note(job, "remove", { from: job.progress.remove.from ?? work.runtime.now() });
  }
  if (asked !== null) {
    return asked;
  }
  const result =
    work.source.removes === "by_batch"
      ? await removeBatch(work, work.source, job)
      : await removeByCall(work, work.source, job);
  if (result !== null) {
    return result;
  }
  const recounted = await recountHeld(work);
  if (!recounted.ok) {
    return onFault(work, job, recounted.error);
  }
  job.progress = { ...job.progress, phase: "verifying" };
  note(job, "verify", { seq: 0 });
  if (job.kind === "sweep") {
    note(job, "remove", { to: work.runtime.now() });
  }
  return AGAIN;
}

/** Drops the rows of a job that has ended, some at a time: a plan may have a million. */
function clear(work: Work, job: Job): StepResult {
  const isKept = (job.progress.end.plan_until ?? 0) > work.runtime.now();
  if (!work.dropRows(job.no, isKept ? "scratch" : "all")) {
    job.progress = { ...job.progress, phase: "ended" };
  }
  return AGAIN;
}

/** A preview that has ended is there until its plan has had its time. */
function keep(work: Work, job: Job): StepResult {
  const until = job.progress.end.plan_until ?? 0;
  if (until > work.runtime.now()) {
    return { kind: "wait", until };
  }
  job.progress = { ...job.progress, phase: "clearing" };
  return AGAIN;
}

/** What the Registrar wants comes first; so does an account, or a clock, that is another than the plan's. */
function obey(work: Work, job: Job): StepResult | null {
  const { phase } = job.progress;
  if (isEnding(job.progress)) {
    return null;
  }
  const wish = work.jobs.wishOf(job.no);
  if (wish?.do === "stop") {
    return endJob(job, wish.as);
  }
  if (isAnotherAccount(work, job)) {
    return endJob(job, "failed", accountChanged(work.source_name));
  }
  const ahead = cutoffAhead(job, work.runtime.now());
  if (ahead !== null) {
    return endJob(job, "failed", ahead);
  }
  if (isBelowFloors(work, job)) {
    return endJob(job, "superseded");
  }
  if (phase === "waiting" && letGo(job, wish) !== null) {
    if (job.kind === "sweep" && job.progress.guard?.code === "source_empty") {
      // A person says that it is right.
      work.facts.setHeld(0, work.runtime.now());
    }
    return beginRemoval(job);
  }
  return null;
}

/** Whether the deployment has come to ask for more than this sweep was held to: the next tick plans anew. */
function isBelowFloors({ floors }: Work, job: Job): boolean {
  return (
    job.kind === "sweep" &&
    job.order.preview !== true &&
    !holdBack(job.order.floors ?? NO_FLOORS, floors)
  );
}
