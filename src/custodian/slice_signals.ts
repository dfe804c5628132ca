import { writeLog } from "../log.ts";
import type { SliceDone } from "./slice.ts";

/** One slice of one source, as it is told outside. */
export interface SliceSignal extends SliceDone {
  readonly source: string;
  /** Calls and D1 queries. */
  readonly calls: number;
  readonly took_ms: number;
}

/**
 * Writes the line of a slice and its point in Analytics Engine (20 doubles and one index of 96 bytes at
 * most; the order of the doubles is in docs/SIGNALS.md). A slice that touched no job says nothing.
 */
export function tellSlice(slice: SliceSignal, { METRICS: dataset }: Partial<Env>): void {
  const { source, jobs, steps, calls, took_ms, settled } = slice;
  if (jobs === 0) {
    return;
  }
  writeLog("info", "slice.done", { source, jobs, steps, calls, took_ms, ...settled });
  const { deleted = 0, ...others } = settled;
  const other = Object.values(others).reduce((sum, n) => sum + n, 0);
  dataset?.writeDataPoint({
    indexes: [source],
    blobs: ["slice.done", source],
    doubles: [jobs, steps, calls, took_ms, deleted, other],
  });
}
