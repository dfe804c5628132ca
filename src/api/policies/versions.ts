import { createRoute, z } from "@hono/zod-openapi";
import { VersionReport } from "../../core/report/policy_version.ts";
import { POLICY_ID } from "../../core/policy/policy.ts";
import {
  DEFAULT_PAGE,
  openCursor,
  PAGE_QUERY,
  pageOf,
  refuseCursor,
  sealCursor,
} from "../http/pagination.ts";
import { POLICY_ID_RULE } from "../../kv/policies.ts";
import { problem, problems } from "../http/problem.ts";
import { beyondOfDocument, reachOf } from "../http/reach.ts";
import { answerOf, KEY_ROUTE, needs, type App } from "../http/routes.ts";

const versionsRoute = createRoute({
  method: "get",
  path: "/v1/policies/{id}/versions",
  summary: "List every version of a policy, the newest first",
  ...needs(
    "policies:read",
    "Each has its number, its digest, the document, who wrote it, when, and whether through the API or KV.",
  ),
  request: {
    params: z.strictObject({ id: z.string().regex(POLICY_ID, POLICY_ID_RULE) }),
    query: z.strictObject(PAGE_QUERY),
  },
  responses: {
    200: answerOf("One page", pageOf(VersionReport)),
    ...KEY_ROUTE,
    ...problems("invalid_request", "policy_not_found"),
  },
});

/** `/v1/policies/{id}/versions`. */
export function registerPolicyVersions(app: App): void {
  app.openapi(versionsRoute, async (c) => {
    const { limit = DEFAULT_PAGE, cursor } = c.req.valid("query");
    const { id } = c.req.valid("param");
    const after = openCursor(c, `versions of ${id}`, cursor);
    if (!after.ok) {
      return refuseCursor(c);
    }
    const before = after.value === null ? null : Number(after.value);
    const page = await c.get("deps").registrar.policyVersions(id, limit, before);
    if (page.data.length === 0 && before === null) {
      return problem(c, "policy_not_found");
    }
    const next =
      page.next_cursor === null ? null : sealCursor(c, `versions of ${id}`, page.next_cursor);
    const documents = page.data.map(({ document }) => {
      return document === null ? null : (JSON.parse(document) as Record<string, unknown>);
    });
    const data = page.data.flatMap(({ document: _document, ...version }, place) => {
      const policy = documents[place] ?? null;
      // A removal is seen by whoever could see what was removed.
      const seen = policy ?? documents[place + 1] ?? null;
      return beyondOfDocument(c, seen) === null ? [{ ...version, policy }] : [];
    });
    if (data.length === 0 && before === null && reachOf(c) !== null) {
      return problem(c, "policy_not_found");
    }
    return c.json({ data, next_cursor: next }, 200);
  });
}
