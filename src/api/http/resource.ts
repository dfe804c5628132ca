import { createRoute, z } from "@hono/zod-openapi";
import type { KeyScope } from "../../config/keys.ts";
import type { Page, PageRequest } from "../../contract/registrar.ts";
import { readJsonBody } from "./body.ts";
import type { ApiContext } from "./context.ts";
import { Approval, Nothing } from "./decisions.ts";
import { DEFAULT_PAGE, openCursor, pageOf, sealCursor } from "./pagination.ts";
import { problems } from "./problem.ts";
import { answerOf, BODY_ROUTE, bodyOf, KEY_ROUTE, needs } from "./routes.ts";
import { requireSecret } from "./secret.ts";

// What the routes of sweeps, erasures and holds have in common: a list, one by its id, and what may be
// decided about it.

/** The path parameter of one thing. */
const ONE = z.strictObject({ id: z.string().min(1).max(100) });

/** What a list may answer. */
export function listAnswers<T extends z.ZodType>(item: T) {
  return {
    200: answerOf("One page", pageOf(item)),
    ...KEY_ROUTE,
    ...problems("invalid_request"),
  };
}

type NotFound = "sweep_not_found" | "erasure_not_found" | "hold_not_found";

/** What is its own of the route of one thing. */
interface OfOne<P extends string, T extends z.ZodType> {
  readonly path: P;
  readonly summary: string;
  readonly scope: KeyScope;
  /** What the summary leaves out. */
  readonly more?: string;
  readonly description: string;
  readonly report: T;
  readonly notFound: NotFound;
}

/** The declaration of a GET of one thing. */
export function getRoute<P extends string, T extends z.ZodType>(of: OfOne<P, T>) {
  return createRoute({
    method: "get",
    path: of.path,
    summary: of.summary,
    ...needs(of.scope, of.more),
    request: { params: ONE },
    responses: {
      200: answerOf(of.description, of.report),
      ...KEY_ROUTE,
      ...problems("invalid_request", of.notFound),
    },
  });
}

/** What an approval may answer besides its report. */
export function approvalAnswers(notFound: NotFound) {
  return {
    ...KEY_ROUTE,
    ...problems("forbidden", "four_eyes"),
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", notFound),
    ...problems("wrong_status", "plan_changed"),
  };
}

/** The declaration of an approval of one plan. */
export function approveRoute<P extends string, T extends z.ZodType>(of: OfOne<P, T>) {
  const approves = needs(of.scope, of.more);
  return createRoute({
    method: "post",
    path: of.path,
    summary: of.summary,
    ...approves,
    middleware: [...approves.middleware, requireSecret, readJsonBody()],
    request: { params: ONE, body: bodyOf(Approval) },
    responses: { 200: answerOf(of.description, of.report), ...approvalAnswers(of.notFound) },
  });
}

/** The declaration of what ends one thing: a cancellation, a release. */
export function endRoute<P extends string, T extends z.ZodType>(of: OfOne<P, T>) {
  const ends = needs(of.scope, of.more);
  return createRoute({
    method: "post",
    path: of.path,
    summary: of.summary,
    ...ends,
    middleware: [...ends.middleware, readJsonBody({ optional: true })],
    request: { params: ONE, body: bodyOf(Nothing, false) },
    responses: {
      200: answerOf(of.description, of.report),
      ...KEY_ROUTE,
      ...BODY_ROUTE,
      ...problems("malformed_json", "invalid_request", of.notFound, "wrong_status"),
    },
  });
}

/** One page of a list with what of it the caller's key may see; null: its cursor is none of this list. */
export async function readPage<T>(
  c: ApiContext,
  list: string,
  query: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  read: (request: PageRequest) => Promise<Page<T>>,
  isSeen: (one: T) => boolean,
): Promise<Page<T> | null> {
  const after = openCursor(c, list, query.cursor);
  if (!after.ok) {
    return null;
  }
  const page = await read({ limit: query.limit ?? DEFAULT_PAGE, cursor: after.value });
  const next = page.next_cursor === null ? null : sealCursor(c, list, page.next_cursor);
  return { data: page.data.filter(isSeen), next_cursor: next };
}
