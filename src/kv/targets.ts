import type { PolicyTarget } from "../core/policy/policy.ts";
import { POLICY_TARGETS } from "../sources/kinds.ts";
import type { SourceConfig } from "../sources/provider.ts";

/** What policies may say about each configured source. */
export function policyTargets(
  sources: ReadonlyMap<string, Pick<SourceConfig, "kind">>,
): ReadonlyMap<string, PolicyTarget> {
  return new Map([...sources].map(([name, { kind }]) => [name, POLICY_TARGETS[kind]]));
}
