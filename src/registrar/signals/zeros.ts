import { CALLBACK_TYPES } from "../../core/report/callback.ts";
import { METRICS, type Sample } from "../../core/report/metrics.ts";
import { ENDED_SWEEPS } from "../../core/report/sweep.ts";
import type { Records } from "../records.ts";

/**
 * Counters that have not counted yet, at 0. A scraper that first sees a counter as 1 sees no rise, so the first
 * dropped event, or the first failed sweep, would alert nobody.
 */
export function zerosOf({ config, counters, gauges }: Records): Sample[] {
  const counted = new Set(counters.all().map(keyOf));
  const zeros: Sample[] = [
    ...[...config.sources.keys()].map((source) => removals(source, "")),
    ...gauges.all().flatMap(({ policy, source }) => [
      removals(source, policy),
      ...[...ENDED_SWEEPS].map((status) => ({
        name: "lethe_sweeps_total" as const,
        labels: { source, policy, status },
        value: 0,
      })),
    ]),
    ...Object.keys(CALLBACK_TYPES).flatMap((type) =>
      ["delivered", "dropped"].map((result) => ({
        name: "lethe_callbacks_total" as const,
        labels: { type, result },
        value: 0,
      })),
    ),
  ];
  return zeros.filter((zero) => !counted.has(keyOf(zero)));
}

function removals(source: string, policy: string): Sample {
  return {
    name: "lethe_removals_total",
    labels: { source, policy, disposition: "deleted" },
    value: 0,
  };
}

function keyOf({ name, labels }: Sample): string {
  return JSON.stringify([name, ...METRICS[name].labels.map((label) => labels[label])]);
}
