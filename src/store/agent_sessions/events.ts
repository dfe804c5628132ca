import * as z from "zod";
import { createId } from "../../core/values/id.ts";
import { ok } from "../../core/values/result.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import { insertEvent, listEvents } from "../tables/agent_events.ts";
import { findAgentSession } from "../tables/agent_sessions.ts";
import { fail } from "./answer.ts";
import { reads, writes } from "./call.ts";
import { unsupported } from "./fields.ts";
import { cutPage, flag, pageQuery } from "./page.ts";
import { refOf, whatIsMissing } from "./sessions.ts";

const ours = unsupported("set by the store: leave it out");

/** An event may carry whatever its type has: it is stored as given. */
const NewEvent = z.looseObject({
  type: z
    .string()
    .max(100)
    .regex(/^[a-z][a-z0-9_]*$/, "lower-case letters, digits and _"),
  id: ours,
  created_at: ours,
  agent_key: ours,
  session_key: ours,
  stream_response: z
    .literal(false, "not supported by the embedded store: no model is called")
    .optional(),
});

const ListQuery = z.strictObject({
  ...pageQuery(z.tuple([z.number(), z.string()])),
  include_hidden: flag.default(false),
});

/** `POST …/sessions/{session_id}/events`: stores the event and calls no model. */
export const createEvent = writes(NewEvent, async (call) => {
  const { deps, agent_id: agentKey, session_id: sessionKey, input } = call;
  const now = deps.now();
  const id = createId("aev", now, deps.random);
  const { type, stream_response: _, ...given } = input;
  const event = { ...given, id, session_key: sessionKey, type, created_at: formatTimestamp(now) };
  const isStored = await insertEvent(deps.store, {
    agent_key: agentKey,
    session_key: sessionKey,
    event_id: id,
    created_at: now,
    record: JSON.stringify(event),
  });
  return isStored ? ok({ status: 201, body: event }) : fail(await whatIsMissing(call));
});

/** `GET …/sessions/{session_id}/events`: oldest first. */
export const getEvents = reads(ListQuery, async (call) => {
  const { store, report } = call.deps;
  if ((await findAgentSession(store, refOf(call))) === null) {
    return fail(await whatIsMissing(call));
  }
  const { limit, page_key: place, include_hidden: includeHidden } = call.input;
  const after = place === undefined ? null : { created_at: place[0], event_id: place[1] };
  const rows = await listEvents(store, refOf(call), after, limit + 1, includeHidden);
  const page = cutPage(rows, limit, report, ({ place: at }) => [at.created_at, at.event_id]);
  const events = page.rows.map(({ record }) => record);
  return ok({ status: 200, body: { events, metadata: page.metadata } });
});
