import type { Provider } from "../provider.ts";
import { agentSessionTable } from "./agent_session_table.ts";
import { clientSessionTable } from "./client_session_table.ts";
import { createD1Source } from "./source.ts";

/** The embedded store: client and agent sessions in D1. */
export const d1Provider: Provider = {
  kinds: ["client_sessions", "agent_sessions"],
  default_endpoint: null,
  default_per_second: null,
  default_settle_seconds: 10,
  expires_by_itself: false,
  open: (config, deps) =>
    createD1Source(
      config.kind === "client_sessions" ? clientSessionTable : agentSessionTable,
      config,
      deps,
    ),
};
