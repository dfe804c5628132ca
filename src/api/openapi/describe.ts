import { OpenAPIHono } from "@hono/zod-openapi";
import { describeStore } from "../../store/describe.ts";
import { importRecordSchema } from "../../store/import/openapi.ts";
import type { App } from "../http/router.ts";
import { KEY_SCHEME } from "../http/routes.ts";
import { exemplify, exemplifyProblem } from "./answers.ts";
import { splitDirections } from "./directions.ts";
import { isObject, mapMembers, membersOf, type JsonObject } from "./json.ts";
import { declareTags, operationIdOf, tagOf } from "./names.ts";

/** The OpenAPI 3.1 document of all routes that are declared. */
export function describe({ declared }: App): JsonObject & { readonly openapi: string } {
  const registrar = new OpenAPIHono();
  const { openAPIRegistry: registry } = registrar;
  registry.registerComponent("securitySchemes", KEY_SCHEME, {
    type: "http",
    scheme: "bearer",
    description: "A key of API_KEYS. The roles of a requirement are the key scopes it needs.",
  });
  for (const { middleware: _, ...route } of declared) {
    registry.registerPath(route);
  }
  registry.registerComponent("schemas", "ImportRecord", importRecordSchema());
  const made = registrar.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Lethe",
      version: "1",
      description:
        "Enforces retention on client and agent sessions, and erases a person on request.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
    tags: declareTags(),
  });
  const { paths, components, ...rest } = splitDirections(withStore(made as unknown as JsonObject));
  return {
    ...rest,
    components: mapMembers(components, (part, name) =>
      name === "schemas" && isObject(part) ? exemplifyProblem(part) : part,
    ),
    openapi: made.openapi,
    paths: mapMembers(paths, (item, path) =>
      mapMembers(item, (operation, method) =>
        isObject(operation) ? exemplify(nameOperation(method, path, operation)) : operation,
      ),
    ),
  };
}

/** The document with the routes of the embedded store, which are not made by the generator. */
function withStore(document: JsonObject): JsonObject {
  const store = describeStore(KEY_SCHEME) as unknown as Readonly<Record<string, JsonObject>>;
  const { paths, components } = document;
  const known = isObject(components) ? components : {};
  return {
    ...document,
    paths: { ...Object.fromEntries(membersOf(paths)), ...store["paths"] },
    components: {
      ...known,
      schemas: { ...Object.fromEntries(membersOf(known["schemas"])), ...store["schemas"] },
      securitySchemes: {
        ...Object.fromEntries(membersOf(known["securitySchemes"])),
        ...store["schemes"],
      },
    },
  };
}

/** An operation with its name and its tag in front, unless its route gave them. */
function nameOperation(method: string, path: string, operation: JsonObject): JsonObject {
  const tag = tagOf(path);
  return {
    operationId: operationIdOf(method, path, isList(operation)),
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...operation,
  };
}

/** A list answers pages. */
function isList({ responses }: JsonObject): boolean {
  return isObject(responses) && JSON.stringify(responses["200"] ?? null).includes('"next_cursor"');
}
