import * as z from "zod";
import { renderMetrics } from "../core/report/metrics.ts";
import { beyondOfAll, outOfReach } from "./http/reach.ts";
import { needs, refusals } from "./http/routes.ts";
import { createRoute, type App } from "./http/router.ts";
import { doc, docOf } from "../core/values/doc.ts";

/** What Prometheus asks for: the text format in its version of 2014, which every scraper reads. */
const TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  summary: doc("Metrics in Prometheus' text format"),
  ...needs("metrics:read"),
  responses: docOf(() => ({
    200: {
      description: "Every metric; docs/SIGNALS.md says what each means",
      content: { "text/plain": { schema: z.string() } },
    },
    ...refusals(),
  })),
});

/** `/metrics`. */
export function registerMetrics(app: App): void {
  app.openapi(metricsRoute, async (c) => {
    const beyond = beyondOfAll(c, "which the metrics count together");
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const samples = await c.get("deps").registrar.metrics();
    return c.text(renderMetrics(samples), 200, { "content-type": TEXT_FORMAT });
  });
}
