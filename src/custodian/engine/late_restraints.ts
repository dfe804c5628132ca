import type { RestraintsStored } from "../../contract/custodian.ts";
import { restraintsSince, type NewRestraint } from "../holds/calls_under_way.ts";
import type { Restraints } from "../holds/restraints.ts";
import type { TooLateList } from "../holds/too_late.ts";
import type { Work } from "../job/work.ts";

/**
 * Waits until every call under way that a newer restraint matches has ended, and answers what it came too
 * late for. Batches whose answer was lost are fenced first, so that none runs after this has answered.
 * Throws where that cannot be done: the copy is stored then, and is not yet said to be in force.
 */
export async function obeyRestraints(
  restraints: Restraints,
  work: Work | null,
  since: number,
): Promise<RestraintsStored> {
  const { copy } = restraints;
  await restraints.flights.awaitLanding(copy);
  const late = restraints.flights.tooLate(copy, since);
  if (work !== null) {
    const newer = restraintsSince(copy, since, work.names);
    await fence(work, restraints, newer, late);
    noteAttempts(work, restraints, newer, late);
  }
  return { version: copy.version, stamp: copy.stamp, too_late: late.list() };
}

/** Sees to it that no batch whose answer was lost can still run, and notes what it removed. */
async function fence(
  work: Work,
  restraints: Restraints,
  newer: readonly NewRestraint[],
  late: TooLateList,
): Promise<void> {
  for (const { batch, job, seqs } of work.batches.open()) {
    if (restraints.flights.has(batch)) {
      continue;
    }
    const turn = await work.meter.reserve();
    const removed =
      turn.ok && work.source.removes === "by_batch"
        ? await work.source.resolve(batch, turn.value)
        : null;
    if (removed?.ok !== true) {
      throw new Error("a removal whose answer was lost could not be resolved");
    }
    const gone = new Set(removed.value);
    const rows = work.plan.bySeqs(
      job,
      seqs.filter((seq) => gone.has(seq)),
    );
    for (const restraint of newer) {
      for (const row of rows) {
        late.note(restraint.id, restraint.holding(row), row);
      }
      // A removal for a caller has no row that says which session it was.
      late.noteUnknown(restraint.id, gone.size - rows.length);
    }
  }
}

/** Notes calls to a provider whose outcome nobody knows yet: they may still have an effect. */
function noteAttempts(
  work: Work,
  restraints: Restraints,
  newer: readonly NewRestraint[],
  late: TooLateList,
): void {
  if (newer.length === 0) {
    return;
  }
  for (const row of work.plan.attempted()) {
    if (!restraints.flights.isKnown(row)) {
      for (const restraint of newer) {
        late.noteUnknown(restraint.id, restraint.holding(row) === "free" ? 0 : 1);
      }
    }
  }
}
