import * as z from "zod";
import { actorOf, callerMay } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import type { ApiContext } from "../http/context.ts";
import { HoldBody, readHold } from "./request.ts";
import { HoldReport } from "../../core/report/hold.ts";
import { only } from "../http/filters.ts";
import { PAGE_QUERY, refuseCursor } from "../http/pagination.ts";
import {
  answerOne,
  decide,
  endRoute,
  getRoute,
  listAnswers,
  readPage,
  type Resource,
} from "../http/resource.ts";
import { problem } from "../http/problem.ts";
import { beyondOf, beyondOfHold, outOfReach, reachOf } from "../http/reach.ts";
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

const HOLDS: Resource<HoldReport> = {
  name: "holds",
  report: HoldReport,
  notFound: "hold_not_found",
  read: (registrar, id) => registrar.hold(id),
  beyond: (c, { selector }) => beyondOfHold(c, selector),
};

const listRoute = createRoute({
  method: "get",
  path: "/v1/holds",
  summary: doc("List holds, the newest first"),
  ...needs(
    "holds:read",
    doc(
      "`?reference=` lists those of one reference, `?review_due=true` those in force whose review date has passed. Whom a hold names is never shown.",
    ),
  ),
  request: {
    query: z.strictObject({
      ...PAGE_QUERY,
      reference: z.string().min(1).max(200).optional(),
      review_due: only("Those in force whose review date has passed"),
    }),
  },
  responses: docOf(() => listAnswers(HoldReport)),
});

const oneRoute = getRoute(HOLDS, {
  path: "/v1/holds/{id}",
  summary: "Read one hold, and where it is in force",
  scope: "holds:read",
  more: "It also shows how many sessions it matches now, which jobs under way and which sessions it holds back, which sessions went before it was in force, and whether its review is due.",
  description: "The hold",
});

const placeRoute = createRoute({
  method: "post",
  path: "/v1/holds",
  summary: doc("Hold sessions back from every removal"),
  ...needs(
    "holds:write",
    doc(
      "201 when every source obeys. Otherwise 503 `not_in_force`: the hold is recorded, and delivered until every source obeys.",
    ),
    requireSecret,
    readJsonBody(),
  ),
  request: {
    headers: IDEMPOTENCY_HEADER,
    body: bodyOf(HoldBody, {
      selector: {
        kind: "subject",
        identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
      },
      ground: { article: "17(3)(e)" },
      owner: "legal",
      review_at: "2027-06-01T00:00:00Z",
    }),
  },
  responses: docOf(() => ({
    201: madeOf("In force in every source: calls that were under way have ended", HoldReport),
    ...bodyRefusals("not_in_force", "idempotency_conflict", "too_many_holds"),
  })),
});

const releaseRoute = endRoute(HOLDS, {
  path: "/v1/holds/{id}/release",
  summary: "End a hold, and forget whom it named",
  scope: "holds:write",
  description: "Released; `in_force` says where it still binds until that source is told",
});

/** `/v1/holds`. */
export function registerHolds(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { registrar } = c.get("deps");
    const { limit, cursor, ...filter } = c.req.valid("query");
    const page = await readPage(c, HOLDS, { limit, cursor }, (request) =>
      registrar.holds(request, filter),
    );
    return page === null ? refuseCursor(c) : c.json(page, 200);
  });

  app.openapi(oneRoute, async (c) => {
    const read: typeof HOLDS.read = async (registrar, id) => {
      const hold = await registrar.holdNow(id);
      return hold === null ? null : inReach(c, withoutSessions(c, hold));
    };
    return answerOne(c, { ...HOLDS, read }, c.req.valid("param").id);
  });

  app.openapi(placeRoute, async (c) => {
    const { registrar, config, now } = c.get("deps");
    const request = readHold(c.req.valid("json"), config.sources, now());
    if (!request.ok) {
      return problem(c, "invalid_request", { errors: request.error });
    }
    const beyond = beyondOfHold(c, request.value.selector);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const answer = await registrar.placeHold(
      request.value,
      actorOf(c.get("key")),
      idempotencyOf(c),
    );
    if (answer.kind === "idempotency_conflict") {
      return problem(c, "idempotency_conflict");
    }
    if (answer.kind === "too_many") {
      return problem(c, "too_many_holds");
    }
    const { hold } = answer;
    const location = `/v1/holds/${hold.id}`;
    if (hold.status === "in_force" && Object.values(hold.in_force).includes(false)) {
      return notInForce(c, `The hold ${hold.id} is recorded`, hold.in_force, { location });
    }
    return c.json(hold, 201, { location });
  });

  app.openapi(releaseRoute, async (c) => {
    const { id } = c.req.valid("param");
    return decide(c, HOLDS, id, "only a hold that stands can be released", (registrar, actor) =>
      registrar.releaseHold(id, actor),
    );
  });
}

/** Whose sessions a hold on a person has kept is seen by the keys that see plans. */
function withoutSessions(c: ApiContext, hold: HoldReport): HoldReport {
  return callerMay(c, "sessions:read") ? hold : { ...hold, left_out: null };
}

/** A hold as the caller's key may see it: what is under way may be other tenants', and so may a job. */
function inReach(c: ApiContext, hold: HoldReport): HoldReport {
  if (reachOf(c) === null) {
    return hold;
  }
  const reached = hold.left_out?.filter(
    ({ source, scope }) => beyondOf(c, source, [scope]) === null,
  );
  const leftOut = reached?.map((one) => ({ ...one, job: null })) ?? null;
  return { ...hold, holds_back: null, left_out: leftOut };
}

/** Answers that something is recorded which not every source obeys yet, and which those are. */
export function notInForce(
  c: ApiContext,
  what: string,
  inForce: Readonly<Record<string, boolean>>,
  headers: Readonly<Record<string, string>> = {},
) {
  const missing = Object.keys(inForce).filter((source) => inForce[source] !== true);
  return problem(c, "not_in_force", {
    detail: `${what}, and not yet in force in ${missing.join(", ")}: it is delivered until it is.`,
    errors: missing.map((source) => ({
      field: source,
      message:
        "has not confirmed that it obeys; it removes nothing in a slice that it begins without",
    })),
    headers: { ...headers, "retry-after": "5" },
  });
}
