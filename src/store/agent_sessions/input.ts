import type * as z from "zod";
import { parseJson } from "../../core/values/json.ts";
import { wrongKeys } from "../../core/values/json_keys.ts";
import { fieldErrors } from "../../core/policy/policy.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { decodeUtf8, readBytes } from "../../platform/bounded_body.ts";
import { fail, invalid, type AgentProblem } from "./answer.ts";

/** The largest body, in bytes. */
const BODY_MAX_BYTES = 256 * 1024;

const JSON_TYPE = /^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i;

/** Reads a JSON body within its bounds: 413, then 415, then 400. */
export async function readBody(request: Request): Promise<Result<unknown, AgentProblem>> {
  const bytes = await readBytes(request.body, BODY_MAX_BYTES);
  if (bytes === null) {
    const message = `The body is larger than ${BODY_MAX_BYTES} bytes`;
    return fail({ code: "payload_too_large", message });
  }
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "") || encoding !== "identity") {
    return fail({ code: "unsupported_media_type", message: "Send application/json" });
  }
  const text = decodeUtf8(bytes);
  const body = text === null ? err("is not UTF-8") : parseJson(text);
  if (!body.ok) {
    return fail(invalid([{ field: "body", message: body.error }]));
  }
  const wrong = wrongKeys(text ?? "");
  return wrong.length === 0 ? ok(body.value) : fail(invalid(wrong));
}

/** Reads a document by its schema; what is wrong is named field by field. */
export function readInput<T extends z.ZodType>(
  schema: T,
  value: unknown,
): Result<z.output<T>, AgentProblem> {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return ok(parsed.data);
  }
  return fail(
    invalid(
      fieldErrors(parsed.error).map(({ field, message }) => ({
        field: field === "" ? "body" : field,
        message,
      })),
    ),
  );
}

/** Reads the query: a parameter twice, or one that is not known, is an error and never ignored. */
export function readQuery<T extends z.ZodType>(
  schema: T,
  query: URLSearchParams,
): Result<z.output<T>, AgentProblem> {
  const given = Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]));
  const repeated = Object.keys(given).find((name) => (given[name]?.length ?? 0) > 1);
  if (repeated !== undefined) {
    return fail(invalid([{ field: repeated, message: "given twice" }]));
  }
  return readInput(
    schema,
    Object.fromEntries(Object.entries(given).map(([name, values]) => [name, values[0]])),
  );
}
