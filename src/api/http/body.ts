import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";
import { wrongKeys } from "../../core/values/json_keys.ts";
import { parseJson } from "../../core/values/json.ts";
import { readBounded } from "../../platform/bounded_body.ts";
import { problem } from "./problem.ts";

/** The largest body of a JSON route, in bytes. */
export const BODY_MAX_BYTES = 256 * 1024;

const JSON_TYPE = /^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i;

interface BodyRule {
  readonly max_bytes?: number;
  /** Without a body the route is asked as with `{}`. */
  readonly optional?: boolean;
}

/**
 * Reads a JSON body within its bounds: 413, then 415, then 400 for what is not JSON, or holds a key that
 * would be lost. The schema of the route then reads the same text again.
 */
export function readJsonBody({ max_bytes: max = BODY_MAX_BYTES, optional = false }: BodyRule = {}) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const read = await readBounded(c.req.raw, max);
    if (!read.ok && read.error === "too_large") {
      return problem(c, "payload_too_large", { detail: `At most ${max} bytes.` });
    }
    const isEmpty = read.ok && read.value === "";
    if (!(isEmpty && optional) && !isJson(c.req.raw.headers)) {
      return problem(c, "unsupported_media_type", { detail: "Send application/json." });
    }
    if (!read.ok) {
      return problem(c, "malformed_json", { detail: "The body is not UTF-8." });
    }
    const text = isEmpty && optional ? "{}" : read.value;
    const document = parseJson(text);
    if (!document.ok) {
      return problem(c, "malformed_json", { detail: `The body ${document.error}.` });
    }
    // The schema does not see them, and a condition that is lost removes more than was written.
    const errors = wrongKeys(text);
    if (errors.length > 0) {
      return problem(c, "invalid_request", { errors });
    }
    c.set("raw_body", text);
    const headers = new Headers(c.req.raw.headers);
    headers.set("content-type", "application/json");
    c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers, body: text });
    return next();
  });
}

function isJson(headers: Headers): boolean {
  const encoding = headers.get("content-encoding") ?? "identity";
  return JSON_TYPE.test(headers.get("content-type") ?? "") && encoding === "identity";
}
