import { Hono, type Context, type Env as HonoEnv } from "hono";
import {
  answerInvalidJson,
  answerJson,
  answerNoRoute,
  answerProblem,
  SESSION_UNREADABLE,
  type SeamProblem,
} from "./answer.ts";
import { authenticate, countRequest } from "./authenticate.ts";
import type { StoreDeps } from "../deps.ts";
import type { Caller } from "./call.ts";
import { isUnmigrated, MIGRATIONS_MISSING } from "../../sources/d1/migrations.ts";
import { UnreadableRecord } from "../../sources/d1/stored_record.ts";
import { embeddedOf } from "../../sources/provider.ts";
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { BODY_MAX_BYTES, readBody } from "./input.ts";

/**
 * The embedded store's client sessions in Seam's wire format, to be mounted at `/client_sessions`. Served
 * only while a source of client sessions is embedded. The order of checks is Seam's: a body that is not
 * JSON, 401 (and our 429), 405, 403, 400, 404.
 *
 * @example app.route("/client_sessions", createClientSessionRoutes((c) => depsOf(c)));
 */
export function createClientSessionRoutes<E extends HonoEnv>(
  depsOf: (c: Context<E>) => StoreDeps,
): Hono<E> {
  const routes = new Hono<E>();
  for (const [name, endpoint] of Object.entries(ENDPOINTS)) {
    routes.all(`/${name}`, async (c) => {
      const deps = depsOf(c);
      return guarded(deps, async () =>
        embeddedOf(deps.config.sources, "client_sessions") !== undefined
          ? answer(c.req.raw, endpoint, deps)
          : counted(c.req.raw, deps, answerNoRoute),
      );
    });
  }
  routes.all("*", async (c) => {
    const deps = depsOf(c);
    return guarded(deps, async () => counted(c.req.raw, deps, answerNoRoute));
  });
  return routes;
}

async function guarded(deps: StoreDeps, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run();
  } catch (thrown) {
    deps.report(thrown);
    return answerProblem(problemOf(thrown), deps.requestId());
  }
}

function problemOf(thrown: unknown): SeamProblem {
  if (isUnmigrated(thrown)) {
    return { status: 503, type: "migrations_missing", message: MIGRATIONS_MISSING };
  }
  return thrown instanceof UnreadableRecord ? SESSION_UNREADABLE : INTERNAL;
}

/** Counts a request that is answered without asking who it is: those have a limit too. */
async function counted(
  { headers }: Request,
  deps: StoreDeps,
  answered: () => Response,
): Promise<Response> {
  const request = await countRequest(headers, deps);
  return request.ok ? answered() : answerProblem(request.error, deps.requestId());
}

const INTERNAL: SeamProblem = {
  status: 500,
  type: "internal_server_error",
  message: "Internal Server Error",
};

async function answer(request: Request, endpoint: Endpoint, deps: StoreDeps): Promise<Response> {
  const { method } = request;
  const fail = (problem: SeamProblem): Response => answerProblem(problem, deps.requestId());
  const body = await readBody(request);
  if (body.kind === "invalid_json") {
    return counted(request, deps, answerInvalidJson);
  }
  const caller = await authenticate(request.headers, endpoint.takes_session_token, deps);
  if (!caller.ok) {
    return fail(caller.error);
  }
  if (!endpoint.methods.includes(method)) {
    return fail({
      status: 405,
      type: "method_not_allowed",
      message: `only ${endpoint.methods.join(",")} accepted`,
      headers: { allow: endpoint.methods.join(", ") },
    });
  }
  if (!mayDo(caller.value, endpoint.scope)) {
    return fail({
      status: 403,
      type: "forbidden",
      message: `This needs the key scope ${endpoint.scope}`,
    });
  }
  if (body.kind === "too_large") {
    return fail({
      status: 413,
      type: "payload_too_large",
      message: `The body is larger than ${BODY_MAX_BYTES} bytes`,
    });
  }
  const query = new URL(request.url).searchParams;
  const outcome = await endpoint.run({ deps, caller: caller.value, method, query, body });
  return outcome.ok ? answerJson(outcome.value, deps.requestId()) : fail(outcome.error);
}

/** A session token reads its own session, which is all it can ask for here. */
function mayDo(caller: Caller, scope: Endpoint["scope"]): boolean {
  return (
    caller.kind === "session" ||
    caller.key.scopes.includes(scope) ||
    caller.key.scopes.includes("*")
  );
}
