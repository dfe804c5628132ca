import * as z from "zod";
import { REMOVALS_BY, RemovalsReport } from "../core/report/removals.ts";
import { dayOf } from "../core/values/timestamp.ts";
import { callerMay } from "./http/auth.ts";
import { endOfSpan, someOf } from "./http/filters.ts";
import { invalidField } from "./http/problem.ts";
import { beyondOfAll, outOfReach } from "./http/reach.ts";
import { answerOf, needs, refusals } from "./http/routes.ts";
import { createRoute, type App } from "./http/router.ts";
import { doc, docOf } from "../core/values/doc.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 400;

const removalsRoute = createRoute({
  method: "get",
  path: "/v1/removals",
  summary: doc("Sums of what was removed, and of what was planned and left"),
  ...needs(
    "sweeps:read",
    docOf(
      () =>
        `\`?by=\` is some of ${REMOVALS_BY.map((name) => `\`${name}\``).join(", ")}. \`?since=\` and \`?until=\` are dates, or times that stand for their day in UTC; both days are included, ${MOST_DAYS} at most. Without them: the last ${DEFAULT_DAYS} days. A session counts on the day on which the Registrar learnt of its end. What erasures removed is counted for a key that also has \`erasures:read\`. The sums are kept for \`REPORTS_KEPT\`. A key that is bound to workspaces is refused.`,
    ),
  ),
  request: {
    query: z.strictObject({
      since: endOfSpan(false, "The first day in UTC, or a time of it"),
      until: endOfSpan(true, "The last day in UTC, or a time of it"),
      by: someOf(REMOVALS_BY),
    }),
  },
  responses: docOf(() => ({
    200: answerOf("The sums", RemovalsReport),
    ...refusals("invalid_request"),
  })),
});

/** `/v1/removals`. */
export function registerRemovals(app: App): void {
  app.openapi(removalsRoute, async (c) => {
    const { registrar, now } = c.get("deps");
    const beyond = beyondOfAll(c, "which these sums count together");
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const query = c.req.valid("query");
    // As numbers of days: the end of a span is not included.
    const until = Math.floor((query.until === undefined ? now() : query.until - 1) / DAY_MS);
    const since =
      query.since === undefined ? until - DEFAULT_DAYS + 1 : Math.floor(query.since / DAY_MS);
    if (since > until) {
      return invalidField(c, "since", "the first day is after the last: swap them");
    }
    if (until - since >= MOST_DAYS) {
      return invalidField(c, "since", `ask for at most ${MOST_DAYS} days at once`);
    }
    const erasures = callerMay(c, "erasures:read");
    const days = { since: dayOf(since * DAY_MS), until: dayOf(until * DAY_MS) };
    const request = { ...days, by: query.by ?? (["disposition"] as const), erasures };
    const sums = await registrar.removals(request);
    if (sums === null) {
      return invalidField(
        c,
        "by",
        "there are more than 10,000 rows: ask for fewer days, or by less",
      );
    }
    const counted = erasures ? "sweeps_and_erasures" : "sweeps";
    return c.json({ ...days, counted, ...sums } as const, 200);
  });
}
