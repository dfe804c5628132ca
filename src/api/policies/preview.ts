import * as z from "zod";
import type { FieldError } from "../../core/values/field_error.ts";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import { PolicyDocument } from "./policies.ts";
import { readVersion, type StoredPolicy } from "../../kv/policies.ts";
import { policyTargets } from "../../kv/targets.ts";
import { invalidField, problem } from "../http/problem.ts";
import { beyondOfPolicy, beyondOfStored, outOfReach } from "../http/reach.ts";
import { SweepReport } from "../../core/report/sweep.ts";
import {
  bodyOf,
  bodyRefusals,
  idempotencyOf,
  IDEMPOTENCY_HEADER,
  madeOf,
  needs,
} from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { answerStarted } from "../http/resource.ts";
import { requireSecret } from "../http/secret.ts";
import { ONE_POLICY, readStored } from "../http/stored_policy.ts";
import { doc, docOf, says } from "../../core/values/doc.ts";

const previewRoute = createRoute({
  method: "post",
  path: "/v1/policies/{id}/preview",
  summary: doc("Plan what a policy would remove, and remove nothing"),
  ...needs(
    "sweeps:run",
    doc(
      "202. Plans the stored version, or the `policy` of the body, which is stored nowhere. `compare` compares it with another version of the same source. The plan can be read for 24 hours.",
    ),
    requireSecret,
    readJsonBody({ optional: true }),
  ),
  request: {
    params: ONE_POLICY,
    headers: IDEMPOTENCY_HEADER,
    body: bodyOf(
      z.strictObject({
        policy: PolicyDocument.optional(),
        compare: z
          .union([z.literal("stored"), z.looseObject({})])
          .optional()
          .meta(
            says("A version of the same source to compare it with: a Policy, or the stored one"),
          ),
      }),
      { compare: "stored" },
      false,
    ),
  },
  responses: docOf(() => ({
    202: madeOf("Started, or started before under this key", SweepReport),
    ...bodyRefusals(
      "policy_not_found",
      "policy_invalid",
      "kv_stale",
      "idempotency_conflict",
      "too_many_previews",
    ),
  })),
});

/** What is wrong with a document, its fields named as the caller wrote them: below a key of the body. */
function errorsUnder(key: string, read: StoredPolicy | null): FieldError[] {
  return read === null || read.ok
    ? []
    : read.error.map(({ field, message }) => ({
        field: field === "" ? key : `${key}.${field}`,
        message,
      }));
}

/** `/v1/policies/{id}/preview`. */
export function registerPreviews(app: App): void {
  app.openapi(previewRoute, async (c) => {
    const { registrar, config } = c.get("deps");
    const { id } = c.req.valid("param");
    const { policy: document, compare } = c.req.valid("json");
    const targets = policyTargets(config.sources);
    const given = document === undefined ? null : readVersion(id, document, targets);
    const other = typeof compare === "object" ? readVersion(id, compare, targets) : null;
    if (given?.ok === false || other?.ok === false) {
      const errors = [...errorsUnder("policy", given), ...errorsUnder("compare", other)];
      return problem(c, "invalid_request", { errors });
    }
    const takesStored = given === null || compare === "stored";
    const stored = takesStored ? await readStored(c, id) : null;
    if (stored?.ok === false) {
      const beyond = beyondOfStored(c, stored);
      if (beyond !== null) {
        return outOfReach(c, beyond);
      }
      return problem(c, "policy_invalid", { errors: stored.error });
    }
    const policy = given ?? stored;
    if (policy === null || (takesStored && stored === null)) {
      return problem(c, "policy_not_found");
    }
    for (const seen of [policy.value.policy, other?.value.policy, stored?.value.policy]) {
      const beyond = seen === undefined ? null : beyondOfPolicy(c, seen);
      if (beyond !== null) {
        return outOfReach(c, beyond);
      }
    }
    const against = (compare === "stored" ? stored : other)?.value.policy ?? null;
    const { source } = policy.value.policy;
    if (against !== null && against.source !== source) {
      const message = `two versions of one source can be compared: the other one is of ${source}`;
      return invalidField(c, "compare.source", message);
    }
    const answer = await registrar.startPreview(
      { policy: policy.value, other: against, stored_digest: stored?.value.digest ?? null },
      actorOf(c.get("key")),
      idempotencyOf(c),
    );
    if (!("sweep" in answer)) {
      return problem(c, answer.kind);
    }
    return answerStarted(c, answer.sweep);
  });
}
