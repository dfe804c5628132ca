import { ENDED_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { StopReason } from "../../core/report/stop_reason.ts";
import type { Records } from "../records.ts";
import { floorsOf } from "../../config/floors.ts";
import { sameFloors } from "../../core/policy/floors.ts";

const STOPPED: ReadonlySet<string> = new Set(["cancelled", "stopped", "superseded"]);

/** Notes why a sweep is told to stop, if nothing has told it to before. */
export function noteReason(records: Records, sweep: SweepReport, reason: StopReason): void {
  if (sweep.stop_reason === null && sweep.cancelled_by === null) {
    records.sweeps.save({ ...sweep, stop_reason: reason });
  }
}

/** A sweep as news has it, with why it ended if it was stopped; nothing where it came to another end. */
export function withReason(records: Records, sweep: SweepReport): SweepReport {
  if (!ENDED_SWEEPS.has(sweep.status)) {
    return sweep;
  }
  return { ...sweep, stop_reason: STOPPED.has(sweep.status) ? reasonOf(records, sweep) : null };
}

/** Its Custodian stops it by itself where the floors have changed. Else what this object knew of it is lost. */
function reasonOf(records: Records, sweep: SweepReport): StopReason | null {
  const { stop_reason: known, cancelled_by: canceller, status } = sweep;
  if (known !== null || canceller !== null) {
    return known;
  }
  return status === "superseded" && !hasFloors(records, sweep) ? "floors_changed" : "restored";
}

/** Whether the deployment still asks what it asked when a sweep began. */
export function hasFloors({ config }: Records, { source, floors }: SweepReport): boolean {
  return sameFloors(floors, floorsOf(config, source));
}
