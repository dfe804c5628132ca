import * as z from "zod";
import { wrongKeys } from "../../core/values/json_keys.ts";
import type { FieldError } from "../../core/values/field_error.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { decodeUtf8, readBytes } from "../../platform/bounded_body.ts";
import type { SeamProblem } from "./answer.ts";

/** The largest body, in bytes. */
export const BODY_MAX_BYTES = 256 * 1024;

/** A body as it came. */
export type Body =
  | { readonly kind: "none" }
  /** `wrong` are keys that the value does not show as they were written. */
  | { readonly kind: "json"; readonly value: unknown; readonly wrong: readonly FieldError[] }
  /** Something under another content type. */
  | { readonly kind: "other" }
  | { readonly kind: "invalid_json" }
  | { readonly kind: "too_large" };

/** Reads the body before anything else is looked at, as Seam's server does. */
export async function readBody(request: Request): Promise<Body> {
  const bytes = await readBytes(request.body, BODY_MAX_BYTES);
  if (bytes === null) {
    return { kind: "too_large" };
  }
  if (bytes.length === 0) {
    return { kind: "none" };
  }
  if (!(request.headers.get("content-type") ?? "").toLowerCase().includes("application/json")) {
    return { kind: "other" };
  }
  const text = decodeUtf8(bytes);
  if (text === null) {
    return { kind: "invalid_json" };
  }
  try {
    return { kind: "json", value: JSON.parse(text) as unknown, wrong: wrongKeys(text) };
  } catch {
    return { kind: "invalid_json" };
  }
}

/**
 * The parameters of a request: query and body merged, the body winning, unknown names (`_strict` among
 * them) ignored. `query` is null where Seam takes the body alone.
 */
export function readInput<T extends z.ZodObject>(
  schema: T,
  method: string,
  query: URLSearchParams | null,
  body: Body,
): Result<z.output<T>, SeamProblem> {
  if (body.kind === "other" && method !== "GET" && method !== "DELETE") {
    return err({
      status: 400,
      type: "invalid_content_type",
      message: `${method} requests must have Content-Type header with "application/json"`,
    });
  }
  if (body.kind === "json" && body.wrong.length > 0) {
    const message = body.wrong.map((one) => `${one.field}: ${one.message}`).join(", ");
    return err({ status: 400, type: "invalid_input", message });
  }
  // Where the body alone counts, none is no empty one.
  const none = query === null && body.kind === "none" ? undefined : {};
  const given = body.kind === "json" ? body.value : none;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return parse(schema, given);
  }
  const merged = new Map<string, unknown>();
  for (const [name, field] of Object.entries(schema.shape)) {
    const values = query?.getAll(name) ?? [];
    if (Object.hasOwn(given, name)) {
      merged.set(name, (given as Record<string, unknown>)[name]);
    } else if (holdsOne(field, z.ZodArray)) {
      const list = [...values, ...(query?.getAll(`${name}[]`) ?? [])];
      if (list.length > 0) {
        merged.set(
          name,
          list.flatMap((value) => value.split(",")).filter((value) => value !== ""),
        );
      }
    } else if (values.length > 1) {
      return err({
        status: 400,
        type: "invalid_query_params",
        message: `Repeated parameters not supported for query param "${name}"`,
      });
    } else if (values.length === 1) {
      merged.set(name, readScalar(values[0] ?? "", holdsOne(field, z.ZodBoolean)));
    }
  }
  return parse(schema, Object.fromEntries(merged));
}

/** In a query null is written as an empty value, and only `true` and `false` are booleans. */
function readScalar(text: string, isBoolean: boolean): unknown {
  if (text === "") {
    return null;
  }
  return isBoolean && (text === "true" || text === "false") ? text === "true" : text;
}

function holdsOne(field: unknown, type: typeof z.ZodArray | typeof z.ZodBoolean): boolean {
  return field instanceof z.ZodOptional ? field.unwrap() instanceof type : field instanceof type;
}

function parse<T extends z.ZodObject>(schema: T, value: unknown): Result<z.output<T>, SeamProblem> {
  const parsed = schema.safeParse(value, { error: describe });
  if (parsed.success) {
    return ok(parsed.data);
  }
  const messages = parsed.error.issues.map(({ path, message }) => {
    const at = path.join(".");
    if (at === "") {
      return message;
    }
    return message === "Required" ? `${at} is required` : `${message} for "${at}"`;
  });
  return err({
    status: 400,
    type: "invalid_input",
    message:
      messages.length === 1
        ? (messages[0] ?? "")
        : `${messages.length} Input Errors: ${messages.join(", ")}`,
    validation_errors: z.formatError(parsed.error),
  });
}

/** The words of zod 3, which Seam's server speaks. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return issue.input === undefined
      ? "Required"
      : `Expected ${issue.expected}, received ${typeName(issue.input)}`;
  }
  if (issue.code === "invalid_format") {
    return issue.format === "guid" ? "Invalid uuid" : `Invalid ${issue.format}`;
  }
  if (issue.code === "too_small" && issue.origin === "string") {
    return `String must contain at least ${String(issue.minimum)} character(s)`;
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    const length = issue.code === "too_small" ? issue.minimum : issue.maximum;
    return `Array must contain exactly ${String(length)} element(s)`;
  }
  return undefined;
}

function typeName(value: unknown): string {
  if (value === null) {
    return "null";
  }
  return Array.isArray(value) ? "array" : typeof value;
}
