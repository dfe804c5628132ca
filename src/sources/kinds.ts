import type { PolicyTarget } from "../core/policy/policy.ts";
import type { SessionKind, SourceConfig } from "./provider.ts";

/** What a session of each kind has, with any provider: the clocks and fields a policy may name. */
export const POLICY_TARGETS: Readonly<Record<SessionKind, PolicyTarget>> = {
  client_sessions: {
    clocks: ["expires_at", "created_at"],
    matches_metadata: false,
    has_parents: false,
  },
  agent_sessions: {
    clocks: ["last_active_at", "created_at"],
    matches_metadata: true,
    has_parents: true,
  },
};

/** The identifier types that a source can search by. */
export function identifierTypesOf({
  kind,
  person_paths: paths,
}: Pick<SourceConfig, "kind" | "person_paths">): string[] {
  switch (kind) {
    case "client_sessions":
      return ["user_identifier_key", "user_identity_id", "client_session_id", "customer_key"];
    case "agent_sessions":
      return [...paths.map((path) => `metadata:${path}`), "agent_session_id"];
  }
}
