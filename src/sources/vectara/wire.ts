import * as z from "zod";

// What is read of Vectara's answers, and nothing else: unknown fields are ignored, and every field that
// some version leaves out may be missing here. What a value means is decided in session.ts and activity.ts.

/** What stands beside the rows of a page. */
export const PageMetadata = z.looseObject({ page_key: z.string().nullish() }).nullish();

/** One page of `GET /v2/agents/{agent}/sessions/{session}/events`. */
export const EventPage = z.looseObject({ events: z.array(z.unknown()), metadata: PageMetadata });

/** One page of `GET /v2/agent_analytics/traces`. */
export const TracePage = z.looseObject({ traces: z.array(z.unknown()) });

export const AgentRow = z.looseObject({ key: z.string().nullish(), id: z.string().nullish() });

/** Everything that is read of an agent in a list, and of a session. */
export const AGENT_FIELDS: ReadonlySet<string> = new Set(["key", "id"]);
export const SESSION_FIELDS: ReadonlySet<string> = new Set([
  "key",
  "id",
  "agent_key",
  "metadata",
  "status",
  "tti_minutes",
  "created_at",
  "created_by_agent_key",
  "created_by_session_key",
]);

export const SessionRow = z.looseObject({
  key: z.string().nullish(),
  id: z.string().nullish(),
  agent_key: z.unknown().optional(),
  metadata: z.unknown().optional(),
  status: z.unknown().optional(),
  tti_minutes: z.unknown().optional(),
  created_at: z.unknown().optional(),
  created_by_agent_key: z.unknown().optional(),
  created_by_session_key: z.unknown().optional(),
});
export type SessionRow = z.output<typeof SessionRow>;

export const EventRow = z.looseObject({
  session_key: z.string().nullish(),
  created_at: z.unknown().optional(),
});

export const TraceRow = z.looseObject({
  agent_key: z.string().nullish(),
  session_key: z.string().nullish(),
  started_at: z.unknown().optional(),
});

// Vectara promises 50 of [0-9a-zA-Z_-]. More is taken, but nothing that could change a path or be read
// as two parts: no slashes, white space or control characters, and never a relative path segment.
const KEY = /^[^/\\\p{C}\p{Z}]{1,200}$/u;

/** Whether a text can be the key of an agent or a session. */
export function isKey(value: unknown): value is string {
  return typeof value === "string" && KEY.test(value) && !/^\.{1,2}$/.test(value);
}
