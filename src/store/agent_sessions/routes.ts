import { Hono, type Context, type Env as HonoEnv } from "hono";
import type { Reach } from "../../core/values/reach.ts";
import { createAgent, deleteAgent, getAgent, getAgents, patchAgent } from "./agents.ts";
import { agentNotFound, answerProblem, invalid, type AgentProblem } from "./answer.ts";
import { authenticate, countRequest } from "./authenticate.ts";
import type { StoreDeps } from "../deps.ts";
import type { Operation, RawCall } from "./call.ts";
import { createEvent, getEvents } from "./events.ts";
import { isUnmigrated, MIGRATIONS_MISSING } from "../../sources/d1/migrations.ts";
import { UnreadableRecord } from "../../sources/d1/stored_record.ts";
import { embeddedOf } from "../../sources/provider.ts";
import { findWrongIds } from "./ids.ts";
import { readBody } from "./input.ts";
import { createSession, deleteSession, getSession, getSessions, patchSession } from "./sessions.ts";

/** The routes below `/v2`: path, method, operation. */
export const AGENT_PATHS = {
  "/agents": { GET: getAgents, POST: createAgent },
  "/agents/:agent_id": {
    GET: getAgent,
    PATCH: patchAgent,
    DELETE: deleteAgent,
  },
  "/agents/:agent_id/sessions": { GET: getSessions, POST: createSession },
  "/agents/:agent_id/sessions/:session_id": {
    GET: getSession,
    PATCH: patchSession,
    DELETE: deleteSession,
  },
  "/agents/:agent_id/sessions/:session_id/events": {
    GET: getEvents,
    POST: createEvent,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/**
 * The embedded store's agent sessions in Vectara's wire format, to be mounted at `/v2`. Served only while
 * a source of agent sessions is embedded. Order of checks: path, method, 401, 429, 403, 400, agent,
 * session.
 *
 * @example app.route("/v2", createAgentRoutes((c) => depsOf(c)));
 */
export function createAgentRoutes<E extends HonoEnv>(
  depsOf: (c: Context<E>) => StoreDeps,
): Hono<E> {
  const routes = new Hono<E>();
  for (const [path, operations] of Object.entries(AGENT_PATHS)) {
    routes.all(path, async (c) => {
      const ids = c.req.param() as Readonly<Record<string, string | undefined>>;
      const run = async (deps: StoreDeps) => answer(c.req.raw, operations, ids, deps);
      return guarded(c.req.raw, depsOf(c), run);
    });
  }
  routes.all("*", async (c) => guarded(c.req.raw, depsOf(c), noRoute(c.req.raw)));
  return routes;
}

const INTERNAL: AgentProblem = { code: "internal_error", message: "Internal error: ask again" };
const UNREADABLE: AgentProblem = {
  code: "conflict",
  message: "The stored record is not JSON: delete it, or mend it in the store",
};

const NO_ROUTE: AgentProblem = { code: "not_found", message: "There is no such path" };

/** Answers what is nowhere, and counts it: whoever asks for that has a limit too. */
function noRoute({ headers }: Request) {
  return async (deps: StoreDeps): Promise<AgentProblem> => {
    const counted = await countRequest(headers, deps);
    return counted.ok ? NO_ROUTE : counted.error;
  };
}

/** Turns a problem into its answer, and what was thrown into a 500 that is reported. */
async function guarded(
  request: Request,
  deps: StoreDeps,
  run: (deps: StoreDeps) => Promise<Response | AgentProblem>,
): Promise<Response> {
  try {
    const answered = await (
      embeddedOf(deps.config.sources, "agent_sessions") !== undefined ? run : noRoute(request)
    )(deps);
    return answered instanceof Response ? answered : answerProblem(answered, deps.requestId());
  } catch (thrown) {
    deps.report(thrown);
    return answerProblem(problemOf(thrown), deps.requestId());
  }
}

function problemOf(thrown: unknown): AgentProblem {
  if (isUnmigrated(thrown)) {
    return { code: "migrations_missing", message: MIGRATIONS_MISSING };
  }
  return thrown instanceof UnreadableRecord ? UNREADABLE : INTERNAL;
}

async function answer(
  request: Request,
  operations: Readonly<Record<string, Operation>>,
  ids: Readonly<Record<string, string | undefined>>,
  deps: StoreDeps,
): Promise<Response | AgentProblem> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = Object.hasOwn(operations, method) ? operations[method] : undefined;
  if (found === undefined) {
    const counted = await countRequest(request.headers, deps);
    if (!counted.ok) {
      return counted.error;
    }
    const allow = [...Object.keys(operations), "HEAD"].join(", ");
    return { code: "method_not_allowed", message: `Only ${allow}`, headers: { allow } };
  }
  const key = await authenticate(request.headers, deps);
  if (!key.ok) {
    return key.error;
  }
  if (!key.value.scopes.includes(found.scope) && !key.value.scopes.includes("*")) {
    return { code: "forbidden", message: `Insufficient permissions: this needs ${found.scope}` };
  }
  const refused = beyondKey(key.value.reach, ids["agent_id"]);
  if (refused !== null) {
    return refused;
  }
  const wrong = await findWrongIds(deps.store, ids);
  if (wrong.length > 0) {
    return invalid(wrong);
  }
  const body = found.takes_body ? await readBody(request) : null;
  if (body !== null && !body.ok) {
    return body.error;
  }
  const call: RawCall = {
    deps,
    reach: key.value.reach,
    agent_id: ids["agent_id"] ?? "",
    session_id: ids["session_id"] ?? "",
    query: new URL(request.url).searchParams,
    body: body?.value,
  };
  const outcome = await found.run(call);
  if (!outcome.ok) {
    return outcome.error;
  }
  const { status, body: answered } = outcome.value;
  const headers = { "cache-control": "no-store" };
  return answered === null
    ? new Response(null, { status, headers })
    : Response.json(answered, { status, headers });
}

/** Agents are the scopes of agent sessions: a key that is bound to scopes reaches those it names. */
function beyondKey(reach: Reach, agent: string | undefined): AgentProblem | null {
  if (reach === null || (agent !== undefined && reach.includes(agent))) {
    return null;
  }
  return agent === undefined
    ? {
        code: "forbidden",
        message: "Insufficient permissions: this key does not reach every agent",
      }
    : agentNotFound(agent);
}
