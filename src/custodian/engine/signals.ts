import { writeLog } from "../../platform/log.ts";
import type { SliceDone } from "./slice.ts";
import type { PaceReading } from "../../core/pace/totals.ts";
import type { Work } from "../job/work.ts";

/**
 * Writes the line of a slice and its point in Analytics Engine (20 doubles and one index of 96 bytes at
 * most; the order of the doubles is in docs/SIGNALS.md). `before` is the reading at its start.
 */
export function tellSlice(
  { source_name: source, meter, runtime }: Work,
  { jobs, steps, settled }: SliceDone,
  startedAt: number,
  before: PaceReading,
  { METRICS: dataset }: Partial<Env>,
): void {
  const { calls, waitedMs: waited_ms } = meter;
  const took_ms = runtime.now() - startedAt;
  const { calls_by_status: statuses, throttled_ms: throttled, breaker } = meter.reading();
  const throttled_ms = throttled - before.throttled_ms;
  const rise = (status: keyof typeof statuses): number =>
    statuses[status] - before.calls_by_status[status];
  const limited = rise("429");
  const faults = rise("5xx") + rise("none");
  const { deleted = 0, ...others } = settled;
  const other = Object.values(others).reduce((sum, n) => sum + n, 0);
  writeLog("info", "slice.done", {
    source,
    jobs,
    steps,
    calls,
    took_ms,
    waited_ms,
    throttled_ms,
    limited,
    faults,
    breaker,
    ...settled,
  });
  dataset?.writeDataPoint({
    indexes: [source],
    blobs: ["slice.done", source, breaker],
    doubles: [
      jobs,
      steps,
      calls,
      took_ms,
      deleted,
      other,
      waited_ms,
      throttled_ms,
      limited,
      faults,
    ],
  });
}
