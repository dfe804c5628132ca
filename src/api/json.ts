import { err, ok, type Result } from "../core/result.ts";
import { decodeUtf8, drain, readBytes } from "../store/bounded_body.ts";

/** How deep JSON from outside may nest. */
export const JSON_MAX_DEPTH = 32;

/** Reads a body or a stored value as text, and keeps nothing of it once it is over its bound. */
export async function readBounded(
  from: { readonly body: ReadableStream<Uint8Array> | null; readonly headers?: Headers },
  max: number,
): Promise<Result<string, "too_large" | "not_utf8">> {
  if (Number(from.headers?.get("content-length") ?? 0) > max) {
    await (from.body === null ? undefined : drain(from.body.getReader()));
    return err("too_large");
  }
  const bytes = await readBytes(from.body, max);
  if (bytes === null) {
    return err("too_large");
  }
  const text = decodeUtf8(bytes, true);
  return text === null ? err("not_utf8") : ok(text);
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
