import { createRoute, z } from "@hono/zod-openapi";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import type { ApiContext } from "../http/context.ts";
import { HoldBody, readHold } from "./request.ts";
import { HoldReport } from "../../core/report/hold.ts";
import { PAGE_QUERY, refuseCursor } from "../http/pagination.ts";
import { endRoute, getRoute, listAnswers, readPage } from "../http/resource.ts";
import { problem, problems } from "../http/problem.ts";
import { beyondOfHold, outOfReach, reachOf } from "../http/reach.ts";
import {
  answerOf,
  BODY_ROUTE,
  bodyOf,
  idempotencyOf,
  IDEMPOTENCY_HEADER,
  KEY_ROUTE,
  LOCATION_HEADER,
  needs,
  type App,
} from "../http/routes.ts";
import { requireSecret } from "../http/secret.ts";

const listRoute = createRoute({
  method: "get",
  path: "/v1/holds",
  summary: "List holds, the newest first",
  ...needs("holds:read", "The values that name somebody are never shown."),
  request: { query: z.strictObject(PAGE_QUERY) },
  responses: listAnswers(HoldReport),
});

const oneRoute = getRoute({
  path: "/v1/holds/{id}",
  summary: "Read one hold, and where it is in force",
  scope: "holds:read",
  more: "It also shows what the hold came too late for, and whether its review is due.",
  description: "The hold",
  report: HoldReport,
  notFound: "hold_not_found",
});

const writes = needs("holds:write");

const placeRoute = createRoute({
  method: "post",
  path: "/v1/holds",
  summary: "Hold sessions back from every removal",
  ...writes,
  description: `${writes.description} 201 when every source obeys. Otherwise 503 \`not_in_force\`: the hold is recorded, and delivered until every source obeys.`,
  middleware: [...writes.middleware, requireSecret, readJsonBody()],
  request: {
    headers: IDEMPOTENCY_HEADER,
    body: bodyOf(HoldBody),
  },
  responses: {
    201: {
      ...answerOf("In force in every source: calls that were under way have ended", HoldReport),
      headers: LOCATION_HEADER,
    },
    ...KEY_ROUTE,
    ...problems("not_configured", "unavailable", "not_in_force"),
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "idempotency_conflict", "too_many_holds"),
  },
});

const releaseRoute = endRoute({
  path: "/v1/holds/{id}/release",
  summary: "End a hold; whom it bound is forgotten",
  scope: "holds:write",
  description: "Released; `in_force` says where it still binds until that source is told",
  report: HoldReport,
  notFound: "hold_not_found",
});

/** `/v1/holds`. */
export function registerHolds(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { registrar } = c.get("deps");
    const page = await readPage(
      c,
      "holds",
      c.req.valid("query"),
      (request) => registrar.holds(request),
      ({ selector }) => beyondOfHold(c, selector) === null,
    );
    return page === null ? refuseCursor(c) : c.json(page, 200);
  });

  app.openapi(oneRoute, async (c) => {
    const hold = await c.get("deps").registrar.hold(c.req.valid("param").id);
    return hold === null || beyondOfHold(c, hold.selector) !== null
      ? problem(c, "hold_not_found")
      : c.json(hold, 200);
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
    const { registrar } = c.get("deps");
    const { id } = c.req.valid("param");
    const placed = reachOf(c) === null ? null : await registrar.hold(id);
    const beyond = placed === null ? null : beyondOfHold(c, placed.selector);
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const answer = await registrar.releaseHold(id, actorOf(c.get("key")));
    switch (answer.kind) {
      case "not_found":
        return problem(c, "hold_not_found");
      case "wrong_status":
        return problem(c, "wrong_status", {
          detail: `Its status is ${answer.status}: only a hold that stands can be released.`,
        });
      case "released":
        return c.json(answer.hold, 200);
    }
  });
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
