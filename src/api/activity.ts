import * as z from "zod";
import { Activity, ACTIVITY_KINDS } from "../core/report/activity.ts";
import { someOf, SPAN_QUERY } from "./http/filters.ts";
import { openPage, PAGE_QUERY, refuseCursor, sealNext } from "./http/pagination.ts";
import { beyondOfAll, outOfReach } from "./http/reach.ts";
import { listAnswers } from "./http/resource.ts";
import { needs } from "./http/routes.ts";
import { createRoute, type App } from "./http/router.ts";
import { doc, docOf } from "../core/values/doc.ts";

/** What the cursors of this list are sealed for. */
const LIST = "activity";

const name = z.string().min(1).max(200).optional();

const activityRoute = createRoute({
  method: "get",
  path: "/v1/activity",
  summary: doc("List who did what and when, the newest first"),
  ...needs(
    "activity:read",
    doc(
      "Each filter narrows the list: `actor` (a key, or `webhook:<hook>`), `kind` (several with commas between), `object` (an id, or the name of a policy or a source), `since` and `until`. Entries about erasures and holds are kept for good, others for `REPORTS_KEPT`. A key that is bound to workspaces is refused.",
    ),
  ),
  request: {
    query: z.strictObject({
      ...PAGE_QUERY,
      ...SPAN_QUERY,
      actor: name,
      kind: someOf(ACTIVITY_KINDS),
      object: name,
    }),
  },
  responses: docOf(() => listAnswers(Activity)),
});

/** `/v1/activity`. */
export function registerActivity(app: App): void {
  app.openapi(activityRoute, async (c) => {
    const beyond = beyondOfAll(c, "whose activity this is");
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const { limit, cursor, ...filter } = c.req.valid("query");
    const request = openPage(c, LIST, { limit, cursor });
    if (request === null) {
      return refuseCursor(c);
    }
    const page = await c.get("deps").registrar.activity(request, filter);
    return c.json({ ...page, next_cursor: sealNext(c, LIST, page.next_cursor) }, 200);
  });
}
