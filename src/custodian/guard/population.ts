import { matchesGlob } from "../../core/values/glob.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { type StepResult, AGAIN } from "../job/result.ts";
import type { Job } from "../tables/jobs.ts";

/**
 * Counts one page of the source's population; null when it is complete, or when so many are counted that
 * what was found is no large share of them.
 */
export async function countPopulation(
  work: Pick<Work, "runtime" | "source" | "source_name" | "meter">,
  job: Job,
  scopes: readonly string[] | null,
  enough: number,
): Promise<StepResult | null> {
  const turn = await work.meter.reserve();
  const page = turn.ok ? await work.source.population?.(job.progress.cursor, turn.value) : turn;
  if (page === undefined) {
    return null;
  }
  if (!page.ok) {
    return onFault(work, job, page.error);
  }
  let matched = job.progress.matched ?? 0;
  for (const [scope, n] of Object.entries(page.value.scopes)) {
    matched += scopes === null || scopes.some((pattern) => matchesGlob(pattern, scope)) ? n : 0;
  }
  const next = matched >= enough ? null : page.value.next;
  job.progress = { ...job.progress, matched, cursor: next };
  return next === null ? null : AGAIN;
}
