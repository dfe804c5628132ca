import type { GuardsStored } from "../../contract/custodian.ts";
import { guardsSince, type NewGuard } from "../holds/flights.ts";
import type { Guards } from "../holds/copy.ts";
import type { TooLateList } from "../holds/too_late.ts";
import type { Work } from "../job/work.ts";

/**
 * Waits until every call under way that a newer guard matches has settled, and answers what it came too
 * late for. Batches whose answer was lost are fenced first, so that none runs after this has answered.
 * Throws where that cannot be done: the copy is stored then, and is not yet said to be in force.
 */
export async function settleGuards(
  guards: Guards,
  work: Work | null,
  since: number,
): Promise<GuardsStored> {
  const { copy } = guards;
  await guards.flights.settled(copy);
  const late = guards.flights.tooLate(copy, since);
  if (work !== null) {
    const newer = guardsSince(copy, since, work.names);
    await fence(work, guards, newer, late);
    noteAttempts(work, guards, newer, late);
  }
  return { version: copy.version, stamp: copy.stamp, too_late: late.list() };
}

/** Sees to it that no batch whose answer was lost can still run, and notes what it removed. */
async function fence(
  work: Work,
  guards: Guards,
  newer: readonly NewGuard[],
  late: TooLateList,
): Promise<void> {
  for (const { batch, job, seqs } of work.batches.openAll()) {
    if (guards.flights.has(batch)) {
      continue;
    }
    const turn = await work.meter.reserve();
    const removed = turn.ok ? await work.source.settle?.(batch, turn.value) : turn;
    if (removed?.ok !== true) {
      throw new Error("a removal whose answer was lost could not be settled");
    }
    const gone = new Set(removed.value);
    const rows = work.plan.bySeqs(
      job,
      seqs.filter((seq) => gone.has(seq)),
    );
    for (const guard of newer) {
      for (const row of rows) {
        late.note(guard.id, guard.holding(row), row);
      }
      // A removal for a caller has no row that says which session it was.
      late.noteUnknown(guard.id, gone.size - rows.length);
    }
  }
}

/** Notes calls to a provider whose outcome nobody knows yet: they may still have an effect. */
function noteAttempts(
  work: Work,
  guards: Guards,
  newer: readonly NewGuard[],
  late: TooLateList,
): void {
  if (newer.length === 0) {
    return;
  }
  for (const row of work.plan.attempted(work.jobs.numbers())) {
    if (!guards.flights.isKnown(row)) {
      for (const guard of newer) {
        late.noteUnknown(guard.id, guard.holding(row) === "free" ? 0 : 1);
      }
    }
  }
}
