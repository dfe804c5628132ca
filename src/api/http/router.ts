import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import { Hono, type MiddlewareHandler, type ValidationTargets } from "hono";
import type * as z from "zod";
import { fieldErrors } from "../../core/policy/policy.ts";
import type { ApiContext, AppEnv } from "./context.ts";
import { problem } from "./problem.ts";

// Of @hono/zod-openapi the Worker takes the types alone. The document is made from what is declared here
// before a deployment, and the package would be a twentieth of the bundle.

/** An application whose routes are declared: each knows what it takes, and what it may answer. */
export interface App extends Hono<AppEnv> {
  /** Every declaration, for the OpenAPI document. */
  readonly declared: readonly RouteConfig[];
  /** Adds a route. What breaks its schemas is answered as a problem that names the field. */
  readonly openapi: OpenAPIHono<AppEnv>["openapi"];
}

/** The declaration of a route. */
export function createRoute<R extends RouteConfig>(route: R): R {
  return route;
}

/** An application without routes. */
export function createRouter(): App {
  const app = new Hono<AppEnv>();
  const declared: RouteConfig[] = [];
  const openapi = (route: RouteConfig, handler: MiddlewareHandler<AppEnv>): void => {
    declared.push(route);
    const before = [route.middleware ?? []].flat() as MiddlewareHandler<AppEnv>[];
    const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.on([route.method.toUpperCase()], [path], ...before, ...validatorsOf(route), handler);
  };
  return Object.assign(app, { declared, openapi: openapi as unknown as App["openapi"] });
}

/** The parts of a request that a schema can be declared for, and where each is read. */
const PARTS = {
  query: (c) =>
    Object.fromEntries(
      Object.entries(c.req.queries()).map(([name, given]) => [
        name,
        given.length === 1 ? given[0] : given,
      ]),
    ),
  param: (c) => c.req.param(),
  header: (c) => c.req.header(),
  // `readJsonBody` stands before: it has refused what is not JSON.
  json: (c) => c.req.json(),
} satisfies { readonly [T in keyof ValidationTargets]?: (c: ApiContext) => unknown };

function validatorsOf({ request = {} }: RouteConfig): MiddlewareHandler<AppEnv>[] {
  const schemas = {
    query: request.query,
    param: request.params,
    header: request.headers,
    json: schemaOf(request.body?.content["application/json"]),
  };
  const targets = Object.keys(PARTS) as (keyof typeof PARTS)[];
  return targets.flatMap((target) => {
    const schema = schemas[target];
    return isSchema(schema) ? validator(target, schema) : [];
  });
}

function schemaOf(content: object | undefined): unknown {
  return content !== undefined && "schema" in content ? content.schema : undefined;
}

/** A body may also be declared as plain JSON Schema: it is then not parsed here. */
function isSchema(schema: unknown): schema is z.ZodType {
  return typeof schema === "object" && schema !== null && "safeParseAsync" in schema;
}

function validator(target: keyof typeof PARTS, schema: z.ZodType): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const result = await schema.safeParseAsync(await PARTS[target](c));
    if (!result.success) {
      return problem(c, "invalid_request", { errors: fieldErrors(result.error) });
    }
    c.req.addValidatedData(target, result.data as object);
    return next();
  };
}
