import {
  bodyOf,
  errorsOf,
  inputOf,
  jsonOf,
  queryOf,
  recordOf,
  refTo,
  type FormatDescription,
  type Part,
  type Said,
} from "../openapi.ts";
import type { Operation } from "./call.ts";
import { AGENT_PATHS } from "./routes.ts";

const text = { type: "string" };
const time = { type: "string", format: "date-time" };
const anything = { type: "object" };
const both = { id: text, key: text };

const Agent = recordOf(
  "An agent, with whatever fields it was given",
  {
    ...both,
    name: text,
    description: text,
    metadata: anything,
    enabled: { type: "boolean" },
    tool_configurations: anything,
    created_at: time,
    updated_at: time,
  },
  ["key"],
);
// An import keeps what it does not need as it was given, so nothing is promised of the other fields' types.
const AgentSession = recordOf(
  "An agent session as Vectara's clients know it: as it was created here, or as it was imported",
  {
    ...both,
    agent_key: text,
    created_by_agent_key: { type: ["string", "null"] },
    created_by_session_key: { type: ["string", "null"] },
    name: {},
    description: {},
    metadata: {},
    enabled: {},
    status: {},
    tti_minutes: {},
    created_at: { description: "RFC 3339" },
  },
  ["id", "key", "agent_key"],
);
const AgentEvent = recordOf(
  "An event, with whatever its type has",
  { id: text, session_key: {}, type: {}, created_at: { description: "RFC 3339" } },
  ["id"],
);
const AgentError = recordOf(
  "An error in Vectara's form",
  {
    code: text,
    messages: { type: "array", items: text },
    request_id: text,
    id: { ...text, description: "What was not found" },
    field_errors: { type: "object", additionalProperties: text },
  },
  ["code", "messages", "request_id"],
);

/** One page of a list. */
function pageOf(field: string, item: string): Part {
  const metadata = recordOf("Where the next page begins; empty: nowhere", { page_key: text });
  return recordOf("One page", { [field]: { type: "array", items: refTo(item) }, metadata }, [
    field,
    "metadata",
  ]);
}

/** What an operation answers when all is well; null: nothing, with 204. */
interface SaidOfAgents extends Said {
  readonly answer: Part | null;
}

const agent = refTo("Agent");
const session = refTo("AgentSession");
type Paths = typeof AGENT_PATHS;

const SAID: {
  readonly [P in keyof Paths]: { readonly [M in keyof Paths[P]]: SaidOfAgents };
} = {
  "/agents": {
    GET: { id: "listAgents", summary: "List agents", answer: pageOf("agents", "Agent") },
    POST: {
      id: "createAgent",
      summary: "Create an agent",
      example: { key: "agt_support", name: "Support" },
      answer: agent,
    },
  },
  "/agents/:agent_id": {
    GET: { id: "getAgent", summary: "Read an agent", answer: agent },
    PATCH: {
      id: "updateAgent",
      summary: "Change an agent: what is given replaces what was there",
      example: { enabled: false },
      answer: agent,
    },
    DELETE: { id: "deleteAgent", summary: "Delete an agent without sessions", answer: null },
  },
  "/agents/:agent_id/sessions": {
    GET: {
      id: "listAgentSessions",
      summary: "List the sessions of an agent",
      answer: pageOf("sessions", "AgentSession"),
    },
    POST: {
      id: "createAgentSession",
      summary: "Create an agent session",
      example: { key: "ase_42", metadata: { user: "jane_doe" } },
      answer: session,
    },
  },
  "/agents/:agent_id/sessions/:session_id": {
    GET: { id: "getAgentSession", summary: "Read an agent session", answer: session },
    PATCH: {
      id: "updateAgentSession",
      summary: "Change an agent session: what is given replaces what was there",
      example: { metadata: { user: "jane_doe" } },
      answer: session,
    },
    DELETE: {
      id: "deleteAgentSession",
      summary: "Delete an agent session with its events",
      answer: null,
    },
  },
  "/agents/:agent_id/sessions/:session_id/events": {
    GET: {
      id: "listAgentEvents",
      summary: "List the events of an agent session, the oldest first",
      answer: pageOf("events", "AgentEvent"),
    },
    POST: {
      id: "createAgentEvent",
      summary: "Store an event of an agent session; no model is called",
      example: { type: "input_message", messages: [{ type: "text", content: "Hello" }] },
      answer: refTo("AgentEvent"),
    },
  },
};

const ERRORS = errorsOf(
  {
    400: "The request breaks a rule; `field_errors` names it.",
    401: "No valid API key.",
    403: "The key lacks the key scope, or a hold keeps the session.",
    404: "No such agent or session, or no source of agent sessions is embedded.",
    409: "It exists already, is in use, or others change it.",
    413: "The body is too large.",
    415: "The body is not JSON by its content type.",
    429: "Too many requests.",
    500: "A fault of Lethe.",
    503: "Removals are paused, migrations are missing, or Lethe is not configured.",
  },
  refTo("AgentError"),
);

/** `/v2/…` for an OpenAPI document; `scheme` is its name for API keys. */
export function describeAgentSessions(scheme: string): FormatDescription {
  return {
    paths: Object.fromEntries(
      Object.entries(AGENT_PATHS).map(([path, operations]) => [
        `/v2${path.replaceAll(/:(\w+)/g, "{$1}")}`,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => {
            const said = (SAID[path as keyof Paths] as Readonly<Record<string, SaidOfAgents>>)[
              method
            ];
            if (said === undefined) {
              throw new Error(`nothing is said of ${method} ${path}`);
            }
            return [method.toLowerCase(), operationOf(path, operation, said, method, scheme)];
          }),
        ),
      ]),
    ),
    schemas: { Agent, AgentSession, AgentEvent, AgentError },
    schemes: {
      x_api_key: {
        type: "apiKey",
        in: "header",
        name: "x-api-key",
        description: "A key of API_KEYS, as Vectara's clients send it.",
      },
    },
  };
}

function operationOf(
  path: string,
  { scope, input, takes_body: takesBody }: Operation,
  { id, summary, example, answer }: SaidOfAgents,
  method: string,
  scheme: string,
): Part {
  const schema = input === null ? {} : inputOf(input);
  const ids = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: text,
  }));
  return {
    operationId: id,
    summary,
    description: `Key scope: \`${scope}\`. In Vectara's format.`,
    security: [{ [scheme]: [scope] }, { x_api_key: [scope] }],
    parameters: takesBody ? ids : [...ids, ...queryOf(schema)],
    ...(takesBody ? { requestBody: bodyOf(schema, example) } : {}),
    responses: {
      ...(answer === null
        ? { 204: { description: "Deleted" } }
        : { [method === "POST" ? 201 : 200]: jsonOf(summary, answer) }),
      ...ERRORS,
    },
  };
}
