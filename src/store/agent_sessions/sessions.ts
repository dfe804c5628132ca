import * as z from "zod";
import { createId } from "../../core/values/id.ts";
import { ok } from "../../core/values/result.ts";
import { retryAfterPause } from "../../core/hold/switch.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import {
  AGENT_SESSION_MAX_BYTES,
  agentSessionRow,
  type AgentSessionRecord,
} from "../tables/agent_session_record.ts";
import {
  findAgentSession,
  insertAgentSession,
  listAgentSessions,
  updateAgentSession,
} from "../tables/agent_sessions.ts";
import { findAgent } from "../tables/agents.ts";
import { mustRead } from "../../sources/d1/stored_record.ts";
import { agentNotFound, fail, invalid, sessionNotFound, type AgentProblem } from "./answer.ts";
import { deletes, reads, writes, type Call } from "./call.ts";
import { description, enabled, metadata, name, unsupported } from "./fields.ts";
import { chosenKey } from "./ids.ts";
import { cutPage, pageQuery } from "./page.ts";

/** How often a change that another one overtook is tried again. */
const ATTEMPTS = 3;

const Changes = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  metadata: metadata.optional(),
  enabled: enabled.optional(),
  tti_minutes: z.literal(0, "only 0: here a policy decides when a session goes").optional(),
  secrets: unsupported("not supported by the embedded store: it keeps no secrets"),
});

const parentKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[0-9a-zA-Z_-]+$/, "letters, digits, _ and - only");

const NewSession = Changes.extend({
  key: chosenKey("session_id").optional(),
  created_by_agent_key: parentKey.optional(),
  created_by_session_key: parentKey.optional(),
  from_session: unsupported("not supported by the embedded store: it cannot fork sessions"),
}).refine(
  (session) =>
    (session.created_by_agent_key === undefined) === (session.created_by_session_key === undefined),
  { path: ["created_by_session_key"], message: "give both created_by keys, or none" },
);

const NoQuery = z.strictObject({});
const ListQuery = z.strictObject(pageQuery(z.string()));

/** `POST /v2/agents/{agent_id}/sessions` */
export const createSession = writes(NewSession, async (call) => {
  const { deps, reach, agent_id: agentId, input } = call;
  // What a session has made keeps it from being swept.
  const { created_by_agent_key: parent } = input;
  if (reach !== null && parent !== undefined && !reach.includes(parent)) {
    return fail({ code: "forbidden", message: `This key does not reach the agent ${parent}` });
  }
  if (deps.keyring === null) {
    const message = "LETHE_SECRET is not set: no session can be created";
    return fail({ code: "not_configured", message });
  }
  const now = deps.now();
  const { key = createId("ase", now, deps.random), ...given } = input;
  const session = {
    id: key,
    key,
    agent_key: agentId,
    name: key,
    metadata: {},
    enabled: true,
    status: "unstarted",
    tti_minutes: 0,
    ...given,
    created_at: formatTimestamp(now),
  };
  if (isTooLarge(session)) {
    return fail(TOO_LARGE);
  }
  if (await insertAgentSession(deps.store, agentSessionRow(agentId, key, session, now), now)) {
    return ok({ status: 201, body: session });
  }
  return (await findAgent(deps.store, agentId)) === null
    ? fail(agentNotFound(agentId))
    : fail({ code: "session_already_exists", message: `Session ${key} exists already` });
});

/** `GET /v2/agents/{agent_id}/sessions` */
export const getSessions = reads(ListQuery, async ({ deps, agent_id: agentId, input }) => {
  if ((await findAgent(deps.store, agentId)) === null) {
    return fail(agentNotFound(agentId));
  }
  const { limit, page_key: after = "" } = input;
  const rows = await listAgentSessions(deps.store, agentId, after, limit + 1);
  const page = cutPage(rows, limit, deps.report, ({ key }) => key);
  const sessions = page.rows.map(({ key, record }) => toWire(key, record));
  return ok({ status: 200, body: { sessions, metadata: page.metadata } });
});

/** `GET /v2/agents/{agent_id}/sessions/{session_id}` */
export const getSession = reads(NoQuery, async (call) => {
  const session = await findAgentSession(call.deps.store, refOf(call));
  return session === null
    ? fail(await whatIsMissing(call))
    : ok({ status: 200, body: toWire(call.session_id, mustRead(session.record)) });
});

/** An imported record may have `id` or `key` alone; here a session has both, as clients expect. */
function toWire(key: string, record: AgentSessionRecord): AgentSessionRecord {
  return { id: key, key, ...record };
}

/** `PATCH …/sessions/{session_id}`: what is given replaces what was there, `metadata` as a whole. */
export const patchSession = writes(Changes, async (call) => {
  const { deps, input } = call;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const session = await findAgentSession(deps.store, refOf(call));
    if (session === null) {
      return fail(await whatIsMissing(call));
    }
    const changed = { ...mustRead(session.record), ...input };
    if (isTooLarge(changed)) {
      return fail(TOO_LARGE);
    }
    if (await updateAgentSession(deps.store, refOf(call), session.version, changed)) {
      return ok({ status: 200, body: toWire(call.session_id, changed) });
    }
  }
  return fail({ code: "conflict", message: "The session is being changed by others: ask again" });
});

/** `DELETE …/sessions/{session_id}`: with its events, through the Custodian, like everything that goes. */
export const deleteSession = deletes(async (call) => {
  if ((await findAgentSession(call.deps.store, refOf(call))) === null) {
    return fail(await whatIsMissing(call));
  }
  const removal = await call.deps.removeSession(refOf(call));
  switch (removal.kind) {
    case "deleted":
      return ok({ status: 204, body: null });
    case "absent":
      return fail(await whatIsMissing(call));
    case "held":
      return fail({
        code: "forbidden",
        message: `A hold keeps the session${removal.public_reason === null ? "" : `: ${removal.public_reason}`}`,
      });
    case "paused":
      return fail({
        code: "unavailable",
        message: "Removals are paused: nothing was deleted",
        headers: { "retry-after": retryAfterPause(removal.until, call.deps.now()) },
      });
    case "unavailable":
      return fail({
        code: "unavailable",
        message: "It is not known whether the session was deleted: ask again",
        headers: { "retry-after": "5" },
      });
  }
});

/** Tells a missing agent from a missing session. */
export async function whatIsMissing(call: Call): Promise<AgentProblem> {
  return (await findAgent(call.deps.store, call.agent_id)) === null
    ? agentNotFound(call.agent_id)
    : sessionNotFound(call.session_id);
}

export function refOf({ agent_id: scope, session_id: id }: Call) {
  return { scope, id };
}

const TOO_LARGE = invalid([
  {
    field: "metadata",
    message: `the session would be larger than ${AGENT_SESSION_MAX_BYTES} bytes`,
  },
]);

function isTooLarge(session: AgentSessionRecord): boolean {
  return new TextEncoder().encode(JSON.stringify(session)).length > AGENT_SESSION_MAX_BYTES;
}
