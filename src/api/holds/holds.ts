import { createRoute, z } from "@hono/zod-openapi";
import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import type { ApiContext } from "../http/context.ts";
import { Nothing } from "../http/decisions.ts";
import { HoldBody, readHold } from "./request.ts";
import { HoldReport } from "../../core/report/hold.ts";
import {
  DEFAULT_PAGE,
  openCursor,
  PAGE_QUERY,
  pageOf,
  refuseCursor,
  sealCursor,
} from "../http/pagination.ts";
import { problem, problems } from "../http/problem.ts";
import { beyondOfHold, outOfReach, reachOf } from "../http/reach.ts";
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
  content: { "application/json": { schema: HoldReport } },
});

const listRoute = createRoute({
  method: "get",
  path: "/v1/holds",
  summary: "List holds, the newest first",
  ...needs("holds:read", "The values that name somebody are never shown."),
  request: { query: z.strictObject(PAGE_QUERY) },
  responses: {
    200: {
      description: "One page",
      content: { "application/json": { schema: pageOf(HoldReport) } },
    },
    ...KEY_ROUTE,
    ...problems("invalid_request"),
  },
});

const getRoute = createRoute({
  method: "get",
  path: "/v1/holds/{id}",
  summary: "Read one hold, and where it is in force",
  ...needs(
    "holds:read",
    "It also shows what the hold came too late for, and whether its review is due.",
  ),
  request: { params },
  responses: {
    200: report("The hold"),
    ...KEY_ROUTE,
    ...problems("invalid_request", "hold_not_found"),
  },
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
    body: { required: true, content: { "application/json": { schema: HoldBody } } },
  },
  responses: {
    201: {
      ...report("In force in every source: calls that were under way have settled"),
      headers: LOCATION_HEADER,
    },
    ...KEY_ROUTE,
    ...problems("not_configured", "unavailable", "not_in_force"),
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "idempotency_conflict", "too_many_holds"),
  },
});

const releaseRoute = createRoute({
  method: "post",
  path: "/v1/holds/{id}/release",
  summary: "End a hold; whom it bound is forgotten",
  ...writes,
  middleware: [...writes.middleware, readJsonBody({ optional: true })],
  request: {
    params,
    body: { required: false, content: { "application/json": { schema: Nothing } } },
  },
  responses: {
    200: report("Released; `in_force` says where it still binds until that source is told"),
    ...KEY_ROUTE,
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "hold_not_found", "wrong_status"),
  },
});

/** `/v1/holds`. */
export function registerHolds(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { limit = DEFAULT_PAGE, cursor } = c.req.valid("query");
    const after = openCursor(c, "holds", cursor);
    if (!after.ok) {
      return refuseCursor(c);
    }
    const page = await c.get("deps").registrar.holds({ limit, cursor: after.value });
    const next = page.next_cursor === null ? null : sealCursor(c, "holds", page.next_cursor);
    const data = page.data.filter(({ selector }) => beyondOfHold(c, selector) === null);
    return c.json({ data, next_cursor: next }, 200);
  });

  app.openapi(getRoute, async (c) => {
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
    const answer = await registrar.placeHold(request.value, actorOf(c.get("key")), claimOf(c));
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
        return problem(c, "wrong_status", { detail: `Its status is ${answer.status}.` });
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
