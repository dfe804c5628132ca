import { createRoute, z } from "@hono/zod-openapi";
import { policySchema } from "../core/policy/json_schema.ts";
import { DOCS_POLICY, docsPage } from "./docs_page.ts";
import { answerOf, KEY_SCHEME, openRefusals, type App } from "./http/routes.ts";
import { describe } from "./openapi/describe.ts";

const page = {
  200: { description: "A page", content: { "text/html": { schema: z.string() } } },
  ...openRefusals(),
};

const docsRoute = createRoute({
  method: "get",
  path: "/docs",
  summary: "The API reference, the guides, and every problem code",
  security: [],
  responses: page,
});

const openApiRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  summary: "The OpenAPI document of this API",
  security: [],
  responses: {
    200: answerOf("OpenAPI 3.1", z.looseObject({ openapi: z.string() })),
    ...openRefusals(),
  },
});

const schemaRoute = createRoute({
  method: "get",
  path: "/policy.schema.json",
  operationId: "getPolicySchema",
  summary: "The JSON Schema of policy files, for editors",
  security: [],
  responses: {
    200: answerOf("JSON Schema 2020-12", z.looseObject({ $schema: z.string() })),
    ...openRefusals(),
  },
});

/** `/docs`, `/openapi.json` and `/policy.schema.json`. */
export function registerDocs(app: App): void {
  app.openAPIRegistry.registerComponent("securitySchemes", KEY_SCHEME, {
    type: "http",
    scheme: "bearer",
    description: "A key of API_KEYS. The roles of a requirement are the key scopes it needs.",
  });

  app.openapi(docsRoute, (c) =>
    c.html(docsPage(), 200, { "content-security-policy": DOCS_POLICY }),
  );

  let document: { openapi: string } | null = null;
  app.openapi(openApiRoute, (c) => {
    document ??= describe(app);
    return c.json(document, 200);
  });

  app.openapi(schemaRoute, (c) => c.json(policySchema(), 200));
}
