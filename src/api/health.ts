import * as z from "zod";
import type { Config } from "../config/config.ts";
import type { Attention, AttentionList } from "../core/report/attention.ts";
import { boundAttention } from "../core/rule/attention.ts";
import { Health, SourceState } from "../core/report/health.ts";
import { FieldError } from "../core/values/field_error.ts";
import { keyOfSecret, SECRET_RULE } from "../core/values/standard_webhooks.ts";
import type { ApiDeps } from "../deps.ts";
import { describeThrown } from "../platform/log.ts";
import { isMigrated } from "../sources/d1/migrations.ts";
import { problems } from "./http/problem.ts";
import { reachOf } from "./http/reach.ts";
import { answerOf } from "./http/routes.ts";
import { createRoute, type App } from "./http/router.ts";
import { doc, docOf, named, says } from "../core/values/doc.ts";

/** All but the status is for callers with a key. */
const HealthReport = z
  .strictObject({
    status: z.enum(["ok", "degraded"]).meta(says("ok: nothing is in `attention`")),
    ...Health.extend({
      configuration: z.array(FieldError).readonly(),
      registrar: z.enum(["ok", "unreachable"]),
      sources: z.record(
        z.string(),
        SourceState.extend({
          provider: z.string(),
          /** Null for the embedded store. */
          endpoint: z.string().nullable(),
        }),
      ),
    }).partial().shape,
  })
  .meta(named("Health"));
export type HealthReport = Readonly<z.output<typeof HealthReport>>;

const HealthQuery = z.strictObject({
  strict: z
    .literal(["", "1", "true"], "write ?strict")
    .optional()
    .meta(says("Answers 503 instead of 200 when the status is not ok")),
});

const healthRoute = createRoute({
  method: "get",
  path: "/healthz",
  operationId: "getHealth",
  summary: doc("Whether anything needs a person; with a key, what"),
  description: doc(
    "Answers 200 as long as the Worker runs; with `?strict` it answers 503 when anything needs a person. A key that is bound to workspaces sees what a caller without a key sees. `attention` holds the first 100 matters, at least one of each code.",
  ),
  security: [],
  request: { query: HealthQuery },
  responses: docOf(() => ({
    200: answerOf("The state", HealthReport),
    503: answerOf("Something needs a person; only with `?strict`", HealthReport),
    ...problems("invalid_request", "rate_limited", "internal"),
  })),
});

/** `/healthz`. */
export function registerHealth(app: App): void {
  app.openapi(healthRoute, async (c) => {
    const deps = c.get("deps");
    const { config } = deps;
    const configuration = configurationProblems(config);
    const [health, isStoreReady] = await Promise.all([readHealth(deps), readStore(deps)]);
    const isUnmigrated = isStoreReady === false;
    const list = withOwn(health, configuration, isUnmigrated);
    const status = list.attention.length === 0 ? "ok" : "degraded";
    const code = c.req.valid("query").strict === undefined || status === "ok" ? 200 : 503;
    // The details are of the whole deployment: a key that is bound to workspaces sees as much as nobody.
    if (c.get("key") === null || reachOf(c) !== null) {
      return c.json({ status } as const, code);
    }
    const unknown = {
      status: "unknown",
      detail: null,
      at: null,
      since: null,
      pace: null,
    } as const;
    const sources = Object.fromEntries(
      [...config.sources].map(([name, { provider, endpoint }]) => [
        name,
        { provider, endpoint, ...(health?.sources[name] ?? unknown) },
      ]),
    );
    return c.json(
      {
        status,
        ...list,
        configuration,
        registrar: health === null ? "unreachable" : "ok",
        last_tick: health?.last_tick ?? null,
        policy_problems: health?.policy_problems ?? [],
        sources,
      } as const,
      code,
    );
  });
}

/** What the Registrar knows, with what only the Worker sees. */
function withOwn(
  health: Health | null,
  configuration: readonly FieldError[],
  isUnmigrated: boolean,
): AttentionList {
  const known = health?.attention ?? [];
  const isTold = known.some(({ code }) => code === "migrations_missing");
  const own: Attention[] = configuration.map(({ field, message }) => ({
    code: "configuration",
    since: null,
    about: { kind: "variable", id: field },
    message: `${field}: ${message}`,
    settle: null,
  }));
  if (isUnmigrated && !isTold) {
    own.push({
      code: "migrations_missing",
      since: null,
      about: { kind: "store", id: null },
      message: "The tables of the embedded store are missing or old: apply the migrations.",
      settle: null,
    });
  }
  if (health === null) {
    own.push({
      code: "registrar_unreachable",
      since: null,
      about: { kind: "deployment", id: null },
      message: "The Registrar did not answer: what else needs a person is not known.",
      settle: { method: "GET", path: "/healthz" },
    });
  }
  return boundAttention([...own, ...known], health?.attention_more ?? {});
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

/** Whether the tables of the embedded store are there; null where it is not used, or does not answer. */
async function readStore({ config, store }: ApiDeps): Promise<boolean | null> {
  const isUsed = [...config.sources.values()].some(({ endpoint }) => endpoint === null);
  return isUsed ? isMigrated(store) : null;
}
