import * as z from "zod";
import { VersionReport } from "../../core/report/policy_version.ts";
import { openPage, PAGE_QUERY, pageOf, refuseCursor, sealNext } from "../http/pagination.ts";
import { problem } from "../http/problem.ts";
import { beyondOfDocument, reachOf } from "../http/reach.ts";
import { answerOf, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { ONE_POLICY } from "../http/stored_policy.ts";
import { doc, docOf } from "../../core/values/doc.ts";

const versionsRoute = createRoute({
  method: "get",
  path: "/v1/policies/{id}/versions",
  summary: doc("List every version of a policy, the newest first"),
  ...needs(
    "policies:read",
    doc(
      "Each has its number, its digest, the document, who wrote it, when, and whether through the API or KV.",
    ),
  ),
  request: {
    params: ONE_POLICY,
    query: z.strictObject(PAGE_QUERY),
  },
  responses: docOf(() => ({
    200: answerOf("One page", pageOf(VersionReport)),
    ...refusals("invalid_request", "policy_not_found"),
  })),
});

/** `/v1/policies/{id}/versions`. */
export function registerPolicyVersions(app: App): void {
  app.openapi(versionsRoute, async (c) => {
    const { id } = c.req.valid("param");
    const list = `versions of ${id}`;
    const asked = openPage(c, list, c.req.valid("query"));
    if (asked === null) {
      return refuseCursor(c);
    }
    const before = asked.cursor === null ? null : Number(asked.cursor);
    const page = await c.get("deps").registrar.policyVersions(id, asked.limit, before);
    if (page.data.length === 0 && before === null) {
      return problem(c, "policy_not_found");
    }
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
    return c.json({ data, next_cursor: sealNext(c, list, page.next_cursor) }, 200);
  });
}
