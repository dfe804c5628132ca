import { createMiddleware } from "hono/factory";
import type { Caller, KeyScope } from "../../config/keys.ts";
import { bearerOf, findKey } from "../../core/values/secret_key.ts";
import type { ApiContext, AppEnv } from "./context.ts";
import { problem } from "./problem.ts";

/** Requests that a page makes for whoever is signed in to it. Nothing that comes from outside is among them. */
const asked = new WeakMap<Request, Caller>();

/** Marks a request of our own making as one of a key, which is not at hand to be presented. */
export function askAs(key: Caller, request: Request): Request {
  asked.set(request, key);
  return request;
}

/** Finds the caller's key, and counts the request against its limit or its address's. */
export const identifyCaller = createMiddleware<AppEnv>(async (c, next) => {
  const { config, rateLimit } = c.get("deps");
  const presented = bearerOf(c.req.header("authorization") ?? null);
  const known = presented === null ? null : findKey(config.api_keys, presented);
  const key = asked.get(c.req.raw) ?? known;
  c.set("key", key);
  const wait = await rateLimit(key, c.req.header("cf-connecting-ip") ?? null);
  if (wait !== null) {
    return problem(c, "rate_limited", { headers: { "retry-after": String(wait) } });
  }
  return next();
});

/** Lets only keys with a key scope pass. */
export function requireScope(scope: KeyScope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const key = c.get("key");
    if (key === null) {
      return problem(c, "unauthorized", { headers: { "www-authenticate": "Bearer" } });
    }
    if (!mayDo(key, scope)) {
      return problem(c, "forbidden", { detail: `This route needs the key scope ${scope}.` });
    }
    return next();
  });
}

/** Whether a key has a key scope. */
export function mayDo(key: Pick<Caller, "scopes">, scope: KeyScope): boolean {
  return key.scopes.includes(scope) || key.scopes.includes("*");
}

/** Whether the caller's key has a key scope. */
export function callerMay(c: ApiContext, scope: KeyScope): boolean {
  const key = c.get("key");
  return key !== null && mayDo(key, scope);
}

/** The name of the caller's key: behind `requireScope` there always is one. */
export function actorOf(key: Caller | null): string {
  if (key === null) {
    throw new Error("a route without requireScope asked for its caller");
  }
  return key.name;
}
