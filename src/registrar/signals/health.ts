import type { Health } from "../../core/report/health.ts";
import { isMostlyDated } from "../../core/count/undated.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";

/** The state of the deployment: names and codes, no identifiers. */
export function healthOf({ config, erasures, facts, gauges, sweeps }: Records): Health {
  return {
    last_tick: formatInstant(facts.get("last_tick")),
    policy_problems: facts.get("policy_problems") ?? [],
    sources: Object.fromEntries(
      [...config.sources.keys()].map((source) => [source, facts.sourceHealth(source)]),
    ),
    undated: gauges.all().flatMap(({ policy, source, backlog }) => {
      const share = backlog?.undated ?? null;
      return share === null || isMostlyDated(share) ? [] : [{ policy, source, ...share }];
    }),
    stalled: [
      ...erasures.stalled().map(({ id }) => ({ id, kind: "erasure" as const, source: null })),
      ...sweeps.recentlyStalled().map(({ id, source }) => ({ id, kind: "sweep" as const, source })),
    ],
  };
}
