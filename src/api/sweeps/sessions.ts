import * as z from "zod";
import { DISPOSITIONS } from "../../core/count/disposition.ts";
import { CLOCKS } from "../../core/session/session.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { PlannedSession as PlanRow } from "../../contract/custodian.ts";
import { openPage, PAGE_QUERY, pageOf, refuseCursor, sealNext } from "../http/pagination.ts";
import { ONE } from "../http/resource.ts";
import { problem } from "../http/problem.ts";
import { beyondOf, touchesSweep } from "../http/reach.ts";
import { answerOf, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { doc, docOf, named, says } from "../../core/values/doc.ts";

const Planned = z
  .strictObject({
    scope: z.string(),
    id: z.string(),
    clause: z.int().min(0).meta(says("Which clause of `expire` made it due, from 0")),
    clock: z.enum(CLOCKS),
    threshold: z.iso.datetime().meta(says("Due when its clock is not after this")),
    due_at: z.iso.datetime(),
    newly: z
      .boolean()
      .nullable()
      .meta(says("The version compared with would not remove it; null: nothing was compared")),
    disposition: z.enum(DISPOSITIONS).nullable().meta(says("What became of it; null: nothing yet")),
  })
  .meta(named("PlannedSession"));
export type PlannedSession = Readonly<z.output<typeof Planned>>;

const pageRoute = createRoute({
  method: "get",
  path: "/v1/sweeps/{id}/sessions",
  summary: doc(
    "List the sessions of a sweep's plan, the longest overdue first, and why each is in it",
  ),
  ...needs(
    "sessions:read",
    doc("Each has its clause, its clock, the threshold and the time at which it fell due."),
  ),
  request: {
    params: ONE,
    query: z.strictObject({
      ...PAGE_QUERY,
      newly: z
        .literal("true", "only true is understood")
        .optional()
        .meta(
          says("Only what the version compared with would not remove; a page may then have fewer"),
        ),
    }),
  },
  responses: docOf(() => ({
    200: answerOf("One page", pageOf(Planned)),
    ...refusals("invalid_request", "sweep_not_found", "plan_pending", "plan_gone"),
  })),
});

/** `/v1/sweeps/{id}/sessions`. */
export function registerPlanPages(app: App): void {
  app.openapi(pageRoute, async (c) => {
    const { registrar, custodian } = c.get("deps");
    const { newly, ...query } = c.req.valid("query");
    const { id } = c.req.valid("param");
    const list = `plan of ${id}`;
    const asked = openPage(c, list, query);
    if (asked === null) {
      return refuseCursor(c);
    }
    const sweep = await registrar.sweep(id);
    if (sweep === null || !touchesSweep(c, sweep)) {
      return problem(c, "sweep_not_found");
    }
    const page = await custodian(sweep.source).planPage(sweep.id, {
      limit: asked.limit,
      after: Number(asked.cursor ?? 0),
      newly: newly !== undefined,
    });
    if (page.kind !== "page") {
      return problem(c, `plan_${page.kind}`);
    }
    const next = sealNext(c, list, page.next === null ? null : String(page.next));
    const seen = page.data.filter(({ scope }) => beyondOf(c, sweep.source, [scope]) === null);
    return c.json({ data: seen.map(show), next_cursor: next }, 200);
  });
}

function show(row: PlanRow): PlannedSession {
  const { threshold, due_at } = row;
  return { ...row, threshold: formatTimestamp(threshold), due_at: formatTimestamp(due_at) };
}
