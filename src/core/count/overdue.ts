import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";
import { before, parseDuration } from "../values/duration.ts";
import { named } from "../values/doc.ts";

/** How long overdue: up to each of these, and over the one before. What is over the last is `longer`. */
export const OVERDUE_BUCKETS = ["PT1H", "P1D", "P7D", "P30D", "P90D", "P1Y"] as const;
type OverdueBucket = (typeof OVERDUE_BUCKETS)[number] | "longer";

/** How many planned sessions are overdue by how much. */
export const OverdueHistogram = z
  .strictObject(
    Object.fromEntries([...OVERDUE_BUCKETS, "longer"].map((name) => [name, wholeNumber])) as {
      [B in OverdueBucket]: typeof wholeNumber;
    },
  )
  .meta(
    named(
      "OverdueHistogram",
      "Planned sessions by how long overdue: up to each, and over the one before",
    ),
  );
export type OverdueHistogram = Readonly<z.infer<typeof OverdueHistogram>>;

export const NONE_OVERDUE: OverdueHistogram = OverdueHistogram.parse(
  Object.fromEntries(Object.keys(OverdueHistogram.shape).map((name) => [name, 0])),
);

/** Adds sessions by the times at which they fell due; all in epoch milliseconds, calendar in UTC. */
export function addOverdue(
  histogram: OverdueHistogram,
  cutoff: number,
  dueAts: readonly number[],
): OverdueHistogram {
  const bounds = OVERDUE_BUCKETS.map((bucket) => ({ bucket, from: startOf(bucket, cutoff) }));
  const counts: Record<OverdueBucket, number> = { ...histogram };
  for (const dueAt of dueAts) {
    counts[bounds.find(({ from }) => dueAt >= from)?.bucket ?? "longer"] += 1;
  }
  return counts;
}

function startOf(bucket: string, cutoff: number): number {
  const duration = parseDuration(bucket);
  if (!duration.ok) {
    throw new Error(`${bucket} is no duration: ${duration.error}`);
  }
  return before(cutoff, duration.value);
}
