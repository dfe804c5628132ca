import { folded, foldsInto } from "../../core/rule/empty_tick.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import type { Records } from "../records.ts";

/**
 * Lets a sweep of a tick that has ended and found nothing due stand for the one before it, if that found nothing
 * either: reports are then of work, and not of minutes. The one before goes from the list.
 */
export function foldTick({ sweeps, folded_sweeps: kept }: Records, sweep: SweepReport): void {
  const before = sweeps.before(sweep);
  if (before !== null && foldsInto(before, sweep)) {
    kept.add(before);
    sweeps.remove(before.id);
    sweeps.save(folded(before, sweep));
  }
}

/** A sweep by its id, also one for which a later one stands. */
export function findSweep(
  { sweeps, folded_sweeps: kept }: Pick<Records, "sweeps" | "folded_sweeps">,
  id: string,
): SweepReport | null {
  return sweeps.get(id) ?? kept.get(id);
}
