import * as z from "zod";
import { fieldErrors, type FieldError } from "../../core/policy/policy.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { isBusyState } from "../../core/session/session.ts";
import { parseClock } from "../../core/values/timestamp.ts";

// How an agent session in the wire form becomes a row: every write goes through here, so that the
// clocks the sweeps read can never differ from the record that a client reads.

/** An agent session as a client sees it, with whatever fields it was given. */
export type AgentSessionRecord = Readonly<Record<string, unknown>>;

/** The largest stored record in UTF-8 bytes: pages of records must fit in memory. */
export const AGENT_SESSION_MAX_BYTES = 64 * 1024;

/** One row of `agent_sessions`, ready to be written. */
export interface AgentSessionRow {
  readonly agent_key: string;
  readonly session_key: string;
  readonly created_at: number | null;
  readonly last_active_at: number | null;
  readonly parent_agent_key: string | null;
  readonly parent_session_key: string | null;
  readonly busy: number;
  readonly record: string;
}

/** One row of `agent_events`. */
export interface AgentEventRow {
  readonly agent_key: string;
  readonly session_key: string;
  readonly event_id: string;
  readonly created_at: number | null;
  readonly record: string;
}

const key = z
  .string("required: the key that it has")
  .min(1, "empty: give the key that it has")
  .max(200, "too long: at most 200 characters")
  .regex(/^[0-9a-zA-Z_-]*$/, "letters, digits, _ and - only");

/** An erasure finds a session that names nobody by what made it. */
const maker = z.string("not text: write the key of what made the session, or null").nullish();

/** What an agent session must say to be stored and found again. */
export const AgentSession = z
  .looseObject({
    key: key.optional(),
    id: key.optional(),
    agent_key: key,
    created_by_agent_key: maker,
    created_by_session_key: maker,
  })
  .refine(({ key: one, id }) => one !== undefined || id !== undefined, {
    path: ["key"],
    message: "required: the key that it has",
  })
  .refine(({ key: one, id }) => one === undefined || id === undefined || one === id, {
    path: ["id"],
    message: "another than key: they name the same session",
  });

/** The same of an event. */
export const AgentEvent = z.looseObject({
  id: z.string("required: the id that it has").min(1).max(200),
});

/**
 * Reads a whole session with its events as it was kept elsewhere: `key` or `id`, `agent_key`, and
 * whatever else, kept as given.
 */
export function parseAgentSession(
  session: AgentSessionRecord,
  events: readonly Readonly<Record<string, unknown>>[],
): Result<{ session: AgentSessionRow; events: readonly AgentEventRow[] }, FieldError> {
  const parsed = AgentSession.safeParse(session);
  if (!parsed.success) {
    return err(firstError(parsed.error, "session"));
  }
  if (new TextEncoder().encode(JSON.stringify(session)).length > AGENT_SESSION_MAX_BYTES) {
    return err({ field: "session", message: `larger than ${AGENT_SESSION_MAX_BYTES} bytes` });
  }
  const { agent_key: agentKey } = parsed.data;
  const sessionKey = parsed.data.key ?? parsed.data.id ?? "";
  const ids = new Set<string>();
  const rows: AgentEventRow[] = [];
  for (const [index, event] of events.entries()) {
    const read = AgentEvent.safeParse(event);
    if (!read.success) {
      return err(firstError(read.error, `events[${index}]`));
    }
    const { id } = read.data;
    if (ids.has(id)) {
      return err({ field: `events[${index}].id`, message: "another event has it already" });
    }
    ids.add(id);
    rows.push({
      agent_key: agentKey,
      session_key: sessionKey,
      event_id: id,
      created_at: parseClock(event["created_at"]),
      record: JSON.stringify(event),
    });
  }
  const activity = lastActiveAt(
    session,
    rows.map((row) => row.created_at),
  );
  return ok({ session: agentSessionRow(agentKey, sessionKey, session, activity), events: rows });
}

/** The row of a session whose keys are known. */
export function agentSessionRow(
  agentKey: string,
  sessionKey: string,
  record: AgentSessionRecord,
  lastActiveAtMs: number | null,
): AgentSessionRow {
  const { created_by_agent_key: parentAgent, created_by_session_key: parentSession } = record;
  // Half a parent is none: session keys repeat from agent to agent.
  const hasParent = typeof parentAgent === "string" && typeof parentSession === "string";
  return {
    agent_key: agentKey,
    session_key: sessionKey,
    created_at: parseClock(record["created_at"]),
    last_active_at: lastActiveAtMs,
    parent_agent_key: hasParent ? parentAgent : null,
    parent_session_key: hasParent ? parentSession : null,
    busy: busyOf(record),
    record: JSON.stringify(record),
  };
}

/** Whether a record says that its session is in use, as its column keeps it. */
export function busyOf(record: AgentSessionRecord): number {
  return Number(isBusyState(record["status"]));
}

/**
 * The newest event, but never before the session was made: a fork brings older events along. An event at
 * an unreadable time: unknown.
 */
function lastActiveAt(
  session: AgentSessionRecord,
  events: readonly (number | null)[],
): number | null {
  if (events.includes(null)) {
    return null;
  }
  return events.reduce<number | null>(
    (latest, at) => (at !== null && (latest === null || at > latest) ? at : latest),
    parseClock(session["created_at"]),
  );
}

/** The first of what is wrong, its field below the place `at`. */
export function firstError(error: z.ZodError, at: string): FieldError {
  const [first] = fieldErrors(error);
  const field = [at, first?.field ?? ""].filter((part) => part !== "").join(".");
  return { field, message: first?.message ?? "not a record" };
}
