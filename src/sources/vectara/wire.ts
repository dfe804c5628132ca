import * as z from "zod";

// What is read of Vectara's answers, and nothing else: unknown fields are ignored, and every field that
// some version leaves out may be missing here. What a value means is decided in session.ts and activity.ts.

const pageMetadata = z.looseObject({ page_key: z.string().nullish() }).nullish();

/** One page of `GET /v2/agents`. The list itself is required: `{}` is not an account without agents. */
export const AgentPage = z.looseObject({ agents: z.array(z.unknown()), metadata: pageMetadata });

/** One page of `GET /v2/agents/{agent}/sessions`. */
export const SessionPage = z.looseObject({
  sessions: z.array(z.unknown()),
  metadata: pageMetadata,
});

/** One page of `GET /v2/agents/{agent}/sessions/{session}/events`. */
export const EventPage = z.looseObject({ events: z.array(z.unknown()), metadata: pageMetadata });

/** One page of `GET /v2/agent_analytics/traces`. */
export const TracePage = z.looseObject({ traces: z.array(z.unknown()) });

export const AgentRow = z.looseObject({ key: z.string().nullish(), id: z.string().nullish() });

export const SessionRow = z.looseObject({
  key: z.string().nullish(),
  id: z.string().nullish(),
  agent_key: z.string().nullish(),
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
