import * as z from "zod";
import { FieldError } from "../../core/values/field_error.ts";
import { PolicyState } from "../../core/report/policy_state.ts";
import { orNull } from "../../core/values/schema.ts";
import { Policy, POLICY_MAX_BYTES } from "../../core/policy/policy.ts";
import type { PolicyWrite, RegistrarApi } from "../../contract/registrar.ts";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import type { ApiContext } from "../http/context.ts";
import {
  decodeCursor,
  DEFAULT_PAGE,
  encodeCursor,
  PAGE_QUERY,
  pageOf,
  refuseCursor,
} from "../http/pagination.ts";
import {
  deletePolicy,
  listPolicyIds,
  readVersion,
  policyJson,
  type StoredPolicy,
  writePolicy,
  type PolicyKv,
} from "../../kv/policies.ts";
import { policyTargets } from "../../kv/targets.ts";
import { readStates, seesStates } from "./state.ts";
import { ONE_POLICY, readNewest, readStored } from "../http/stored_policy.ts";
import { problem } from "../http/problem.ts";
import { beyondOfPolicy, beyondOfStored, outOfReach, reachOf } from "../http/reach.ts";
import { answerOf, bodyOf, bodyRefusals, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { doc, docOf, named, says } from "../../core/values/doc.ts";

/** The stored form, with its name in the OpenAPI document. */
export const PolicyDocument = Policy.meta(named("Policy"));

/** A policy as a list shows it. */
export const PolicyEntry = z
  .strictObject({
    id: z.string(),
    digest: z.string().nullable().meta(says("SHA-256 of the stored form; null: invalid")),
    policy: orNull(PolicyDocument),
    errors: z.array(FieldError).readonly(),
    state: orNull(PolicyState).meta(
      says("null: the key lacks `sweeps:read`, or is bound to workspaces"),
    ),
  })
  .meta(named("PolicyEntry"));

/** Policies that are read at once for a key that sees some of them: KV gives so many in one call. */
const READ_AT_ONCE = 100;

const condition = z.object({
  "if-match": z.string().max(1000).optional(),
  "if-none-match": z.literal("*", "only * is understood").optional(),
});
const etag = {
  ETag: { description: "The digest, in quotes", schema: { type: "string" as const } },
};

const stored = (description: string) => ({
  ...answerOf(description, PolicyDocument),
  headers: etag,
});

const listRoute = createRoute({
  method: "get",
  path: "/v1/policies",
  summary: doc("List policies, the invalid ones with what is wrong"),
  ...needs(
    "policies:read",
    doc(
      "Each has its `state`, as of `GET /v1/policies/{id}/state`, for a key that also has `sweeps:read` and is bound to no workspaces.",
    ),
  ),
  request: { query: z.strictObject(PAGE_QUERY) },
  responses: docOf(() => ({
    200: answerOf("One page, in the order of ids", pageOf(PolicyEntry)),
    ...refusals("invalid_request"),
  })),
});

const getRoute = createRoute({
  method: "get",
  path: "/v1/policies/{id}",
  summary: doc("Read one policy in its stored form"),
  ...needs(
    "policies:read",
    doc(
      "Answers the newest version, even while KV shows an older one, with its digest as `ETag`. An invalid policy is refused with 409 `policy_invalid`.",
    ),
  ),
  request: { params: ONE_POLICY },
  responses: docOf(() => ({
    200: stored("The policy"),
    ...refusals("invalid_request", "policy_not_found", "policy_invalid"),
  })),
});

const putRoute = createRoute({
  method: "put",
  path: "/v1/policies/{id}",
  summary: doc("Create or replace a policy"),
  ...needs(
    "policies:write",
    doc(
      "201: created. 200: replaced. `If-Match` (a digest in quotes) and `If-None-Match: *` make the write conditional; if the condition does not hold, the answer is 412. A sweep under another version stops.",
    ),
    readJsonBody({ max_bytes: POLICY_MAX_BYTES }),
  ),
  request: {
    params: ONE_POLICY,
    headers: condition,
    body: bodyOf(PolicyDocument, {
      source: "agent_sessions",
      expire: [{ clock: "created_at", after: "P1M" }],
    }),
  },
  responses: docOf(() => ({
    200: stored("Replaced; the stored form"),
    201: stored("Created; the stored form"),
    ...bodyRefusals("precondition_failed"),
  })),
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/v1/policies/{id}",
  summary: doc("Delete a policy; a sweep of it that is under way stops"),
  ...needs("policies:write", doc("204. `If-Match` as for PUT.")),
  request: { params: ONE_POLICY, headers: condition },
  responses: docOf(() => ({
    204: { description: "Deleted" },
    ...refusals("invalid_request", "policy_not_found", "precondition_failed"),
  })),
});

/** `/v1/policies`. */
export function registerPolicies(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { policies: kv } = c.get("deps");
    const { limit = DEFAULT_PAGE, cursor } = c.req.valid("query");
    const after = cursor === undefined ? null : decodeCursor(cursor);
    if (after?.ok === false) {
      return refuseCursor(c);
    }
    const rest = (await listPolicyIds(kv)).filter((id) => after === null || id > after.value);
    // A cursor names the last policy: for a key that may not see them all, the last that it is shown.
    const isBound = reachOf(c) !== null;
    const step = isBound ? READ_AT_ONCE : limit;
    const found: { id: string; entry: StoredPolicy }[] = [];
    const end = isBound ? rest.length : Math.min(limit, rest.length);
    let read = 0;
    for (; read < end && found.length < limit; read += step) {
      const ids = rest.slice(read, read + step);
      for (const { id, entry } of await readNewest(c, ids)) {
        if (entry !== null && beyondOfStored(c, entry) === null) {
          found.push({ id, entry });
        }
      }
    }
    const last = isBound ? found[limit - 1]?.id : rest[limit - 1];
    const isMore = read < rest.length || found.length > limit;
    const next = last !== undefined && isMore ? encodeCursor(last) : null;
    const page = found.slice(0, limit);
    const states = seesStates(c) ? await readStates(c, page) : [];
    const data: z.output<typeof PolicyEntry>[] = page.map(({ id, entry }, place) => ({
      ...(entry.ok
        ? { ...entry.value, errors: [] }
        : { id, digest: null, policy: null, errors: entry.error }),
      state: states[place] ?? null,
    }));
    return c.json({ data, next_cursor: next }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const [current] = await readNewest(c, [c.req.valid("param").id]);
    const entry = current?.entry ?? null;
    if (entry === null || beyondOfStored(c, entry) !== null) {
      return problem(c, "policy_not_found");
    }
    if (!entry.ok) {
      return problem(c, "policy_invalid", { errors: entry.error });
    }
    return c.json(entry.value.policy, 200, { etag: `"${entry.value.digest}"` });
  });

  app.openapi(putRoute, async (c) => {
    const { policies: kv, config, registrar } = c.get("deps");
    const { id } = c.req.valid("param");
    const version = readVersion(id, c.req.valid("json"), policyTargets(config.sources));
    if (!version.ok) {
      return problem(c, "invalid_request", { errors: version.error });
    }
    const { policy, digest } = version.value;
    const beyond = beyondOfPolicy(c, policy);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const json = policyJson(policy);
    if (new TextEncoder().encode(json).length > POLICY_MAX_BYTES) {
      return problem(c, "payload_too_large", { detail: `At most ${POLICY_MAX_BYTES} bytes.` });
    }
    const written = await decideWrite(c, id, version.value, c.req.valid("header"));
    if (written.kind === "out_of_reach") {
      return outOfReach(c, written.beyond);
    }
    if (written.kind !== "written") {
      return problem(c, "precondition_failed");
    }
    await writePolicy(kv, id, json);
    await correctKv(kv, registrar, id, digest);
    return c.json(policy, written.created ? 201 : 200, { etag: `"${digest}"` });
  });

  app.openapi(deleteRoute, async (c) => {
    const { policies: kv, registrar } = c.get("deps");
    const { id } = c.req.valid("param");
    const removed = await decideWrite(c, id, null, c.req.valid("header"));
    if (removed.kind === "out_of_reach") {
      return outOfReach(c, removed.beyond);
    }
    if (removed.kind === "precondition_failed") {
      return problem(c, "precondition_failed");
    }
    // What was removed before may still stand in KV.
    await deletePolicy(kv, id);
    await correctKv(kv, registrar, id, null);
    return removed.kind === "not_found" ? problem(c, "policy_not_found") : c.body(null, 204);
  });
}

/** First the Registrar, which decides and stops what runs: should KV then fail, less is removed and not more. */
async function decideWrite(
  c: ApiContext,
  id: string,
  version: PolicyWrite["version"],
  headers: z.output<typeof condition>,
) {
  const before = await readStored(c, id);
  const write = {
    id,
    version,
    shown: before === null ? null : before.ok ? before.value : ("invalid" as const),
    condition: {
      if_match: headers["if-match"] ?? null,
      if_none_match: headers["if-none-match"] !== undefined,
    },
    reach: reachOf(c),
  };
  return c.get("deps").registrar.writePolicy(write, actorOf(c.get("key")));
}

/** Two writers at once may reach KV in another order than the Registrar: the last of them mends it. */
async function correctKv(
  kv: PolicyKv,
  registrar: RegistrarApi,
  id: string,
  wrote: string | null,
): Promise<void> {
  const newest = await registrar.newestPolicy(id);
  if (newest !== null && newest.digest !== wrote) {
    await writePolicy(kv, id, policyJson(newest.policy));
  } else if (newest === null && wrote !== null) {
    await deletePolicy(kv, id);
  }
}
