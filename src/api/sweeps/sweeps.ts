import * as z from "zod";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import { TO_APPROVE, TO_CANCEL } from "../http/decisions.ts";
import { only, someOf, SPAN_QUERY } from "../http/filters.ts";
import { PAGE_QUERY, refuseCursor } from "../http/pagination.ts";
import {
  answerOne,
  answerStarted,
  approveRoute,
  decide,
  endRoute,
  getRoute,
  listAnswers,
  readPage,
  type Resource,
} from "../http/resource.ts";
import { policyId, readStored } from "../http/stored_policy.ts";
import { problem } from "../http/problem.ts";
import { beyondOfStored, beyondOfSweep, outOfReach } from "../http/reach.ts";
import { SWEEP_STATUSES, SWEEP_TRIGGERS, SweepReport } from "../../core/report/sweep.ts";
import {
  bodyOf,
  bodyRefusals,
  idempotencyOf,
  IDEMPOTENCY_HEADER,
  madeOf,
  needs,
} from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { requireSecret } from "../http/secret.ts";
import { doc, docOf } from "../../core/values/doc.ts";

const SWEEPS: Resource<SweepReport> = {
  name: "sweeps",
  report: SweepReport,
  notFound: "sweep_not_found",
  read: (registrar, id) => registrar.sweep(id),
  beyond: beyondOfSweep,
};

const listRoute = createRoute({
  method: "get",
  path: "/v1/sweeps",
  summary: doc("List sweeps, the newest first"),
  ...needs(
    "sweeps:read",
    doc(
      "Each filter narrows the list: `policy`, `source`, `status` (several with commas between), `trigger`, `since` and `until` (when it began), `removed=true` (it removed something).",
    ),
  ),
  request: {
    query: z.strictObject({
      ...PAGE_QUERY,
      ...SPAN_QUERY,
      policy: policyId.optional(),
      source: z.string().min(1).max(48).optional(),
      status: someOf(SWEEP_STATUSES),
      trigger: z.enum(SWEEP_TRIGGERS).optional(),
      removed: only("Those that removed sessions"),
    }),
  },
  responses: docOf(() => listAnswers(SweepReport)),
});

const oneRoute = getRoute(SWEEPS, {
  path: "/v1/sweeps/{id}",
  summary: "Read the report of one sweep",
  scope: "sweeps:read",
  description: "The report",
});

const startRoute = createRoute({
  method: "post",
  path: "/v1/sweeps",
  operationId: "startSweep",
  summary: doc("Start or join a sweep of a policy, whatever its schedule"),
  ...needs("sweeps:run", doc('202. Body: `{ "policy" }`.'), requireSecret, readJsonBody()),
  request: {
    headers: IDEMPOTENCY_HEADER,
    body: bodyOf(z.strictObject({ policy: policyId }), { policy: "stale-agent-sessions" }),
  },
  responses: docOf(() => ({
    202: madeOf("Started, joined, or started before under this key", SweepReport),
    ...bodyRefusals(
      "policy_not_found",
      "policy_off",
      "policy_invalid",
      "kv_stale",
      "idempotency_conflict",
    ),
  })),
});

const approvalRoute = approveRoute(SWEEPS, {
  path: "/v1/sweeps/{id}/approve",
  summary: "Approve the plan of a sweep that waits",
  scope: "sweeps:approve",
  more: 'Body: `{ "plan_digest" }`. A sweep that is `braked` or `needs_approval` goes on: it removes what was planned, is still due and is not held.',
  description: "Approved",
});

const cancelRoute = endRoute(SWEEPS, {
  path: "/v1/sweeps/{id}/cancel",
  summary: "Cancel a sweep that has not ended",
  scope: "sweeps:run",
  more: "What is removed stays removed.",
  description: "Cancelled",
});

/** `/v1/sweeps`. */
export function registerSweeps(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    const { registrar } = c.get("deps");
    const page = await readPage(c, SWEEPS, { limit, cursor }, (request) =>
      registrar.sweeps(request, filter),
    );
    return page === null ? refuseCursor(c) : c.json(page, 200);
  });

  app.openapi(oneRoute, async (c) => answerOne(c, SWEEPS, c.req.valid("param").id));

  app.openapi(startRoute, async (c) => {
    const stored = await readStored(c, c.req.valid("json").policy);
    if (stored === null) {
      return problem(c, "policy_not_found");
    }
    const beyond = beyondOfStored(c, stored);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    if (!stored.ok) {
      return problem(c, "policy_invalid", { errors: stored.error });
    }
    if (stored.value.policy.mode === "off") {
      return problem(c, "policy_off");
    }
    const { registrar } = c.get("deps");
    const actor = actorOf(c.get("key"));
    const answer = await registrar.startSweep(stored.value, actor, idempotencyOf(c));
    if (answer.kind === "idempotency_conflict" || answer.kind === "kv_stale") {
      return problem(c, answer.kind);
    }
    return answerStarted(c, answer.sweep);
  });

  app.openapi(approvalRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { plan_digest: digest } = c.req.valid("json");
    return decide(c, SWEEPS, id, TO_APPROVE, (registrar, actor) =>
      registrar.approveSweep(id, digest, actor),
    );
  });

  app.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid("param");
    return decide(c, SWEEPS, id, TO_CANCEL, (registrar, actor) => registrar.cancelSweep(id, actor));
  });
}
