import { isObject, type FakeRequest } from "./wire.ts";

/** What a parameter may be. `text` may be empty, `key` may not. */
type Kind = "uuid" | "text" | "key" | "keys" | "uuids" | "boolean" | "date";

/** One parameter of a route. */
interface Field {
  kind: Kind;
  required?: boolean;
  nullable?: boolean;
}

/** The parameters of a route; anything else that comes is ignored. */
export type Fields = Readonly<Record<string, Field>>;

/** Parameters that passed, or what is wrong with them, in the provider's own shape. */
export type Parsed =
  | { ok: true; values: Record<string, unknown> }
  | { ok: false; message: string; validation_errors: Record<string, unknown> };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** The JSON body, undefined when it is not JSON, an empty object when there is none. */
export function bodyOf(request: FakeRequest): Record<string, unknown> | undefined {
  if (request.text === "") {
    return {};
  }
  try {
    const body: unknown = JSON.parse(request.text);
    return isObject(body) ? body : {};
  } catch {
    return undefined;
  }
}

/** Query values are text, so the field's kind says how to read them. */
function fromQuery(query: URLSearchParams, name: string, field: Field): unknown {
  const all = query.getAll(name);
  if (all.length === 0) {
    return undefined;
  }
  if (field.kind === "keys" || field.kind === "uuids") {
    return all.filter((one) => one !== "");
  }
  const text = all[0] ?? "";
  if (text === "" && field.nullable === true) {
    return null;
  }
  if (field.kind === "boolean" && text === "true") {
    return true;
  }
  if (field.kind === "boolean" && text === "false") {
    return false;
  }
  return text;
}

function typeName(value: unknown): string {
  if (value === null) {
    return "null";
  }
  return Array.isArray(value) ? "array" : typeof value;
}

function textFault(value: unknown, name: string, kind: Kind, uuids: boolean): string | undefined {
  if (typeof value !== "string") {
    return `Expected string, received ${typeName(value)} for "${name}"`;
  }
  if (kind === "key" && value === "") {
    return `String must contain at least 1 character(s) for "${name}"`;
  }
  if (kind === "uuid" && uuids && !UUID.test(value)) {
    return `Invalid uuid for "${name}"`;
  }
  if (kind === "date" && !DATE.test(value)) {
    return `Invalid datetime for "${name}"`;
  }
  return undefined;
}

function fault(value: unknown, name: string, field: Field, uuids: boolean): string | undefined {
  if (value === undefined) {
    return field.required === true ? `${name} is required` : undefined;
  }
  if (value === null && field.nullable === true) {
    return undefined;
  }
  if (field.kind === "boolean") {
    if (typeof value === "boolean") {
      return undefined;
    }
    return `Expected boolean, received ${typeName(value)} for "${name}"`;
  }
  if (field.kind === "keys" || field.kind === "uuids") {
    if (!Array.isArray(value)) {
      return `Expected array, received ${typeName(value)} for "${name}"`;
    }
    const kind = field.kind === "uuids" ? "uuid" : "text";
    return value.map((one) => textFault(one, name, kind, uuids)).find((one) => one !== undefined);
  }
  return textFault(value, name, field.kind, uuids);
}

/** Query and body merged, the body winning, then checked. */
export function parseInput(
  request: FakeRequest,
  body: Record<string, unknown>,
  fields: Fields,
  uuids: boolean,
): Parsed {
  const values: Record<string, unknown> = {};
  const errors: Record<string, unknown> = { _errors: [] };
  const messages: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const value = body[name] ?? (name in body ? null : fromQuery(request.query, name, field));
    const wrong = fault(value, name, field, uuids);
    if (wrong === undefined) {
      if (value !== undefined) {
        values[name] = value;
      }
      continue;
    }
    messages.push(wrong);
    const short = wrong.endsWith(" is required") ? "Required" : wrong.replace(/ for "\w+"$/, "");
    errors[name] = { _errors: [short] };
  }
  if (messages.length === 0) {
    return { ok: true, values };
  }
  const many = `${messages.length} Input Errors: ${messages.join(", ")}`;
  const message = messages.length === 1 ? (messages[0] ?? many) : many;
  return { ok: false, message, validation_errors: errors };
}
