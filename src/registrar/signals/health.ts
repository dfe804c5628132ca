import type { Health, SourceState } from "../../core/report/health.ts";
import { attentionOf } from "../../core/rule/attention.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import type { SourceConfig } from "../../sources/provider.ts";
import type { Records } from "../records.ts";
import { attentionFacts } from "./attention.ts";

/** The state of the deployment: names and codes, no identifiers. */
export function healthOf(records: Records): Health {
  const { config, facts, runtime } = records;
  const now = runtime.now();
  return {
    last_tick: formatInstant(facts.get("last_tick")),
    policy_problems: facts.get("policy_problems") ?? [],
    sources: Object.fromEntries(
      [...config.sources.values()].map((source) => [source.name, stateOf(records, source)]),
    ),
    ...attentionOf(attentionFacts(records, now), now),
  };
}

function stateOf({ facts, readings }: Records, { name, per_second }: SourceConfig): SourceState {
  const told = readings.of(name);
  return {
    ...facts.sourceHealth(name),
    pace:
      told === null
        ? null
        : {
            breaker: told.reading.breaker,
            rate: told.reading.rate,
            limit: per_second,
            at: formatTimestamp(told.at),
            answered_at: formatInstant(told.answered_at),
          },
  };
}
