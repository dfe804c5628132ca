import * as z from "zod";
import type { Untold } from "../../contract/custodian.ts";
import { readJsonBody } from "../http/body.ts";
import type { ApiContext } from "../http/context.ts";
import {
  Explanation,
  NOTHING,
  showInvalid,
  showRemoved,
  showSession,
  UNKNOWN,
  type ExplainedPolicy,
  type ExplainedSession,
} from "./explanation.ts";
import { noSuchSource } from "../../sources/provider.ts";
import { invalidField, problem } from "../http/problem.ts";
import { beyondOf, isAbout, limitsInReach, outOfReach, reachOf, seesHold } from "../http/reach.ts";
import { answerOf, bodyOf, bodyRefusals, needs } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { requireSecret } from "../http/secret.ts";
import { showPolicy, versionsOf } from "./policies.ts";
import { searchSources, type Place, type Searched } from "./search.ts";
import { doc, docOf, says } from "../../core/values/doc.ts";

/** Places that are named where several sessions have one id. */
const MOST_PLACES = 20;

const explainRoute = createRoute({
  method: "post",
  path: "/v1/explain",
  summary: doc("Tell what each policy says of one session, what holds it back, and how it went"),
  ...needs(
    "sessions:read",
    doc(
      "`id` alone searches every source and scope that the key reaches. `searched` says where it was looked for, and what came of it. It also names the plans that have the session.",
    ),
    requireSecret,
    readJsonBody(),
  ),
  request: {
    body: bodyOf(
      z.strictObject({
        source: z.string().min(1).max(100).optional(),
        scope: z
          .string()
          .min(1)
          .max(200)
          .optional()
          .meta(says("The workspace of a client session, the agent of an agent session")),
        id: z.string().min(1).max(200),
      }),
      { source: "agent_sessions", scope: "agt_support", id: "ase_42" },
    ),
  },
  responses: docOf(() => ({
    200: answerOf("The explanation", Explanation),
    ...bodyRefusals("migrations_missing", "several_sessions"),
  })),
});

/** `/v1/explain`. */
export function registerExplain(app: App): void {
  app.openapi(explainRoute, async (c) => {
    const deps = c.get("deps");
    const { source, scope, id } = c.req.valid("json");
    if (source !== undefined && !deps.config.sources.has(source)) {
      return invalidField(c, "source", noSuchSource(deps.config.sources));
    }
    if (source !== undefined && scope !== undefined) {
      const beyond = beyondOf(c, source, [scope]);
      return beyond === null
        ? explainAt(c, { kind: "at", source, scope }, id, null)
        : outOfReach(c, beyond);
    }
    const limits = limitsInReach(c, {
      sources: source === undefined ? null : [source],
      scopes: scope === undefined ? null : [scope],
    });
    if (!limits.ok) {
      return outOfReach(c, limits.error);
    }
    const { sources, scopes } = limits.value;
    const found = await searchSources(deps, sources ?? [...deps.config.sources.keys()], scopes, id);
    const { places, searched, untold } = found;
    if (untold !== null) {
      return refuseUntold(c, untold.source, untold);
    }
    const [place] = places;
    if (place === undefined) {
      return c.json(
        { ...UNKNOWN, source: source ?? null, scope: scope ?? null, id, searched: [...searched] },
        200,
      );
    }
    return places.length > 1
      ? problem(c, "several_sessions", { places: places.slice(0, MOST_PLACES) })
      : explainAt(c, place, id, searched);
  });
}

/** Tells all of a session in one place. */
async function explainAt(
  c: ApiContext,
  place: Place,
  id: string,
  searched: readonly Searched[] | null,
) {
  const { source } = place;
  if (place.kind === "removed") {
    const told = { ...UNKNOWN, source, id, removed: showRemoved(place.removed) };
    return c.json({ ...told, searched: [...(searched ?? [])] }, 200);
  }
  const deps = c.get("deps");
  const { scope } = place;
  const stored = await versionsOf(deps, source);
  const isBound = reachOf(c) !== null;
  const valid = stored.valid.filter(({ policy }) => !isBound || isAbout(policy, scope));
  const invalid = isBound ? [] : stored.invalid;
  const answer = await deps.custodian(source).explain({
    ref: { scope, id },
    policies: valid.map(({ id: policy, policy: document }) => ({ id: policy, policy: document })),
  });
  if (answer.kind !== "explained") {
    return refuseUntold(c, source, answer);
  }
  const standings = await deps.registrar.standings(valid);
  const policies = valid.map((version, index): ExplainedPolicy => {
    const explained = answer.policies.find((one) => one.id === version.id);
    const standing = standings[index];
    return explained === undefined || standing === undefined
      ? { ...NOTHING, policy: version.id, mode: version.policy.mode }
      : showPolicy(deps, version, explained, standing, answer);
  });
  return c.json(
    {
      source,
      scope,
      id,
      ...showSession(answer),
      hold: (await seesHold(c, answer.hold)) ? answer.hold : null,
      policies: [...policies, ...invalid.map(showInvalid)],
      searched: [...(searched ?? [searchedAt(source, answer)])],
    },
    200,
  );
}

function searchedAt(source: string, { session, removed }: ExplainedSession): Searched {
  const gone = removed === null ? "absent" : "removed";
  return { source, outcome: session === null ? gone : "found", detail: null };
}

function refuseUntold(c: ApiContext, source: string, untold: Untold) {
  switch (untold.kind) {
    case "busy": {
      const detail = `Too many ask about sessions of ${source} at once.`;
      const headers = { "retry-after": String(untold.retry_after) };
      return problem(c, "rate_limited", { detail, headers });
    }
    case "migrations_missing":
      return problem(c, "migrations_missing");
    case "unavailable": {
      const detail = `${source} did not tell: ${untold.detail}.`;
      return problem(c, "unavailable", { detail, headers: { "retry-after": "30" } });
    }
  }
}
