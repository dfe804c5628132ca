import { type Result, err, ok } from "./result.ts";

/** How deep JSON from outside may nest. */
const JSON_MAX_DEPTH = 32;

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
export function depthOf(text: string): number {
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
