import * as z from "zod";
import type { MiddlewareHandler } from "hono";
import type { KeyScope } from "../../config/keys.ts";
import type { IdempotencyKey } from "../../contract/registrar.ts";
import { actorOf, requireScope } from "./auth.ts";
import type { ApiContext, AppEnv } from "./context.ts";
import type { ProblemCode } from "./error_codes.ts";
import { problems } from "./problem.ts";

/** The name under which /openapi.json declares API keys. */
export const KEY_SCHEME = "api_key";

/**
 * The part of a route's declaration that says which key scope it needs, what its summary leaves out, and what
 * stands before its handler once the key has the scope.
 */
export function needs(
  scope: KeyScope,
  more = "",
  ...middleware: readonly MiddlewareHandler<AppEnv>[]
) {
  return {
    description: `Key scope: \`${scope}\`. ${more}`.trimEnd(),
    security: [{ [KEY_SCHEME]: [scope] }],
    middleware: [requireScope(scope), ...middleware],
  };
}

/** A declared answer in JSON. */
export function answerOf<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

/** A declared body in JSON, with an example; one that is not required may be left out. */
export function bodyOf<T extends z.ZodType>(schema: T, example: z.input<T>, required = true) {
  return { required, content: { "application/json": { schema, example } } };
}

/** A declared answer in JSON about what was made: where its report is. */
export function madeOf<T extends z.ZodType>(description: string, schema: T) {
  const location = { description: "Where its report is", schema: { type: "string" as const } };
  return { ...answerOf(description, schema), headers: { Location: location } };
}

const OPEN = ["rate_limited", "not_configured", "unavailable", "internal"] as const;
const KEY = [...OPEN, "unauthorized", "forbidden"] as const;
const BODY = [
  ...KEY,
  "payload_too_large",
  "unsupported_media_type",
  "malformed_json",
  "invalid_request",
] as const;

/** The refusals of a route without a key: what every route may answer, and these. */
export function openRefusals<const C extends ProblemCode = never>(...codes: readonly C[]) {
  return problems<(typeof OPEN)[number] | C>(...OPEN, ...codes);
}

/** The refusals of a route with an API key. */
export function refusals<const C extends ProblemCode = never>(...codes: readonly C[]) {
  return problems<(typeof KEY)[number] | C>(...KEY, ...codes);
}

/** The refusals of a route with an API key and a JSON body. */
export function bodyRefusals<const C extends ProblemCode = never>(...codes: readonly C[]) {
  return problems<(typeof BODY)[number] | C>(...BODY, ...codes);
}

/** The header that makes a creating POST safe to send again for 24 hours. */
export const IDEMPOTENCY_HEADER = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[!-~]{1,255}$/, "use 1 to 255 visible ASCII characters")
    .optional(),
});

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
