import { createRoute, z } from "@hono/zod-openapi";
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
import { beyondOfText, reachOf } from "../http/reach.ts";
import { KEY_ROUTE, needs, type App } from "../http/routes.ts";

const PolicyVersion = z
  .strictObject({
    no: z.int().min(1),
    digest: z.string().nullable().openapi({ description: "null: the policy was removed" }),
    policy: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: "The stored form as it was written" }),
    writer: z
      .string()
      .nullable()
      .openapi({ description: "The key that wrote it; null: it came from KV" }),
    via: z.enum(["api", "kv"]),
    at: z.iso.datetime(),
    trusted_at: z.iso.datetime().nullable().openapi({
      description: "When its first plan was approved, or began without; null: it has not run live",
    }),
    trusted_by: z
      .string()
      .nullable()
      .openapi({ description: "The key that approved; null: it needed no approval" }),
  })
  .openapi("PolicyVersion");

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
    200: {
      description: "One page",
      content: { "application/json": { schema: pageOf(PolicyVersion) } },
    },
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
    const texts = page.data.map(({ text }) => {
      return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    });
    const data = page.data.flatMap(({ text: _text, ...version }, place) => {
      const policy = texts[place] ?? null;
      // A removal is seen by whoever could see what was removed.
      const seen = policy ?? texts[place + 1] ?? null;
      return beyondOfText(c, seen) === null ? [{ ...version, policy }] : [];
    });
    if (data.length === 0 && before === null && reachOf(c) !== null) {
      return problem(c, "policy_not_found");
    }
    return c.json({ data, next_cursor: next }, 200);
  });
}
