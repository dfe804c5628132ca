import type { Health } from "../../core/report/health.ts";
import { attentionOf } from "../../core/rule/attention.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
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
      [...config.sources.keys()].map((source) => [source, facts.sourceHealth(source)]),
    ),
    ...attentionOf(attentionFacts(records, now), now),
  };
}
