import { err, ok, type Result } from "../../core/result.ts";
import { metadataField } from "../../core/person.ts";
import { isBusyState, type Session, type SessionRef } from "../../core/session.ts";
import { parseClock } from "../../core/timestamp.ts";
import { isJsonObject } from "../answer.ts";
import type { Fault } from "../fault.ts";
import { isKey, SessionRow } from "./wire.ts";

/**
 * Reads one row of an agent's list, or its answer to a get. A row without a key or of another agent is a
 * fault. `last_active_at` is only a lower bound here: events tell the truth (`readActivity`).
 */
export function toSession(
  value: unknown,
  agent: string,
  personPaths: readonly string[],
): Result<Session, Fault> {
  const parsed = SessionRow.safeParse(value);
  if (!parsed.success) {
    return invalid("a session is not in a form that can be read");
  }
  const row = parsed.data;
  const id = row.key ?? row.id;
  if (!isKey(id)) {
    return invalid("a session has no key that can be used");
  }
  if (typeof row.agent_key === "string" && row.agent_key !== agent) {
    return invalid("a session of another agent was answered");
  }
  const created = parseClock(row.created_at);
  return ok({
    scope: agent,
    id,
    clocks: { created_at: created, last_active_at: created },
    activity_read: false,
    busy: isBusyState(row.status),
    person: [
      ...personPaths.map((path) => metadataField(row.metadata, path)),
      { type: "agent_session_id", values: [`${agent}/${id}`, id] },
    ],
    parent: parentOf(row),
    version: 0,
    metadata: isJsonObject(row.metadata) ? row.metadata : null,
  });
}

/**
 * Half a parent is none: keys repeat from agent to agent, and a guess about whose child this is could
 * remove what belongs to somebody else.
 */
function parentOf(row: SessionRow): SessionRef | null {
  const { created_by_agent_key: scope, created_by_session_key: id } = row;
  return isKey(scope) && isKey(id) ? { scope, id } : null;
}

function invalid(detail: string): Result<never, Fault> {
  return err({ kind: "invalid", detail });
}
