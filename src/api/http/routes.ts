import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { KeyScope } from "../../config/keys.ts";
import type { IdempotencyKey } from "../../contract/registrar.ts";
import { fieldErrors } from "../../core/policy/policy.ts";
import { actorOf, requireScope } from "./auth.ts";
import type { ApiContext, AppEnv } from "./context.ts";
import { problem, problems } from "./problem.ts";

export type App = OpenAPIHono<AppEnv>;

/** The name under which /openapi.json declares API keys. */
export const KEY_SCHEME = "api_key";

/** An application whose schema violations are answered as problems that name the field. */
export function createRouter(): App {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) =>
      result.success
        ? undefined
        : problem(c, "invalid_request", { errors: fieldErrors(result.error) }),
  });
}

/** The part of a route's declaration that says which key scope it needs, and what its summary leaves out. */
export function needs(scope: KeyScope, more = "") {
  return {
    description: `Key scope: \`${scope}\`. ${more}`.trimEnd(),
    security: [{ [KEY_SCHEME]: [scope] }],
    middleware: [requireScope(scope)],
  };
}

/** A declared answer in JSON. */
export function answerOf<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

/** A declared body in JSON; without one that is required, it may be left out. */
export function bodyOf<T extends z.ZodType>(schema: T, required = true) {
  return { required, content: { "application/json": { schema } } };
}

/** What every route may answer, whatever it is asked. */
export const ANY_ROUTE = problems("rate_limited", "not_configured", "unavailable", "internal");

/** What a route may answer that reads or writes the embedded store. */
export const STORE_ROUTE = problems("not_configured", "migrations_missing", "unavailable");

/** What every route with an API key may answer. */
export const KEY_ROUTE = {
  ...ANY_ROUTE,
  ...problems("unauthorized", "forbidden"),
};

/** What every route with a JSON body may answer besides. */
export const BODY_ROUTE = problems("payload_too_large", "unsupported_media_type");

/** The header that makes a creating POST safe to send again for 24 hours. */
export const IDEMPOTENCY_HEADER = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[!-~]{1,255}$/, "use 1 to 255 visible ASCII characters")
    .optional(),
});

/** Where a created thing is found. */
export const LOCATION_HEADER = {
  Location: { description: "Where its report is", schema: { type: "string" as const } },
};

/**
 * The Idempotency-Key of a request with a keyed hash of its body; null when it sent none. Only behind
 * `requireSecret`: without LETHE_SECRET there are no keyed hashes.
 */
export function idempotencyOf(c: ApiContext): IdempotencyKey | null {
  const key = c.req.header("idempotency-key");
  const { keyring } = c.get("deps").config;
  if (key === undefined || keyring === null) {
    return null;
  }
  // The path and its query are hashed too: the same body sent to another route is another request.
  const text = `${c.req.method} ${c.req.path}${new URL(c.req.url).search}\n${c.get("raw_body")}`;
  return { owner: actorOf(c.get("key")), key, body_hash: keyring.hash("body", text) };
}
