import { createRoute, z } from "@hono/zod-openapi";
import type { Config } from "../config/config.ts";
import { Health, SourceHealth } from "../core/report/health.ts";
import { FieldError } from "../core/values/field_error.ts";
import { keyOfSecret, SECRET_RULE } from "../core/values/standard_webhooks.ts";
import type { ApiDeps } from "../deps.ts";
import { describeThrown } from "../platform/log.ts";
import { problems } from "./http/problem.ts";
import { reachOf } from "./http/reach.ts";
import { answerOf, type App } from "./http/routes.ts";

/** A deployment may tick hourly at the least; a quarter of an hour is for the platform's delays. */
const TICK_OVERDUE_MS = 75 * 60_000;

/** All but the status is for callers with a key. */
const HealthReport = z
  .strictObject({
    status: z.enum(["ok", "degraded"]),
    ...Health.extend({
      configuration: z.array(FieldError).readonly(),
      registrar: z.enum(["ok", "unreachable"]),
      sources: z.record(
        z.string(),
        SourceHealth.extend({
          provider: z.string(),
          /** Null for the embedded store. */
          endpoint: z.string().nullable(),
        }),
      ),
    }).partial().shape,
  })
  .openapi("Health");

const healthRoute = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether all is well; with a key, what is not",
  description:
    "Answers 200 as long as the Worker runs. A key that is bound to workspaces sees what a caller without a key sees.",
  security: [],
  responses: {
    200: answerOf("The state", HealthReport),
    ...problems("rate_limited", "internal"),
  },
});

/** `/healthz`. */
export function registerHealth(app: App): void {
  app.openapi(healthRoute, async (c) => {
    const deps = c.get("deps");
    const { config } = deps;
    const configuration = configurationProblems(config);
    const health = await readHealth(deps);
    const isOk =
      configuration.length === 0 &&
      health !== null &&
      !isOverdue(health.last_tick, deps.now()) &&
      health.policy_problems.length === 0 &&
      health.stalled.length === 0 &&
      health.undated.length === 0 &&
      Object.values(health.sources).every(({ status }) => status !== "failing");
    const status = isOk ? "ok" : "degraded";
    // The details are of the whole deployment: a key that is bound to workspaces sees as much as nobody.
    if (c.get("key") === null || reachOf(c) !== null) {
      return c.json({ status } as const, 200);
    }
    const unknown = { status: "unknown", detail: null, at: null } as const;
    const sources = Object.fromEntries(
      [...config.sources].map(([name, { provider, endpoint }]) => [
        name,
        { provider, endpoint, ...(health?.sources[name] ?? unknown) },
      ]),
    );
    return c.json(
      {
        status,
        configuration,
        registrar: health === null ? "unreachable" : "ok",
        last_tick: health?.last_tick ?? null,
        policy_problems: health?.policy_problems ?? [],
        sources,
        undated: health?.undated ?? [],
        stalled: health?.stalled ?? [],
      } as const,
      200,
    );
  });
}

/** Whether the cron has stopped: no tick for longer than an hourly one needs. */
function isOverdue(lastTick: string | null, now: number): boolean {
  return lastTick !== null && now - Date.parse(lastTick) > TICK_OVERDUE_MS;
}

/** What is wrong with the environment, the secrets of the webhooks included. */
export function configurationProblems(config: Config): readonly FieldError[] {
  const found: FieldError[] = [...config.problems];
  if (config.api_keys.length === 0 && !found.some(({ field }) => field.startsWith("API_KEYS"))) {
    found.push({ field: "API_KEYS", message: "set it: without keys the API answers 503" });
  }
  for (const [name, hook] of config.webhooks) {
    for (const [index, secret] of hook.secrets.entries()) {
      if (keyOfSecret(secret) === null) {
        found.push({ field: `WEBHOOKS.${name}.secrets[${index}]`, message: SECRET_RULE });
      }
    }
  }
  return found;
}

async function readHealth({ registrar, log }: ApiDeps): Promise<Health | null> {
  try {
    return await registrar.health();
  } catch (thrown) {
    log("error", "health.registrar_unreachable", describeThrown(thrown));
    return null;
  }
}
