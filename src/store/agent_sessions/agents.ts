import * as z from "zod";
import { createId } from "../../core/values/id.ts";
import { ok } from "../../core/values/result.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import {
  deleteUnusedAgent,
  findAgent,
  insertAgent,
  listAgents,
  updateAgent,
} from "../tables/agents.ts";
import { mustRead } from "../../sources/d1/stored_record.ts";
import { agentNotFound, fail, invalid } from "./answer.ts";
import { deletes, reads, writes } from "./call.ts";
import { description, enabled, metadata, name } from "./fields.ts";
import { chosenKey } from "./ids.ts";
import { cutPage, flag, pageQuery } from "./page.ts";

/** The largest agent, in characters of JSON. */
const MOST_CHARACTERS = 128 * 1024;

/** How often a change that another one overtook is tried again. */
const ATTEMPTS = 3;

const Changes = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  metadata: metadata.optional(),
  enabled: enabled.optional(),
  // Kept because sub-agent tools tell whether sessions may serve several people.
  tool_configurations: metadata.optional(),
});
const NewAgent = Changes.extend({ key: chosenKey("agent_id").optional(), name });
const NoQuery = z.strictObject({});
const ListQuery = z.strictObject({ ...pageQuery(z.string()), enabled: flag.optional() });

/** `POST /v2/agents` */
export const createAgent = writes(NewAgent, async ({ deps, input }) => {
  const now = deps.now();
  const { key = createId("agt", now, deps.random), ...rest } = input;
  const at = formatTimestamp(now);
  const agent = {
    id: key,
    key,
    ...rest,
    enabled: rest.enabled ?? true,
    created_at: at,
    updated_at: at,
  };
  if (isTooLarge(agent)) {
    return fail(TOO_LARGE);
  }
  if (!(await insertAgent(deps.store, key, now, agent))) {
    return fail({ code: "agent_already_exists", message: `Agent ${key} exists already` });
  }
  return ok({ status: 201, body: agent });
});

/** `GET /v2/agents` */
export const getAgents = reads(ListQuery, async ({ deps, input }) => {
  const { limit, page_key: after = "", enabled: isEnabled = null } = input;
  const rows = await listAgents(deps.store, after, limit + 1, isEnabled);
  const page = cutPage(rows, limit, deps.report, ({ key }) => key);
  const agents = page.rows.map(({ record }) => record);
  return ok({ status: 200, body: { agents, metadata: page.metadata } });
});

/** `GET /v2/agents/{agent_id}` */
export const getAgent = reads(NoQuery, async ({ deps, agent_id: id }) => {
  const agent = await findAgent(deps.store, id);
  return agent === null ? fail(agentNotFound(id)) : ok({ status: 200, body: mustRead(agent) });
});

/** `PATCH /v2/agents/{agent_id}`: what is given replaces what was there. */
export const patchAgent = writes(Changes, async ({ deps, agent_id: id, input }) => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await findAgent(deps.store, id);
    if (found === null) {
      return fail(agentNotFound(id));
    }
    const agent = mustRead(found);
    const changed = { ...agent, ...input, updated_at: formatTimestamp(deps.now()) };
    if (isTooLarge(changed)) {
      return fail(TOO_LARGE);
    }
    if (await updateAgent(deps.store, id, agent, changed)) {
      return ok({ status: 200, body: changed });
    }
  }
  return fail({ code: "conflict", message: "The agent is being changed by others: ask again" });
});

/** `DELETE /v2/agents/{agent_id}`: refused while it has sessions. */
export const deleteAgent = deletes(async ({ deps, agent_id: id }) => {
  if (await deleteUnusedAgent(deps.store, id)) {
    return ok({ status: 204, body: null });
  }
  return (await findAgent(deps.store, id)) === null
    ? fail(agentNotFound(id))
    : fail({ code: "agent_in_use", message: "The agent has sessions: delete them first" });
});

const TOO_LARGE = invalid([
  { field: "body", message: `the agent would be larger than ${MOST_CHARACTERS} characters` },
]);

function isTooLarge(agent: object): boolean {
  return JSON.stringify(agent).length > MOST_CHARACTERS;
}
