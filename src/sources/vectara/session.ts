import { err, ok, type Result } from "../../core/values/result.ts";
import { metadataField } from "../../core/session/person.ts";
import { isBusyState, type Session, type SessionRef } from "../../core/session/session.ts";
import { parseClock } from "../../core/values/timestamp.ts";
import type { UnreadableRow } from "../../core/session/unreadable.ts";
import { isJsonObject } from "../answer.ts";
import { OVERSIZED } from "../json/list_scanner.ts";
import { isKey, SessionRow } from "./wire.ts";

/**
 * Reads one row of an agent's list, or its answer to a get; what is wrong with it where it cannot be said
 * whose session it is, or of which agent. `last_active_at` is only a lower bound here: events tell the truth (`readActivity`).
 */
export function toSession(
  value: unknown,
  agent: string,
  personPaths: readonly string[],
): Result<Session, UnreadableRow> {
  const parsed = SessionRow.safeParse(value);
  const id = parsed.success ? (parsed.data.key ?? parsed.data.id) : null;
  if (!parsed.success || !isKey(id)) {
    return err({ ref: null, detail: "a session has no key that can be used" });
  }
  const row = parsed.data;
  const ref = { scope: agent, id };
  const parent = parentOf(row);
  if ((row.agent_key ?? agent) !== agent) {
    return err({ ref, parent, detail: "a session of another agent was answered" });
  }
  if (row.metadata === OVERSIZED) {
    return err({ ref, parent, detail: "the metadata of a session is too large to be read" });
  }
  if (!isTextOrNone(row.created_by_agent_key) || !isTextOrNone(row.created_by_session_key)) {
    return err({ ref, detail: "what made a session is named by something other than text" });
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
    parent,
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

function isTextOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}
