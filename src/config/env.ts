import type * as z from "zod";
import { wrongKeys, wrongKeysOf } from "../core/values/json_keys.ts";
import { fieldErrors, type FieldError } from "../core/values/field_error.ts";

/** A variable as text; null when it is not set. */
export type Lookup = (name: string) => string | null;

/** Reads variables as text: an empty one counts as not set, one that holds a document is a problem. */
export function lookup(env: Readonly<Record<string, unknown>>, problems: FieldError[]): Lookup {
  return (name) => {
    const value = env[name];
    if (typeof value === "string") {
      return value === "" ? null : value;
    }
    if (typeof value === "number" || typeof value === "boolean") {
      return String(value);
    }
    if (value !== undefined && value !== null && !problems.some(({ field }) => field === name)) {
      problems.push({ field: name, message: "write a text" });
    }
    return null;
  };
}

/**
 * Reads a variable that holds JSON, or that `wrangler.toml` gives as a table. Undefined when it is not set,
 * null when it is wrong.
 */
export function readJson<T extends z.ZodType>(
  value: unknown,
  schema: T,
  name: string,
  problems: FieldError[],
): z.output<T> | null | undefined {
  if (value === undefined || value === null || value === "") {
    return undefined;
  }
  let document = value;
  if (typeof value === "string") {
    try {
      document = JSON.parse(value);
    } catch {
      problems.push({ field: name, message: "not JSON: write one JSON document" });
      return null;
    }
  }
  const unusable = typeof value === "string" ? wrongKeys(value) : wrongKeysOf(document);
  const parsed = schema.safeParse(document);
  if (parsed.success && unusable.length === 0) {
    return parsed.data;
  }
  for (const { field, message } of [
    ...unusable,
    ...(parsed.success ? [] : fieldErrors(parsed.error)),
  ]) {
    problems.push({ field: joined(name, field), message });
  }
  return null;
}

function joined(name: string, field: string): string {
  if (field === "") {
    return name;
  }
  return field.startsWith("[") ? `${name}${field}` : `${name}.${field}`;
}
