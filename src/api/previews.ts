import { createRoute, z } from "@hono/zod-openapi";
import { POLICY_ID, type FieldError } from "../core/policy.ts";
import { actorOf } from "./auth.ts";
import { readJsonBody } from "./body.ts";
import { PolicyDocument } from "./policies.ts";
import { loadPolicy, POLICY_ID_RULE, readPolicy } from "./policy_store.ts";
import { policyTargets } from "./policy_targets.ts";
import { problem, problems } from "./problem.ts";
import { SweepReport } from "./reports.ts";
import {
  BODY_ROUTE,
  claimOf,
  IDEMPOTENCY_HEADER,
  KEY_ROUTE,
  LOCATION_HEADER,
  needs,
  type App,
} from "./routes.ts";
import { requireSecret } from "./secret.ts";

const runs = needs("sweeps:run");

const previewRoute = createRoute({
  method: "post",
  path: "/v1/policies/{id}/preview",
  summary: "Plan what a policy would remove, and remove nothing",
  ...runs,
  middleware: [...runs.middleware, requireSecret, readJsonBody({ optional: true })],
  request: {
    params: z.strictObject({ id: z.string().regex(POLICY_ID, POLICY_ID_RULE) }),
    headers: IDEMPOTENCY_HEADER,
    body: {
      required: false,
      content: {
        "application/json": {
          schema: z.strictObject({
            policy: PolicyDocument.optional().describe("A text to try; absent: the stored one"),
          }),
        },
      },
    },
  },
  responses: {
    202: {
      description: "Started, or started before under this key",
      headers: LOCATION_HEADER,
      content: { "application/json": { schema: SweepReport } },
    },
    ...KEY_ROUTE,
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "policy_not_found"),
    ...problems("policy_invalid", "kv_stale", "idempotency_conflict"),
    ...problems("rate_limited", "too_many_previews"),
  },
});

/** Names fields as the caller wrote them: below a key of the body. */
function under(key: string, errors: readonly FieldError[]): FieldError[] {
  return errors.map(({ field, message }) => ({
    field: field === "" ? key : `${key}.${field}`,
    message,
  }));
}

/** `/v1/policies/{id}/preview`. */
export function registerPreviews(app: App): void {
  app.openapi(previewRoute, async (c) => {
    const { registrar, policies: kv, config } = c.get("deps");
    const { id } = c.req.valid("param");
    const { policy: document } = c.req.valid("json");
    const targets = policyTargets(config.sources);
    const policy =
      document === undefined
        ? await readPolicy(kv, id, targets)
        : loadPolicy(id, document, targets);
    if (policy === null) {
      return problem(c, "policy_not_found");
    }
    if (!policy.ok) {
      return document === undefined
        ? problem(c, "policy_invalid", { errors: policy.error })
        : problem(c, "invalid_request", { errors: under("policy", policy.error) });
    }
    const answer = await registrar.startPreview(
      {
        policy: policy.value,
        stored_digest: document === undefined ? policy.value.digest : null,
      },
      actorOf(c.get("key")),
      claimOf(c),
    );
    return "sweep" in answer
      ? c.json(answer.sweep, 202, { location: `/v1/sweeps/${answer.sweep.id}` })
      : problem(c, answer.kind);
  });
}
