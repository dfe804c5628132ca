import * as z from "zod";
import { setDigest } from "../../core/values/set_digest.ts";
import { ERASURE_STATUSES, ErasureReport } from "../../core/report/erasure.ts";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import { A_DIGEST, refuse, SetApproval, TO_APPROVE, TO_CANCEL } from "../http/decisions.ts";
import { ErasureBody, readErasure } from "./request.ts";
import { only, someOf, SPAN_QUERY } from "../http/filters.ts";
import { PAGE_QUERY, pageOf, refuseCursor } from "../http/pagination.ts";
import {
  answerOne,
  approvalRefusals,
  approveRoute,
  beyondOfId,
  decide,
  endRoute,
  getRoute,
  listAnswers,
  readPage,
  type Resource,
} from "../http/resource.ts";
import { problem } from "../http/problem.ts";
import { beyondOfErasure, limitsInReach, outOfReach } from "../http/reach.ts";
import {
  answerOf,
  bodyOf,
  bodyRefusals,
  idempotencyOf,
  IDEMPOTENCY_HEADER,
  madeOf,
  needs,
} from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { requireSecret } from "../http/secret.ts";
import { doc, docOf, says } from "../../core/values/doc.ts";

export const ERASURES: Resource<ErasureReport> = {
  name: "erasures",
  report: ErasureReport,
  notFound: "erasure_not_found",
  read: (registrar, id) => registrar.erasure(id),
  beyond: beyondOfErasure,
};

const listRoute = createRoute({
  method: "get",
  path: "/v1/erasures",
  summary: doc("List erasures, the newest first"),
  ...needs(
    "erasures:read",
    doc(
      "Each filter narrows the list: `status` (several with commas between), `open=true` (not ended), `late=true` (open, and past `due_at`), `reference`, `since` and `until` (when it was opened). Reports never repeat the identifiers.",
    ),
  ),
  request: {
    query: z.strictObject({
      ...PAGE_QUERY,
      ...SPAN_QUERY,
      status: someOf(ERASURE_STATUSES),
      open: only("Those that have not ended"),
      late: only("Those that have not ended and are past due_at"),
      reference: z.string().min(1).max(200).optional(),
    }),
  },
  responses: docOf(() => ({
    ...listAnswers(ErasureReport),
    200: answerOf(
      "One page",
      pageOf(ErasureReport).extend({
        set_digest: z
          .string()
          .nullable()
          .meta(
            says(
              "Over the plans on this page that wait for approval, to approve them at once; null: none does",
            ),
          ),
      }),
    ),
  })),
});

const oneRoute = getRoute(ERASURES, {
  path: "/v1/erasures/{id}",
  summary: "Read the report of one erasure",
  scope: "erasures:read",
  description: "The report",
});

const openRoute = createRoute({
  method: "post",
  path: "/v1/erasures",
  summary: doc("Ask that one person be forgotten in every source"),
  ...needs(
    "erasures:write",
    doc(
      '202 and a status URL. `"dry_run": true` only looks: it ends as `observed`, and its sessions can be listed.',
    ),
    requireSecret,
    readJsonBody(),
  ),
  request: {
    headers: IDEMPOTENCY_HEADER,
    body: bodyOf(ErasureBody, {
      subject: { identifiers: [{ type: "user_identifier_key", value: "jane_doe" }] },
      regulation: "gdpr",
    }),
  },
  responses: docOf(() => ({
    202: madeOf("Accepted, now or before under this key", ErasureReport),
    ...bodyRefusals("idempotency_conflict"),
  })),
});

const approvalRoute = approveRoute(ERASURES, {
  path: "/v1/erasures/{id}/approve",
  summary: "Approve the plan of an erasure that waits",
  scope: "erasures:approve",
  more: 'Body: `{ "plan_digest" }`.',
  description: "Approved",
});

const approveSetRoute = createRoute({
  method: "post",
  path: "/v1/approvals",
  operationId: "approveErasures",
  summary: doc("Approve the plans of several erasures that wait: all of them or none"),
  ...needs(
    "erasures:approve",
    doc(
      'Body: `{ "erasures": [ids], "set_digest" }`. `GET /v1/erasures` answers the `set_digest` of its page, which must have just these erasures.',
    ),
    requireSecret,
    readJsonBody(),
  ),
  request: {
    body: bodyOf(SetApproval, {
      erasures: ["ers_0123456789abcdefghjkmnpqrs"],
      set_digest: A_DIGEST,
    }),
  },
  responses: docOf(() => ({
    200: answerOf("All approved", z.strictObject({ data: z.array(ErasureReport).readonly() })),
    ...approvalRefusals("erasure_not_found"),
  })),
});

const cancelRoute = endRoute(ERASURES, {
  path: "/v1/erasures/{id}/cancel",
  summary: "Cancel an erasure that has not ended",
  scope: "erasures:write",
  more: "What is removed stays removed.",
  description: "Cancelled",
});

/** `/v1/erasures`. */
export function registerErasures(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    const { registrar } = c.get("deps");
    const page = await readPage(c, ERASURES, { limit, cursor }, (request) =>
      registrar.erasures(request, filter),
    );
    if (page === null) {
      return refuseCursor(c);
    }
    const waiting = page.data.filter((one) => one.status === "needs_approval");
    const digest = waiting.length === 0 ? null : setDigest(waiting);
    return c.json({ ...page, set_digest: digest }, 200);
  });

  app.openapi(oneRoute, async (c) => answerOne(c, ERASURES, c.req.valid("param").id));

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
    const answer = await registrar.openErasure(
      asked,
      actorOf(c.get("key")),
      idempotencyOf(c),
      null,
    );
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

  app.openapi(approvalRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { plan_digest: digest } = c.req.valid("json");
    return decide(c, ERASURES, id, TO_APPROVE, (registrar, actor) =>
      registrar.approveErasure(id, digest, actor),
    );
  });

  app.openapi(approveSetRoute, async (c) => {
    const { erasures: ids, set_digest: digest } = c.req.valid("json");
    for (const id of ids) {
      const beyond = await beyondOfId(c, ERASURES, id);
      if (beyond !== null) {
        return outOfReach(c, beyond);
      }
    }
    const answer = await c
      .get("deps")
      .registrar.approveErasures(ids, digest, actorOf(c.get("key")));
    return answer.kind === "done"
      ? c.json({ data: answer.reports }, 200)
      : refuse(c, answer, "erasure_not_found", TO_APPROVE);
  });

  app.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid("param");
    return decide(c, ERASURES, id, TO_CANCEL, (registrar, actor) =>
      registrar.cancelErasure(id, actor),
    );
  });
}
