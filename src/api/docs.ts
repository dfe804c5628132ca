import * as z from "zod";
import { DOCS_POLICY, docsPage } from "./docs_page.ts";
import type { ApiContext } from "./http/context.ts";
import { problem } from "./http/problem.ts";
import { answerOf, openRefusals } from "./http/routes.ts";
import { createRoute, type App } from "./http/router.ts";
import { doc, docOf } from "../core/values/doc.ts";

const page = {
  200: { description: "A page", content: { "text/html": { schema: z.string() } } },
  ...openRefusals(),
};

const docsRoute = createRoute({
  method: "get",
  path: "/docs",
  summary: doc("The API reference, the guides, and every problem code"),
  security: [],
  responses: page,
});

const openApiRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  summary: doc("The OpenAPI document of this API"),
  security: [],
  responses: docOf(() => ({
    200: answerOf("OpenAPI 3.1", z.looseObject({ openapi: z.string() })),
    ...openRefusals(),
  })),
});

const schemaRoute = createRoute({
  method: "get",
  path: "/policy.schema.json",
  operationId: "getPolicySchema",
  summary: doc("The JSON Schema of policy files, for editors"),
  security: [],
  responses: docOf(() => ({
    200: answerOf("JSON Schema 2020-12", z.looseObject({ $schema: z.string() })),
    ...openRefusals(),
  })),
});

/**
 * `/docs`, `/openapi.json` and `/policy.schema.json`. The last two say what the code says, and are made from
 * it by `npm run assets`: what makes them would be a tenth of the Worker.
 */
export function registerDocs(app: App): void {
  app.openapi(docsRoute, (c) =>
    c.html(docsPage(), 200, { "content-security-policy": DOCS_POLICY }),
  );

  app.openapi(openApiRoute, async (c) => {
    const document = await readMade<{ openapi: string }>(c, "/openapi.json");
    return document === null ? notMade(c) : c.json(document, 200);
  });

  app.openapi(schemaRoute, async (c) => {
    const schema = await readMade<{ $schema: string }>(c, "/policy.schema.json");
    return schema === null ? notMade(c) : c.json(schema, 200);
  });
}

/** A document that was made before the deployment; null: it was not. */
async function readMade<T>(c: ApiContext, path: string): Promise<T | null> {
  const found = await c.get("deps").asset(path);
  return found.ok ? await found.json<T>() : null;
}

function notMade(c: ApiContext) {
  const detail = "This deployment was made without it. `npm run deploy` and `npm start` make it.";
  return problem(c, "not_configured", { detail });
}
