import { Validator, type Schema } from "@cfworker/json-schema";

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}

type PathItem = Readonly<Record<string, Operation>>;

/** An OpenAPI 3.1 document that answers are held against. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** The API's own paths: the embedded store's routes have another order of checks, and tests of their own. */
export function ownPaths({ paths }: ApiDocument): [string, ApiDocument["paths"][string]][] {
  return Object.entries(paths).filter(([path]) => !/^\/(client_sessions|v2)\//.test(path));
}

const METHODS = new Set(["get", "put", "post", "delete", "patch"]);

/**
 * Throws unless the document declares an answer: its status, its content type, and a schema that its
 * body obeys. An unknown path must answer the 404, and a method that is not declared the 405, of a problem.
 */
export function expectDeclared(
  document: ApiDocument,
  method: string,
  path: string,
  answer: { readonly status: number; readonly type: string | null; readonly body: unknown },
): void {
  const where = `${method} ${path} answered ${answer.status} ${answer.type}`;
  const item = itemOf(document, path);
  const operation = operationOf(item, method);
  if (operation === undefined) {
    const expected = item === undefined ? 404 : 405;
    if (![expected, 429, 503].includes(answer.status)) {
      throw new Error(`${where}: not declared, so ${expected} was expected`);
    }
    checkSchema(document, { $ref: "#/components/schemas/Problem" }, answer.body, where);
    return;
  }
  const declared = operation.responses[String(answer.status)];
  if (declared === undefined) {
    throw new Error(`${where}: the status is not declared`);
  }
  if (declared.content === undefined) {
    if (answer.body !== "") {
      throw new Error(`${where}: a body, and none is declared`);
    }
    return;
  }
  const type = (answer.type ?? "").split(";")[0] ?? "";
  const content = declared.content[type];
  if (content === undefined) {
    throw new Error(`${where}: the content type is not declared`);
  }
  if (method !== "HEAD") {
    checkSchema(document, content.schema, answer.body, where);
  }
}

/** Whether the document has an operation of a method and a path. */
export function isDeclared(document: ApiDocument, method: string, path: string): boolean {
  return operationOf(itemOf(document, path), method) !== undefined;
}

function itemOf(document: ApiDocument, path: string): PathItem | undefined {
  return Object.entries(document.paths).find(([template]) => fits(template, path))?.[1];
}

function operationOf(item: PathItem | undefined, method: string): Operation | undefined {
  const verb = method === "HEAD" ? "get" : method.toLowerCase();
  return METHODS.has(verb) ? item?.[verb] : undefined;
}

function fits(template: string, path: string): boolean {
  const pattern = template.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+");
  return new RegExp(`^${pattern}$`).test(path.split("?")[0] ?? "");
}

function checkSchema(document: ApiDocument, schema: Json, body: unknown, where: string): void {
  const root = { ...schema, components: document.components } as Schema;
  const { valid, errors } = new Validator(root, "2020-12", false).validate(body);
  if (!valid) {
    const reasons = errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
    throw new Error(`${where}: ${reasons.join("; ")}\n${JSON.stringify(body)}`);
  }
}
