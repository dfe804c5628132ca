import type { HoldSelector } from "../../core/hold/hold.ts";
import type { HeldBack, HoldTarget } from "../../core/report/hold.ts";
import { POLICY_TARGETS } from "../../sources/kinds.ts";
import { namesOf, type SourceConfig } from "../../sources/provider.ts";
import type { Records } from "../records.ts";

/** Parts of erasures that are looked at for one answer. */
const MOST_PARTS = 200;

/** The jobs under way that leave sessions because of holds, where a hold of this target can bind. */
export function heldBack(records: Records, target: HoldTarget): HeldBack[] {
  const { config, erasures, holds, sweeps } = records;
  const standing = holds.standing().map(({ selector }) => selector);
  const found = [
    ...sweeps.active(null).map(({ id, policy, source, counts, dispositions, created_at }) => ({
      job: { job: id, policy, source, held: counts.held + (dispositions.held ?? 0) },
      began: created_at,
    })),
    ...erasures
      .openParts()
      .slice(0, MOST_PARTS)
      .map(({ id, source }) => {
        const part = erasures.parts(id).find((one) => one.source === source);
        const held = part?.report.dispositions.held ?? 0;
        const began = erasures.get(id)?.head.created_at ?? null;
        return { job: { job: id, policy: null, source, held }, began };
      }),
  ];
  return found.flatMap(({ job, began }) => {
    const source = config.sources.get(job.source);
    const binds = (one: HoldSelector | HoldTarget): boolean =>
      source !== undefined && canBindIn(one, source, config.sources);
    if (job.held === 0 || began === null || !binds(target)) {
      return [];
    }
    // What the job has left may be of a hold that is over by now.
    const over = holds.overSince(Date.parse(began));
    return [{ ...job, by_this_alone: [...standing, ...over].filter(binds).length === 1 }];
  });
}

/** Whether a hold can bind any session of a source, by its own name or that of another of the same account. */
export function canBindIn(
  selector: HoldSelector | HoldTarget,
  source: SourceConfig,
  sources: ReadonlyMap<string, SourceConfig>,
): boolean {
  if (selector.kind === "subject") {
    return true;
  }
  const isNamed =
    selector.source === null || namesOf(source, sources.values()).has(selector.source);
  return isNamed && (selector.kind !== "metadata" || POLICY_TARGETS[source.kind].matches_metadata);
}
