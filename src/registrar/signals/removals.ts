import { addRise, tally, type DispositionCounts } from "../../core/count/disposition.ts";
import type { RemovalsSums } from "../../core/report/removals.ts";
import type { RemovalsRequest } from "../../contract/registrar.ts";
import type { Records } from "../records.ts";
import type { Moved } from "../tables/sweeps.ts";

/** Rows of one answer. */
const MOST_ROWS = 10_000;

/** Counts what a sweep has settled since its last news: each clause is told apart. */
export function countSweepRemovals(records: Records, { before, after }: Moved): void {
  const { policy, source } = after;
  const now = records.runtime.now();
  countRise(records, { source, policy }, before.dispositions, after.dispositions);
  for (const [place, { clock, after: duration, dispositions }] of after.by_clause.entries()) {
    const rise = addRise({}, before.by_clause[place]?.dispositions ?? {}, dispositions);
    records.removals_by_day.add({ policy, source, clause: `${clock} ${duration}` }, rise, now);
    records.removals_by_hour.add(policy, rise, now);
  }
}

/** The same of one source's part of an erasure. */
export function countPartRemovals(
  records: Records,
  source: string,
  before: DispositionCounts,
  after: DispositionCounts,
): void {
  const rise = countRise(records, { source, policy: "" }, before, after);
  records.removals_by_day.add({ policy: "", source, clause: "" }, rise, records.runtime.now());
}

function countRise(
  { counters, runtime }: Records,
  labels: { readonly source: string; readonly policy: string },
  before: DispositionCounts,
  after: DispositionCounts,
): DispositionCounts {
  const rise = addRise({}, before, after);
  for (const [disposition, n] of Object.entries(rise)) {
    counters.add("lethe_removals_total", { ...labels, disposition }, n, runtime.now());
  }
  return rise;
}

/** What became of planned sessions over some days; null: in more rows than one answer holds. */
export function removalsOf(
  { removals_by_day: byDay }: Records,
  request: RemovalsRequest,
): RemovalsSums | null {
  const rows = byDay.sums(request, MOST_ROWS + 1);
  if (rows.length > MOST_ROWS) {
    return null;
  }
  const totals = byDay
    .sums({ ...request, by: ["disposition"] }, MOST_ROWS)
    .reduce<DispositionCounts>(
      (sum, { disposition, count }) =>
        disposition === undefined ? sum : tally(sum, disposition, count),
      {},
    );
  return { rows, totals };
}
