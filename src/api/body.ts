import { createMiddleware } from "hono/factory";
import { err, ok, type Result } from "../core/result.ts";
import { drain } from "../store/bounded_body.ts";
import type { AppEnv } from "./context.ts";
import { problem } from "./problem.ts";

/** The largest body of a JSON route, in bytes. */
export const BODY_MAX_BYTES = 256 * 1024;

/** How deep JSON from outside may nest. */
export const JSON_MAX_DEPTH = 32;

const JSON_TYPE = /^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i;

interface BodyRule {
  readonly max_bytes?: number;
  /** Without a body the route is asked as with `{}`. */
  readonly optional?: boolean;
}

/**
 * Reads a JSON body within its bounds: 413, then 415, then 400 for what is not JSON. The schema of the
 * route then reads the same text again.
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
    c.set("raw_body", text);
    const headers = new Headers(c.req.raw.headers);
    headers.set("content-type", "application/json");
    c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers, body: text });
    return next();
  });
}

/** Reads a body or a stored value as text, and keeps nothing of it once it is over its bound. */
export async function readBounded(
  from: { readonly body: ReadableStream<Uint8Array> | null; readonly headers?: Headers },
  max: number,
): Promise<Result<string, "too_large" | "not_utf8">> {
  if (Number(from.headers?.get("content-length") ?? 0) > max) {
    await (from.body === null ? undefined : drain(from.body.getReader()));
    return err("too_large");
  }
  if (from.body === null) {
    return ok("");
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const reader = from.body.getReader();
  let size = 0;
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return ok(text + decoder.decode());
      }
      size += value.byteLength;
      if (size > max) {
        await drain(reader);
        return err("too_large");
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (thrown) {
    // The decoder's way to say that the bytes are no UTF-8; anything else is no answer of ours.
    if (thrown instanceof TypeError) {
      await reader.cancel();
      return err("not_utf8");
    }
    throw thrown;
  }
}

/** Parses JSON that nests no deeper than `JSON_MAX_DEPTH`; else what is wrong with the text. */
export function parseJson(text: string): Result<unknown, string> {
  if (depthOf(text) > JSON_MAX_DEPTH) {
    return err(`nests deeper than ${JSON_MAX_DEPTH} levels`);
  }
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return err("is not JSON: check quotes, commas and brackets");
  }
}

/** How deep brackets nest outside strings: counted before parsing, which would build it all. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (inString) {
      // A backslash takes the next sign with it, a quote above all.
      i += sign === "\\" ? 1 : 0;
      inString = sign !== '"';
    } else if (sign === '"') {
      inString = true;
    } else if (sign === "[" || sign === "{") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (sign === "]" || sign === "}") {
      depth -= 1;
    }
  }
  return deepest;
}

function isJson(headers: Headers): boolean {
  const encoding = headers.get("content-encoding") ?? "identity";
  return JSON_TYPE.test(headers.get("content-type") ?? "") && encoding === "identity";
}
