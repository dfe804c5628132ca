import { createRoute, z } from "@hono/zod-openapi";
import { setDigest } from "../../core/values/set_digest.ts";
import { ERASURE_STATUSES } from "../../core/report/erasure.ts";
import type { ApiContext } from "../http/context.ts";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import { Approval, Nothing, refuse, refuseCancel, SetApproval } from "../http/decisions.ts";
import { ErasureBody, readErasure } from "./request.ts";
import {
  DEFAULT_PAGE,
  openCursor,
  PAGE_QUERY,
  pageOf,
  refuseCursor,
  sealCursor,
} from "../http/pagination.ts";
import { problem, problems } from "../http/problem.ts";
import { beyondOfErasure, limitsInReach, outOfReach, reachOf } from "../http/reach.ts";
import { ErasureReport } from "../../core/report/erasure.ts";
import {
  BODY_ROUTE,
  claimOf,
  IDEMPOTENCY_HEADER,
  KEY_ROUTE,
  LOCATION_HEADER,
  needs,
  type App,
} from "../http/routes.ts";
import { requireSecret } from "../http/secret.ts";

const params = z.strictObject({ id: z.string().min(1).max(100) });
const report = (description: string) => ({
  description,
  content: { "application/json": { schema: ErasureReport } },
});

const listRoute = createRoute({
  method: "get",
  path: "/v1/erasures",
  summary: "List erasures, the newest first",
  ...needs(
    "erasures:read",
    "`?status=` lists those of one status. Reports never repeat the identifiers.",
  ),
  request: {
    query: z.strictObject({ ...PAGE_QUERY, status: z.enum(ERASURE_STATUSES).optional() }),
  },
  responses: {
    200: {
      description: "One page",
      content: {
        "application/json": {
          schema: pageOf(ErasureReport).extend({
            set_digest: z.string().nullable().openapi({
              description:
                "Over the plans on this page that wait for approval, to approve them at once; null: none does",
            }),
          }),
        },
      },
    },
    ...KEY_ROUTE,
    ...problems("invalid_request"),
  },
});

const getRoute = createRoute({
  method: "get",
  path: "/v1/erasures/{id}",
  summary: "Read the report of one erasure",
  ...needs("erasures:read"),
  request: { params },
  responses: {
    200: report("The report"),
    ...KEY_ROUTE,
    ...problems("invalid_request", "erasure_not_found"),
  },
});

const writes = needs("erasures:write");

const openRoute = createRoute({
  method: "post",
  path: "/v1/erasures",
  summary: "Ask that one person be forgotten in every source",
  ...writes,
  description: `${writes.description} 202 and a status URL.`,
  middleware: [...writes.middleware, requireSecret, readJsonBody()],
  request: {
    headers: IDEMPOTENCY_HEADER,
    body: { required: true, content: { "application/json": { schema: ErasureBody } } },
  },
  responses: {
    202: { ...report("Accepted, now or before under this key"), headers: LOCATION_HEADER },
    ...KEY_ROUTE,
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "idempotency_conflict"),
  },
});

const approves = needs("erasures:approve");

const approveRoute = createRoute({
  method: "post",
  path: "/v1/erasures/{id}/approve",
  summary: "Approve the plan of an erasure that waits",
  ...approves,
  description: `${approves.description} Body: \`{ "plan_digest" }\`.`,
  middleware: [...approves.middleware, requireSecret, readJsonBody()],
  request: {
    params,
    body: { required: true, content: { "application/json": { schema: Approval } } },
  },
  responses: {
    200: report("Approved"),
    ...KEY_ROUTE,
    ...problems("forbidden", "four_eyes"),
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "erasure_not_found"),
    ...problems("wrong_status", "plan_changed"),
  },
});

const approveSetRoute = createRoute({
  method: "post",
  path: "/v1/approvals",
  summary: "Approve the plans of several erasures that wait: all of them or none",
  ...approves,
  description: `${approves.description} Body: \`{ "erasures": [ids], "set_digest" }\`. \`GET /v1/erasures\` answers the \`set_digest\` of just these.`,
  middleware: [...approves.middleware, requireSecret, readJsonBody()],
  request: {
    body: { required: true, content: { "application/json": { schema: SetApproval } } },
  },
  responses: {
    200: {
      description: "All approved",
      content: {
        "application/json": { schema: z.strictObject({ data: z.array(ErasureReport).readonly() }) },
      },
    },
    ...KEY_ROUTE,
    ...problems("forbidden", "four_eyes"),
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "erasure_not_found"),
    ...problems("wrong_status", "plan_changed"),
  },
});

