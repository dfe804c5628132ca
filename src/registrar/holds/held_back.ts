import { isInForce, type HoldSelector } from "../../core/hold/hold.ts";
import type { HeldBack, HoldTarget } from "../../core/report/hold.ts";
import { POLICY_TARGETS } from "../../sources/kinds.ts";
import { namesOf, type SourceConfig } from "../../sources/provider.ts";
import type { Records } from "../records.ts";

/** Parts of erasures that are looked at for one answer. */
const MOST_PARTS = 200;

/** The jobs under way that leave sessions because of holds, where a hold of this target can bind. */
export function heldBack(records: Records, target: HoldTarget): HeldBack[] {
  const { config, erasures, holds, runtime, sweeps } = records;
  const now = runtime.now();
  const standing = holds.standing().filter((hold) => isInForce(hold, now));
  const binding = new Map(
    [...config.sources.values()]
      .filter((source) => canBindIn(target, source, config.sources))
      .map((source) => {
        const here = standing.filter(({ selector }) => canBindIn(selector, source, config.sources));
        return [source.name, here.length === 1] as const;
      }),
  );
  const found = [
    ...sweeps.active(null).map(({ id, policy, source, counts, dispositions }) => ({
      job: id,
      policy,
      source,
      held: counts.held + (dispositions.held ?? 0),
    })),
    ...erasures
      .openParts()
      .slice(0, MOST_PARTS)
      .map(({ id, source }) => {
        const part = erasures.parts(id).find((one) => one.source === source);
        return { job: id, policy: null, source, held: part?.report.dispositions.held ?? 0 };
      }),
  ];
  return found.flatMap((one) => {
    const isOnly = binding.get(one.source);
    return isOnly === undefined || one.held === 0 ? [] : [{ ...one, by_this_alone: isOnly }];
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
