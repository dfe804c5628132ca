import * as z from "zod";
import type { KeyScope } from "../../config/keys.ts";
import type { DecisionAnswer, Page, PageRequest, RegistrarApi } from "../../contract/registrar.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { actorOf } from "./auth.ts";
import { readJsonBody } from "./body.ts";
import type { ApiContext } from "./context.ts";
import { A_DIGEST, Approval, Nothing, refuse } from "./decisions.ts";
import { openPage, pageOf, sealNext, type PageQuery } from "./pagination.ts";
import { problem } from "./problem.ts";
import { beyondOfSweep, outOfReach, reachOf } from "./reach.ts";
import { answerOf, bodyOf, bodyRefusals, needs, refusals } from "./routes.ts";
import { requireSecret } from "./secret.ts";
import { createRoute } from "./router.ts";
import { docOf } from "../../core/values/doc.ts";

// What the routes of sweeps, erasures and holds have in common: a list, one by its id, and what may be
// decided about it.

/** The path parameter of one thing. */
export const ONE = z.strictObject({ id: z.string().min(1).max(100) });

type NotFound = "sweep_not_found" | "erasure_not_found" | "hold_not_found";

/** What the routes of one kind of thing are about. */
export interface Resource<T> {
  readonly name: string;
  readonly report: z.ZodType<T>;
  readonly notFound: NotFound;
  read(registrar: RegistrarApi, id: string): Promise<T | null>;
  /** What of one the caller's key does not reach; null: nothing. */
  beyond(c: ApiContext, one: T): string | null;
}

/** What a list may answer. */
export function listAnswers<T extends z.ZodType>(item: T) {
  return { 200: answerOf("One page", pageOf(item)), ...refusals("invalid_request") };
}

/** What is its own of the route of one thing. */
interface OfOne<P extends string> {
  readonly path: P;
  readonly summary: string;
  readonly scope: KeyScope;
  /** What the summary leaves out. */
  readonly more?: string;
  readonly description: string;
}

/** The declaration of a GET of one thing. */
export function getRoute<P extends string, T>({ report, notFound }: Resource<T>, of: OfOne<P>) {
  return createRoute({
    method: "get",
    path: of.path,
    summary: of.summary,
    ...needs(of.scope, of.more),
    request: { params: ONE },
    responses: docOf(() => ({
      200: answerOf(of.description, report),
      ...refusals("invalid_request", notFound),
    })),
  });
}

/** What an approval may answer besides its report. */
export function approvalRefusals(notFound: NotFound) {
  return bodyRefusals("four_eyes", notFound, "wrong_status", "plan_changed");
}

/** The declaration of an approval of one plan. */
export function approveRoute<P extends string, T>({ report, notFound }: Resource<T>, of: OfOne<P>) {
  return createRoute({
    method: "post",
    path: of.path,
    summary: of.summary,
    ...needs(of.scope, of.more, requireSecret, readJsonBody()),
    request: { params: ONE, body: bodyOf(Approval, { plan_digest: A_DIGEST }) },
    responses: docOf(() => ({
      200: answerOf(of.description, report),
      ...approvalRefusals(notFound),
    })),
  });
}

/** The declaration of what ends one thing: a cancellation, a release. */
export function endRoute<P extends string, T>({ report, notFound }: Resource<T>, of: OfOne<P>) {
  return createRoute({
    method: "post",
    path: of.path,
    summary: of.summary,
    ...needs(of.scope, of.more, readJsonBody({ optional: true })),
    request: { params: ONE, body: bodyOf(Nothing, {}, false) },
    responses: docOf(() => ({
      200: answerOf(of.description, report),
      ...bodyRefusals(notFound, "wrong_status"),
    })),
  });
}

/** One page of a list with what of it the caller's key may see; null: its cursor is none of this list. */
export async function readPage<T>(
  c: ApiContext,
  { name, beyond }: Resource<T>,
  query: PageQuery,
  read: (request: PageRequest) => Promise<Page<T>>,
): Promise<Page<T> | null> {
  const request = openPage(c, name, query);
  if (request === null) {
    return null;
  }
  const page = await read(request);
  return {
    data: page.data.filter((one) => beyond(c, one) === null),
    next_cursor: sealNext(c, name, page.next_cursor),
  };
}

/** Answers one thing, which is not there for a key that does not reach it. */
export async function answerOne<T>(
  c: ApiContext,
  { read, beyond, notFound }: Resource<T>,
  id: string,
) {
  const one = await read(c.get("deps").registrar, id);
  return one === null || beyond(c, one) !== null ? problem(c, notFound) : c.json(one, 200);
}

/** Answers the sweep that a request started, now or before: by then its version may have reached more. */
export function answerStarted(c: ApiContext, sweep: SweepReport) {
  const beyond = beyondOfSweep(c, sweep);
  return beyond === null
    ? c.json(sweep, 202, { location: `/v1/sweeps/${sweep.id}` })
    : outOfReach(c, beyond);
}

/** What of the thing of an id the caller's key does not reach; null where there is no such thing. */
export async function beyondOfId<T>(
  c: ApiContext,
  { read, beyond }: Resource<T>,
  id: string,
): Promise<string | null> {
  const one = reachOf(c) === null ? null : await read(c.get("deps").registrar, id);
  return one === null ? null : beyond(c, one);
}

/** Lets a key that reaches a thing decide about it. `rule` says which status allows that. */
export async function decide<T>(
  c: ApiContext,
  resource: Resource<T>,
  id: string,
  rule: string,
  run: (registrar: RegistrarApi, actor: string) => Promise<DecisionAnswer<T>>,
) {
  const beyond = await beyondOfId(c, resource, id);
  if (beyond !== null) {
    return outOfReach(c, beyond);
  }
  const answer = await run(c.get("deps").registrar, actorOf(c.get("key")));
  return answer.kind === "done"
    ? c.json(answer.report, 200)
    : refuse(c, answer, resource.notFound, rule);
}
