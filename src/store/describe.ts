import { describeAgentSessions } from "./agent_sessions/openapi.ts";
import { describeClientSessions } from "./client_sessions/openapi.ts";
import type { FormatDescription } from "./openapi.ts";

/** The routes of the embedded store in both formats; `scheme` is the document's name for API keys. */
export function describeStore(scheme: string): FormatDescription {
  const [clients, agents] = [describeClientSessions(scheme), describeAgentSessions(scheme)];
  return {
    paths: { ...clients.paths, ...agents.paths },
    schemas: { ...clients.schemas, ...agents.schemas },
    schemes: { ...clients.schemes, ...agents.schemes },
  };
}
