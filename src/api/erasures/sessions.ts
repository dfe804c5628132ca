import * as z from "zod";
import { DISPOSITIONS } from "../../core/count/disposition.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import type { PlanPage, SoughtSession as PlanRow } from "../../contract/custodian.ts";
import type { ApiContext } from "../http/context.ts";
import { openPage, PAGE_QUERY, pageOf, refuseCursor, sealNext } from "../http/pagination.ts";
import { problem } from "../http/problem.ts";
import { seesHold } from "../http/reach.ts";
import { ONE } from "../http/resource.ts";
import { answerOf, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { ERASURES } from "./erasures.ts";
import { doc, docOf, named, says } from "../../core/values/doc.ts";

const Sought = z
  .strictObject({
    source: z.string(),
    scope: z.string(),
    id: z.string(),
    matched_by: z
      .array(z.string())
      .readonly()
      .meta(says("The types of the identifiers that it matches; empty: it goes with `child_of`")),
    child_of: z
      .strictObject({ scope: z.string(), id: z.string() })
      .nullable()
      .meta(says("The session that made it, where it goes with that; null: it matches by itself")),
    held_by: z
      .string()
      .nullable()
      .meta(
        says(
          "The id of the hold that bound it when it was planned; null: none did, or the key may not read it, or the hold is on `child_of`",
        ),
      ),
    disposition: z
      .enum(DISPOSITIONS)
      .nullable()
      .meta(says("How it is left or went; null: it is to be removed")),
  })
  .meta(named("SoughtSession"));
export type SoughtSession = Readonly<z.output<typeof Sought>>;

const pageRoute = createRoute({
  method: "get",
  path: "/v1/erasures/{id}/sessions",
  summary: doc("List the sessions of an erasure's plan, source by source, and why each is in it"),
  ...needs(
    "sessions:read",
    doc(
      "Of a dry run until `plan_until`, of an erasure until it has ended. A page may have fewer than asked for.",
    ),
  ),
  request: { params: ONE, query: z.strictObject(PAGE_QUERY) },
  responses: docOf(() => ({
    200: answerOf("One page", pageOf(Sought)),
    ...refusals("invalid_request", "erasure_not_found", "plan_pending", "plan_gone"),
  })),
});

/** Parts with one of these never made a plan: their report says why. */
const UNPLANNED: ReadonlySet<string> = new Set(["not_searched", "failed"]);

/** `/v1/erasures/{id}/sessions`. */
export function registerSoughtPages(app: App): void {
  app.openapi(pageRoute, async (c) => {
    const { id } = c.req.valid("param");
    const list = `plan of ${id}`;
    const asked = openPage(c, list, c.req.valid("query"));
    if (asked === null) {
      return refuseCursor(c);
    }
    const erasure = await c.get("deps").registrar.erasure(id);
    if (erasure === null || ERASURES.beyond(c, erasure) !== null) {
      return problem(c, "erasure_not_found");
    }
    const page = await readFrom(c, erasure, placeOf(asked.cursor), asked.limit);
    if (page.kind !== "page") {
      return problem(c, `plan_${page.kind}`);
    }
    const data = await withoutHiddenHolds(c, page.data);
    return c.json({ data, next_cursor: sealNext(c, list, page.next) }, 200);
  });
}

/** Where a page begins: after this row of a source. */
interface Place {
  readonly source: string;
  readonly after: number;
}

type Read =
  | Exclude<PlanPage, { readonly kind: "page" }>
  | {
      readonly kind: "page";
      readonly data: readonly SoughtSession[];
      readonly next: string | null;
    };

/** Reads a page of the first source from a place on that has any; a plan that is not there is told, never skipped. */
async function readFrom(
  c: ApiContext,
  { id, sources }: ErasureReport,
  from: Place,
  limit: number,
): Promise<Read> {
  const planned = Object.entries(sources)
    .flatMap(([source, { status }]) => (UNPLANNED.has(status) ? [] : [source]))
    .toSorted();
  const ahead = planned.filter((source) => source >= from.source);
  for (const [place, source] of ahead.entries()) {
    const after = source === from.source ? from.after : 0;
    const page = await c.get("deps").custodian(source).soughtPage(id, { limit, after });
    if (page.kind !== "page") {
      return page;
    }
    const following = ahead[place + 1];
    if (page.data.length > 0 || following === undefined) {
      const data = page.data.map((row: PlanRow) => ({ source, ...row }));
      const next = page.next !== null ? { source, after: page.next } : following;
      return { kind: "page", data, next: next === undefined ? null : cursorOf(next) };
    }
  }
  return { kind: "gone" };
}

function cursorOf(next: Place | string): string {
  const { source, after } = typeof next === "string" ? { source: next, after: 0 } : next;
  return `${after} ${source}`;
}

function placeOf(cursor: string | null): Place {
  const [after = "0", source = ""] = cursor?.split(" ") ?? [];
  return { source, after: Number(after) };
}

/** Leaves out the ids of holds that the caller's key may not read. */
async function withoutHiddenHolds(
  c: ApiContext,
  rows: readonly SoughtSession[],
): Promise<SoughtSession[]> {
  const shown = new Set<string>();
  for (const id of new Set(rows.flatMap(({ held_by: hold }) => hold ?? []))) {
    if (await seesHold(c, id)) {
      shown.add(id);
    }
  }
  return rows.map((row) => ({
    ...row,
    held_by: row.held_by !== null && shown.has(row.held_by) ? row.held_by : null,
  }));
}
