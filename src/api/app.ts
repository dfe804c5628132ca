import { createId } from "../core/values/id.ts";
import { registerActivity } from "./activity.ts";
import { identifyCaller } from "./http/auth.ts";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { ApiContext, AppEnv } from "./http/context.ts";
import { buildDeps, type ApiDeps } from "../deps.ts";
import { registerDocs } from "./docs.ts";
import { registerErasures } from "./erasures/erasures.ts";
import { PROBLEMS } from "./http/error_codes.ts";
import { keyProblems } from "./http/key_problems.ts";
import { registerExplain } from "./explain/explain.ts";
import { mountStore } from "./store/routes.ts";
import { registerHealth } from "./health.ts";
import { describeThrown } from "../platform/log.ts";
import { isUnmigrated } from "../sources/d1/migrations.ts";
import { registerRemovals } from "./removals.ts";
import { registerMetrics } from "./metrics.ts";
import { registerHolds } from "./holds/holds.ts";
import { registerPolicies } from "./policies/policies.ts";
import { registerPlanPages } from "./sweeps/sessions.ts";
import { registerPolicyState } from "./policies/state.ts";
import { registerSoughtPages } from "./erasures/sessions.ts";
import { registerPreviews } from "./policies/preview.ts";
import { registerPolicyVersions } from "./policies/versions.ts";
import { problem } from "./http/problem.ts";
import { createRouter, type App } from "./http/router.ts";
import { allowOrigins, secureHeaders } from "./http/security_headers.ts";
import { registerImport } from "./store/import.ts";
import { registerSweeps } from "./sweeps/sweeps.ts";
import { registerSwitch } from "./holds/switch.ts";
import { registerWebhooks } from "./webhooks/route.ts";

/** What answers without API_KEYS: everything else is closed then. */
const ALWAYS_OPEN: ReadonlySet<string> = new Set(["/healthz", "/openapi.json"]);

/**
 * The HTTP API. `build` puts its dependencies together from the bindings of each request. What `front` adds
 * is asked first: it has its own way to sign in.
 */
export function createApp(
  build: (env: Env) => ApiDeps = buildDeps,
  front: (app: App) => void = () => undefined,
): App {
  const app = createRouter();
  app.onError(answerThrown);
  app.notFound((c) => problem(c, "unknown_path"));
  app.use("*", openRequest(build), secureHeaders);
  front(app);
  app.use("*", allowOrigins, requireKeys);
  mountStore(app);
  app.use("*", identifyCaller);
  registerDocs(app);
  registerHealth(app);
  registerMetrics(app);
  registerRemovals(app);
  registerPolicies(app);
  registerPolicyState(app);
  registerPreviews(app);
  registerPolicyVersions(app);
  registerSweeps(app);
  registerPlanPages(app);
  registerExplain(app);
  registerImport(app);
  registerErasures(app);
  registerSoughtPages(app);
  registerHolds(app);
  registerActivity(app);
  registerSwitch(app);
  registerWebhooks(app);
  refuseOtherMethods(app);
  return app;
}

/** Names the request, gives it its dependencies, and writes one line about it when it is answered. */
function openRequest(build: (env: Env) => ApiDeps) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const deps = build(c.env);
    const id = createId("req", deps.now(), deps.random);
    c.set("deps", deps);
    c.set("request_id", id);
    c.set("key", null);
    c.set("raw_body", "");
    c.set("problem_code", null);
    c.set("route", null);
    await next();
    c.res.headers.set("x-request-id", id);
    const { status } = c.res;
    const code = c.get("problem_code");
    // The pattern of the route, never the path: paths hold ids.
    deps.log(status >= 500 ? "error" : "info", "http.request", {
      request_id: id,
      method: c.req.method,
      route: c.get("route") ?? routePath(c, -1),
      status,
      code,
      retryable: code === null ? null : PROBLEMS[code].retryable === true,
      key: c.get("key")?.name ?? null,
    });
  });
}

const requireKeys = createMiddleware<AppEnv>(async (c, next) => {
  const { config } = c.get("deps");
  if (config.api_keys.length > 0 || ALWAYS_OPEN.has(c.req.path)) {
    return next();
  }
  const errors = keyProblems(config);
  return errors.length === 0
    ? problem(c, "not_configured", {
        detail: "Set the secret API_KEYS: without it nothing is open.",
      })
    : problem(c, "not_configured", {
        detail: "The secret API_KEYS is misspelt or cannot be used, so nothing is open.",
        errors,
      });
});

/** Answers 405 where a path is known and the method is not: after every other route is registered. */
function refuseOtherMethods(app: App): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method !== "ALL") {
      methods.set(path, (methods.get(path) ?? new Set()).add(method));
    }
  }
  for (const [path, known] of methods) {
    const allow = [...known, ...(known.has("GET") ? ["HEAD"] : [])].toSorted().join(", ");
    app.all(path, (c) => problem(c, "method_not_allowed", { headers: { allow } }));
  }
}

/** Everything thrown ends here: a fault of the platform can be asked again, all else is a bug. */
function answerThrown(thrown: Error, c: ApiContext): Response {
  if (isUnmigrated(thrown)) {
    return problem(c, "migrations_missing");
  }
  c.get("deps").log("error", "http.fault", {
    request_id: c.get("request_id"),
    ...describeThrown(thrown),
  });
  return isPlatformFault(thrown)
    ? problem(c, "unavailable", { headers: { "retry-after": "5" } })
    : problem(c, "internal");
}

/** What Durable Objects set on errors that are theirs and not of the code inside. */
function isPlatformFault(thrown: Error): boolean {
  const { retryable, overloaded } = thrown as { retryable?: unknown; overloaded?: unknown };
  return retryable === true || overloaded === true;
}
