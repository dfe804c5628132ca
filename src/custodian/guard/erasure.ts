import { SHARE_COUNTS_FROM } from "../../core/policy/policy.ts";
import { distinctOnly } from "../job/matched.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { mayRemove } from "../job/permission.ts";
import { AGAIN, endJob, PARKED, type StepResult } from "../job/result.ts";
import { digestPage } from "../plan/digest.ts";
import { queryOf } from "../select/query.ts";
import { note, type ErasureJob } from "../tables/jobs.ts";
import { idsFound, ambiguousId } from "./bare_ids.ts";
import { guardEmpty, awaitSource } from "./empty_source.ts";
import { countPopulation } from "./population.ts";

/**
 * The plan of an erasure is told to the Registrar and waits: another source may find a contradiction, or all
 * together more than may go. So does what a read-back has added to it. A dry run ends here.
 */
export async function guardErasure(work: Work, job: ErasureJob): Promise<StepResult> {
  const isReadBack = job.progress.verify.pass > 0;
  const first = isReadBack ? null : await guardFound(work, job);
  if (first !== null) {
    return first;
  }
  if (digestPage(work, job)) {
    return AGAIN;
  }
  const { found } = job.progress.plan;
  const needsShare = job.progress.matched === null || job.progress.cursor !== null;
  if (found >= SHARE_COUNTS_FROM && needsShare && work.source.population !== undefined) {
    const counted = await countPopulation(work, job, null, found * 2);
    if (counted !== null) {
      return counted;
    }
  }
  const matched = job.progress.matched ?? distinctOnly(job, job.progress.counts.examined);
  job.progress = {
    ...job.progress,
    // What was seen since it was counted is there, too.
    matched: isReadBack ? Math.max(matched ?? 0, found) : matched,
  };
  note(job, "guard", { ids_found: idsFound(work, job), empty_since: null });
  if (!mayRemove(job)) {
    return endJob(job, "observed");
  }
  job.progress = { ...job.progress, phase: "waiting" };
  return PARKED;
}

/** What must be right of a plan before anybody asks how large it is. */
async function guardFound(work: Work, job: ErasureJob): Promise<StepResult | null> {
  const conflict = job.progress.select.conflict ?? ambiguousId(work, job);
  if (conflict !== null) {
    note(job, "select", { conflict });
    // Of what is only looked at, the rest is worth to be seen.
    if (mayRemove(job)) {
      return endJob(job, "conflict");
    }
  }
  const { has_children: readsAll } = work.source.capabilities;
  if (
    job.progress.plan.found >= SHARE_COUNTS_FROM &&
    !readsAll &&
    work.source.population === undefined &&
    !job.progress.select.whole
  ) {
    // A filtered list does not tell how large the source is, and the guard needs to know.
    job.progress = { ...job.progress, phase: "queued" };
    note(job, "select", { whole: true });
    return AGAIN;
  }
  const all = queryOf(work, job).kind === "all";
  const empty = await guardEmpty(work, { all, sessions: job.progress.counts.examined });
  if (!empty.ok) {
    return onFault(work, job, empty.error);
  }
  return empty.value === null ? null : awaitSource(work, job, empty.value, { phase: "queued" });
}
