import type { ApiKey } from "../../config/keys.ts";
import { bearerOf, findKey } from "../../core/values/secret_key.ts";
import { ok, type Result } from "../../core/values/result.ts";
import { fail, type AgentProblem } from "./answer.ts";
import type { StoreDeps } from "../deps.ts";

/**
 * Counts the request: by its key, in `x-api-key` or as Bearer, or by its address without a good one, so
 * that guessing is slow.
 */
export async function countRequest(
  headers: Headers,
  deps: StoreDeps,
): Promise<Result<ApiKey | null, AgentProblem>> {
  const presented = headers.get("x-api-key") ?? bearerOf(headers.get("authorization"));
  const key = presented === null ? null : findKey(deps.config.api_keys, presented);
  const wait = await deps.rateLimit(key, headers.get("cf-connecting-ip"));
  if (wait !== null) {
    return fail({
      code: "rate_limit_exceeded",
      message: `Request rate limit exceeded: ask again in ${wait} seconds`,
      headers: { "retry-after": String(wait) },
    });
  }
  return ok(key);
}

/** Finds the caller's key, and counts the request. */
export async function authenticate(
  headers: Headers,
  deps: StoreDeps,
): Promise<Result<ApiKey, AgentProblem>> {
  const counted = await countRequest(headers, deps);
  if (!counted.ok) {
    return counted;
  }
  const key = counted.value;
  if (key === null) {
    return fail({
      code: "unauthorized",
      message: "Invalid or missing API key: send it as x-api-key, or as Authorization: Bearer",
      headers: { "www-authenticate": "Bearer" },
    });
  }
  return ok(key);
}
