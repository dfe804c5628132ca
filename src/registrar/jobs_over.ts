import { ENDED_PARTS } from "../core/rule/erasure.ts";
import { ENDED_SWEEPS } from "../core/report/sweep.ts";
import type { OverJob, StopAs } from "../contract/custodian.ts";
import type { Records } from "./records.ts";
import type { Running } from "../contract/registrar.ts";

/**
 * Which of the jobs that a Custodian still runs must not go on. They have ended by this record, or are not in it:
 * one of the two was restored to a time before. Or their stop is on its way, and what came before it must not
 * begin a removal.
 */
export function jobsOver(records: Records, { source, ids }: Running): OverJob[] {
  const stops = records.commands.stops(source);
  return ids.flatMap((id) => {
    const as = stops.get(id) ?? endOf(records, source, id);
    return as === null ? [] : [{ id, as }];
  });
}

/** How a job is to end; null: it goes on. */
function endOf({ sweeps, erasures }: Records, source: string, id: string): StopAs | null {
  const sweep = sweeps.get(id);
  if (sweep !== null) {
    if (ENDED_SWEEPS.has(sweep.status)) {
      return "stopped";
    }
    return sweep.cancelled_by === null ? null : "cancelled";
  }
  const part = erasures.parts(id).find((one) => one.source === source);
  if (part === undefined || ENDED_PARTS.has(part.report.status)) {
    return "stopped";
  }
  return (erasures.get(id)?.state.stopping ?? null) === null ? null : "cancelled";
}
