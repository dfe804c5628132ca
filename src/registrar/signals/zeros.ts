import { CALLBACK_TYPES } from "../../core/report/callback.ts";
import { METRICS, type Sample } from "../../core/report/metrics.ts";
import { ENDED_SWEEPS } from "../../core/report/sweep.ts";
import type { PolicyGauge } from "../tables/gauges.ts";

/**
 * Counters that have not counted yet, at 0. A scraper that first sees a counter as 1 sees no rise, so the first
 * dropped event, or the first failed sweep, would alert nobody.
 */
export function zerosOf(
  sources: readonly string[],
  gauges: readonly PolicyGauge[],
  counted: readonly Sample[],
): Sample[] {
  const known = new Set(counted.map(keyOf));
  const zeros: Sample[] = [
    ...sources.map((source) => removals(source, "")),
    ...gauges.flatMap(({ policy, source }) => [
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
  return zeros.filter((zero) => !known.has(keyOf(zero)));
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
