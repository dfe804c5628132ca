import { ok, type Result } from "../../core/values/result.ts";
import { isRetryable, type Fault } from "../fault.ts";
import { hasSharedMode } from "../session_mode.ts";
import type { Turn } from "../source.ts";
import { agentPath, jsonOf, type Client } from "./client.ts";
import { AgentRow } from "./wire.ts";

/**
 * Whether any session of an agent can resume a child that another session made, so that one child serves
 * several people (sub-agent tools of mode `agent_scoped`). A document that cannot be read says yes; only
 * what a later try, or another credential, could change is a fault.
 */
export async function sharesChildren(
  client: Client,
  agent: string,
  turn: Turn,
): Promise<Result<boolean, Fault>> {
  const asked = await client.send(turn, { method: "GET", path: agentPath(agent), scope: agent });
  const json = asked.ok ? jsonOf(asked.value) : ({ ok: false, error: asked.error.fault } as const);
  if (!json.ok) {
    const isFault = isRetryable(json.error) || json.error.kind === "unauthorized";
    return isFault ? json : ok(true);
  }
  const row = AgentRow.safeParse(json.value);
  const isAgent = row.success && (row.data.key ?? row.data.id) === agent;
  return ok(!isAgent || hasSharedMode(json.value));
}
