import { createRoute, z } from "@hono/zod-openapi";
import { REMOVALS_BY, RemovalsReport, type RemovalsBy } from "../core/report/removals.ts";
import { dayOf, parseTimestamp } from "../core/values/timestamp.ts";
import { mayDo } from "./http/auth.ts";
import { problem } from "./http/problem.ts";
import { beyondOfAll, outOfReach } from "./http/reach.ts";
import { answerOf, needs, refusals, type App } from "./http/routes.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 400;

/** A day in UTC: that of a time, or as it is written. */
const day = z
  .string()
  .transform((text, context) => {
    const at = parseTimestamp(z.iso.date().safeParse(text).success ? `${text}T00:00:00Z` : text);
    if (at === null) {
      const message = "write a date such as 2026-11-26, or a time in RFC 3339";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    return Math.floor(at / DAY_MS) * DAY_MS;
  })
  .openapi({ type: "string", example: "2026-11-26" });

const by = z
  .string()
  .transform((text, context) => {
    const names = text.split(",");
    if (!names.every(isKnown)) {
      const message = `write some of ${REMOVALS_BY.join(", ")}, with commas between`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    return names;
  })
  .openapi({ type: "string", default: "disposition", example: "policy,clause,day" });

const removalsRoute = createRoute({
  method: "get",
  path: "/v1/removals",
  summary: "Sums of what was removed, and of what was planned and left",
  ...needs(
    "sweeps:read",
    `\`?by=\` is some of ${REMOVALS_BY.map((name) => `\`${name}\``).join(", ")}. \`?since=\` and \`?until=\` are dates, or times that stand for their day in UTC; both days are included, ${MOST_DAYS} at most. Without them: the last ${DEFAULT_DAYS} days. A session counts on the day on which the Registrar learnt of its end. What erasures removed is counted for a key that also has \`erasures:read\`. The sums are kept for \`REPORTS_KEPT\`. A key that is bound to workspaces is refused.`,
  ),
  request: {
    query: z.strictObject({ since: day.optional(), until: day.optional(), by: by.optional() }),
  },
  responses: { 200: answerOf("The sums", RemovalsReport), ...refusals("invalid_request") },
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
    const until = query.until ?? Math.floor(now() / DAY_MS) * DAY_MS;
    const since = query.since ?? until - (DEFAULT_DAYS - 1) * DAY_MS;
    const refuse = (field: string, message: string) =>
      problem(c, "invalid_request", { errors: [{ field, message }] });
    if (since > until) {
      return refuse("since", "the first day is after the last: swap them");
    }
    if ((until - since) / DAY_MS >= MOST_DAYS) {
      return refuse("since", `ask for at most ${MOST_DAYS} days at once`);
    }
    const key = c.get("key");
    const erasures = key !== null && mayDo(key, "erasures:read");
    const days = { since: dayOf(since), until: dayOf(until) };
    const request = { ...days, by: query.by ?? (["disposition"] as const), erasures };
    const sums = await registrar.removals(request);
    if (sums === null) {
      return refuse("by", "there are more than 10,000 rows: ask for fewer days, or by less");
    }
    const counted = erasures ? "sweeps_and_erasures" : "sweeps";
    return c.json({ ...days, counted, ...sums } as const, 200);
  });
}

function isKnown(name: string): name is RemovalsBy {
  return REMOVALS_BY.some((known) => known === name);
}
