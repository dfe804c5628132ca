import { formatInstant } from "../../core/values/timestamp.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { stopsOfPolicy } from "../../core/rule/explain_policy.ts";
import { err } from "../../core/values/result.ts";
import type { PolicyVersion } from "../../contract/registrar.ts";
import { readJsonBody } from "../http/body.ts";
import type { ApiDeps } from "../../deps.ts";
import {
  Explanation,
  NOTHING,
  showInvalid,
  showSession,
  type ExplainedPolicy,
  type InvalidVersion,
} from "./explanation.ts";
import { listPolicyIds, readVersion, readDocuments } from "../../kv/policies.ts";
import { policyTargets } from "../../kv/targets.ts";
import { noSuchSource } from "../../sources/provider.ts";
import { problem } from "../http/problem.ts";
import { beyondOf, isAbout, outOfReach, reachOf } from "../http/reach.ts";
import { answerOf, bodyOf, bodyRefusals, needs, type App } from "../http/routes.ts";
import { requireSecret } from "../http/secret.ts";

const explainRoute = createRoute({
  method: "post",
  path: "/v1/explain",
  summary: "Tell what each policy says of one session, what holds it back, and how it went",
  ...needs(
    "sessions:read",
    'Body: `{ "source", "scope", "id" }`. It also names the plans that have the session.',
    requireSecret,
    readJsonBody(),
  ),
  request: {
    body: bodyOf(
      z.strictObject({
        source: z.string().min(1).max(100),
        scope: z.string().min(1).max(200).openapi({
          description: "The workspace of a client session, the agent of an agent session",
        }),
        id: z.string().min(1).max(200),
      }),
      { source: "agent_sessions", scope: "agt_support", id: "ase_42" },
    ),
  },
  responses: {
    200: answerOf("The explanation", Explanation),
    ...bodyRefusals("migrations_missing"),
  },
});

const UNREAD = err([{ field: "", message: "KV did not give it: ask again" }]);

/** The stored versions that are about a source; invalid ones also where nobody can tell. */
async function versionsOf(
  { policies: kv, config }: ApiDeps,
  source: string,
): Promise<{ valid: PolicyVersion[]; invalid: InvalidVersion[] }> {
  const targets = policyTargets(config.sources);
  const valid: PolicyVersion[] = [];
  const invalid: InvalidVersion[] = [];
  for (const [id, read] of await readDocuments(kv, await listPolicyIds(kv))) {
    const document = read === "unread" ? UNREAD : read;
    const version = document?.ok === true ? readVersion(id, document.value, targets) : document;
    if (version === null) {
      continue;
    }
    if (!version.ok) {
      const named = document?.ok === true ? sourceOf(document.value) : null;
      if (named === null || named === source) {
        invalid.push({ id, errors: version.error });
      }
    } else if (version.value.policy.source === source) {
      valid.push(version.value);
    }
  }
  return { valid, invalid };
}

function sourceOf(document: unknown): string | null {
  const named = z.looseObject({ source: z.string() }).safeParse(document);
  return named.success ? named.data.source : null;
}

/** `/v1/explain`. */
export function registerExplain(app: App): void {
  app.openapi(explainRoute, async (c) => {
    const deps = c.get("deps");
    const { source, scope, id } = c.req.valid("json");
    if (!deps.config.sources.has(source)) {
      const message = noSuchSource(deps.config.sources);
      return problem(c, "invalid_request", { errors: [{ field: "source", message }] });
    }
    const beyond = beyondOf(c, source, [scope]);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const stored = await versionsOf(deps, source);
    const isBound = reachOf(c) !== null;
    const valid = stored.valid.filter(({ policy }) => !isBound || isAbout(policy, scope));
    const invalid = isBound ? [] : stored.invalid;
    const answer = await deps.custodian(source).explain({
      ref: { scope, id },
      policies: valid.map(({ id: policy, policy: document }) => ({ id: policy, policy: document })),
    });
    if (answer.kind === "busy") {
      const detail = `Too many ask about sessions of ${source} at once.`;
      const headers = { "retry-after": String(answer.retry_after) };
      return problem(c, "rate_limited", { detail, headers });
    }
    if (answer.kind === "migrations_missing") {
      return problem(c, "migrations_missing");
    }
    if (answer.kind === "unavailable") {
      const detail = `${source} did not tell: ${answer.detail}.`;
      return problem(c, "unavailable", { detail, headers: { "retry-after": "30" } });
    }
    const standings = await deps.registrar.standings(valid);
    const policies = valid.map((version, place): ExplainedPolicy => {
      const { id: policy, policy: document } = version;
      const explained = answer.policies.find((one) => one.id === policy);
      const standing = standings[place];
      if (explained === undefined || standing === undefined) {
        return { ...NOTHING, policy, mode: document.mode };
      }
      const isPlanned = answer.planned.some((row) => row.policy === policy && !row.preview);
      const { verdict, clause, clock, threshold, due_at } = explained;
      return {
        policy,
        mode: document.mode,
        verdict,
        clause,
        clock,
        threshold: formatInstant(threshold),
        due_at: formatInstant(due_at),
        stopped_by: stopsOfPolicy(document, standing, explained, isPlanned),
        errors: [],
      };
    });
    return c.json(
      {
        source,
        scope,
        id,
        ...showSession(answer),
        policies: [...policies, ...invalid.map(showInvalid)],
      },
      200,
    );
  });
}