const cancelRoute = createRoute({
  method: "post",
  path: "/v1/erasures/{id}/cancel",
  summary: "Cancel an erasure that has not ended",
  ...writes,
  description: `${writes.description} What is removed stays removed.`,
  middleware: [...writes.middleware, readJsonBody({ optional: true })],
  request: {
    params,
    body: { required: false, content: { "application/json": { schema: Nothing } } },
  },
  responses: {
    200: report("Cancelled"),
    ...KEY_ROUTE,
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "erasure_not_found", "wrong_status"),
  },
});

/** `/v1/erasures`. */
export function registerErasures(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { limit = DEFAULT_PAGE, cursor, status = null } = c.req.valid("query");
    const after = openCursor(c, "erasures", cursor);
    if (!after.ok) {
      return refuseCursor(c);
    }
    const page = await c.get("deps").registrar.erasures({ limit, cursor: after.value }, status);
    const next = page.next_cursor === null ? null : sealCursor(c, "erasures", page.next_cursor);
    const data = page.data.filter((erasure) => beyondOfErasure(c, erasure) === null);
    const waiting = data.filter((one) => one.status === "needs_approval");
    const digest = waiting.length === 0 ? null : setDigest(waiting);
    return c.json({ data, next_cursor: next, set_digest: digest }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const erasure = await c.get("deps").registrar.erasure(c.req.valid("param").id);
    return erasure === null || beyondOfErasure(c, erasure) !== null
      ? problem(c, "erasure_not_found")
      : c.json(erasure, 200);
  });

  app.openapi(openRoute, async (c) => {
    const { registrar, config, now } = c.get("deps");
    const request = readErasure(c.req.valid("json"), config.sources, now());
    if (!request.ok) {
      return problem(c, "invalid_request", { errors: request.error });
    }
    const limits = limitsInReach(c, request.value);
    if (!limits.ok) {
      return outOfReach(c, limits.error);
    }
    const asked = { ...request.value, ...limits.value };
    const answer = await registrar.openErasure(asked, actorOf(c.get("key")), claimOf(c), null);
    if (answer.kind === "idempotency_conflict") {
      return problem(c, "idempotency_conflict");
    }
    // One that the same request opened before, when the key reached more.
    const beyond = beyondOfErasure(c, answer.erasure);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    return c.json(answer.erasure, 202, { location: answer.erasure.status_url });
  });

  app.openapi(approveRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { plan_digest: digest } = c.req.valid("json");
    const beyond = await beyondOfId(c, id);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const answer = await c.get("deps").registrar.approveErasure(id, digest, actorOf(c.get("key")));
    return answer.kind === "done"
      ? c.json(answer.report, 200)
      : refuse(c, answer, "erasure_not_found");
  });

  app.openapi(approveSetRoute, async (c) => {
    const { erasures: ids, set_digest: digest } = c.req.valid("json");
    for (const id of ids) {
      const beyond = await beyondOfId(c, id);
      if (beyond !== null) {
        return outOfReach(c, beyond);
      }
    }
    const answer = await c
      .get("deps")
      .registrar.approveErasures(ids, digest, actorOf(c.get("key")));
    return answer.kind === "done"
      ? c.json({ data: answer.reports }, 200)
      : refuse(c, answer, "erasure_not_found");
  });

  app.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid("param");
    const beyond = await beyondOfId(c, id);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const answer = await c.get("deps").registrar.cancelErasure(id, actorOf(c.get("key")));
    return answer.kind === "done"
      ? c.json(answer.report, 200)
      : refuseCancel(c, answer, "erasure_not_found");
  });
}

/** What of an erasure the caller's key does not reach; null where there is no such erasure. */
async function beyondOfId(c: ApiContext, id: string): Promise<string | null> {
  const erasure = reachOf(c) === null ? null : await c.get("deps").registrar.erasure(id);
  return erasure === null ? null : beyondOfErasure(c, erasure);
}
