import type { PolicyTarget } from "../core/policy.ts";
import type { SessionKind, SourceConfig } from "../sources/open.ts";

/** What a session of each kind has, with any provider. */
const TARGETS: Readonly<Record<SessionKind, PolicyTarget>> = {
  client_sessions: { clocks: ["expires_at", "created_at"], matches_metadata: false },
  agent_sessions: { clocks: ["last_active_at", "created_at"], matches_metadata: true },
};

/** What policies may say about each configured source. */
export function policyTargets(
  sources: ReadonlyMap<string, Pick<SourceConfig, "kind">>,
): ReadonlyMap<string, PolicyTarget> {
  return new Map([...sources].map(([name, { kind }]) => [name, TARGETS[kind]]));
}
