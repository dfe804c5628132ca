import * as z from "zod";
import { lookup, readJson } from "./env.ts";
import { notSet, type Misspelt } from "./misspelt.ts";
import {
  callbackSecrets,
  callbackUrl,
  duration,
  isOrigin,
  list,
  origins,
  percent,
  word,
} from "./values.ts";
import { Access } from "./access.ts";
import { ApiKeys } from "./keys.ts";
import { Sources } from "./sources.ts";
import { Webhooks } from "./webhooks.ts";
import { APPROVALS } from "../core/policy/floors.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { titled } from "../core/values/doc.ts";

/** How LETHE_SECRET is written, also for whoever did not set it. */
export const SECRET_RULE = "set it to a random text of 32 characters or more";

/**
 * Every variable of the Worker: what its value may be, in one line what it is for (`title`), and what it
 * means (`description`). Reading, its errors, `npm start -- --help` and docs/CONFIG.md are made from this.
 */
export const VARIABLES = {
  LETHE_SECRET: z
    .string()
    .min(32, SECRET_RULE)
    .meta(
      titled(
        "every keyed hash and seal is derived from it; secret",
        "Secret, 32 characters or more (`openssl rand -hex 32`). Lethe derives every keyed hash from it, and the key that seals session tokens. Without it Lethe removes nothing and creates no session: sweeps, previews, erasures, holds, `explain`, imports, webhooks, and creating or deleting in the embedded store answer 503.",
      ),
    ),
  API_KEYS: ApiKeys.meta(
    titled(
      "who may call the API, and what for; secret",
      "Secret: the API keys, as a JSON list with [these fields](#api_keys). Without it the API answers 503 on every route except `/healthz` and `/openapi.json`.",
    ),
  ),
  ACCESS: Access.meta(
    titled(
      "sign in to the pages by Cloudflare Access",
      "Lets people sign in to the pages by Cloudflare Access, as JSON with [these fields](#access). A key of `API_KEYS` still signs in where Access sends no token.",
    ),
  ),
  SEAM_API_KEY: z
    .string()
    .meta(
      titled(
        "reach client_sessions at Seam; secret",
        "Secret. With it, the source `client_sessions` is at Seam instead of in the embedded store.",
      ),
    ),
  SEAM_ENDPOINT: z
    .string()
    .meta(titled("another address than Seam's own", "Overrides `https://connect.getseam.com`.")),
  VECTARA_API_KEY: z
    .string()
    .meta(
      titled(
        "reach agent_sessions at Vectara; secret",
        "Secret. With it, the source `agent_sessions` is at Vectara instead of in the embedded store.",
      ),
    ),
  VECTARA_ENDPOINT: z
    .string()
    .meta(titled("another address than Vectara's own", "Overrides `https://api.vectara.io`.")),
  SOURCES: Sources.meta(
    titled(
      "further accounts, and settings of the two default ones",
      "Further accounts, and settings of the two default ones: JSON, by the name of the source, with [these fields](#sources). If it is not valid, Lethe has no source at all, because a setting that protects sessions may be missing.",
    ),
  ),
  WEBHOOKS: Webhooks.meta(
    titled(
      "deletion webhooks",
      "[Deletion webhooks](ERASURES.md#deletion-webhooks): JSON, by the name of the hook, with [these fields](#webhooks).",
    ),
  ),
  ERASURE_MAX_SESSIONS: z
    .string()
    .regex(
      /^[1-9]\d{0,8}$/,
      "write a whole number above 0; until then every erasure waits for approval",
    )
    .transform(Number)
    .meta(
      titled(
        "an erasure of more sessions waits for approval",
        "An erasure that matches more sessions waits for approval. Default 1000. If the value is not a whole number above 0, every erasure waits.",
      ),
    ),
  APPROVAL: word(APPROVALS).meta(
    titled(
      "when a plan waits for a person: none, changes or every",
      "When the plan of a sweep waits for [an approval](POLICIES.md#approval): `none`, `changes` or `every`. Default `none` for a source that is embedded or on loopback, else `changes`. Any other word counts as `every`.",
    ),
  ),
  BRAKE_PERCENT_MAX: percent(
    "write a number above 0, at most 100; until then every sweep of 100 or more waits",
  ).meta(
    titled(
      "the largest share that any policy's brake may let pass",
      "An upper limit for the `brake.percent` of every policy. Default: no limit. If the value cannot be read, every sweep with 100 due sessions or more is braked.",
    ),
  ),
  MIN_AGE: duration("until then no session is old enough").meta(
    titled(
      "no sweep removes a session younger than this",
      "An ISO 8601 duration. Sweeps keep every session that is younger. Default: no limit. If the value cannot be read, sweeps keep every session.",
    ),
  ),
  FOUR_EYES: word(["on", "off"]).meta(
    titled(
      "on: who approves is not who asked or wrote",
      "`on`: a key that [had a part in a plan](POLICIES.md#who-may-approve) may not approve it. Default `off` while every source is embedded or on loopback, else `on`. Any other word counts as `on`.",
    ),
  ),
  PLAN: word(["free", "paid"]).meta(
    titled(
      "your Workers plan: free is 40 calls a slice, paid 900",
      "Your Workers plan. `free`: a slice makes 40 calls at most, and Lethe takes every second tick of a cron that fires each minute. `paid`, the default: 900 calls, and every tick. Any other word counts as `free`.",
    ),
  ),
  CORS_ORIGINS: origins(
    'write origins with commas between them, such as "https://app.example.com"',
  ).meta(
    titled(
      "origins that may call the API from a browser",
      "Origins that may call the API from a browser, separated by commas. Default: none.",
    ),
  ),
  REPORTS_KEPT: duration("until then no report is removed", "too short: at least a day").meta(
    titled(
      "how long the reports of sweeps are kept",
      "How long the reports of sweeps, sums and activity are kept: an ISO 8601 duration of a day or more. Default `P90D`. If the value cannot be read, nothing of them is removed. Reports of erasures and holds, and activity about these, are kept for good.",
    ),
  ),
  CALLBACK_URL: callbackUrl().meta(
    titled(
      "where Lethe sends what a person should look at",
      "Where Lethe sends what a person should look at: a braked sweep, a job that waits or has stalled, sessions long overdue, a hold to review. https, or http on this machine. See [Callback](SIGNALS.md#callback).",
    ),
  ),
  CALLBACK_SECRET: callbackSecrets(3).meta(
    titled(
      "signs what goes there; secret",
      "Secret: `whsec_` and the base64 of 16 bytes or more. It signs what goes to `CALLBACK_URL`. While the receiver changes its secret, give up to three, separated by spaces.",
    ),
  ),
  CALLBACK_HOSTS: list().meta(
    titled(
      "the hosts that CALLBACK_URL may name",
      "The hosts that `CALLBACK_URL` may name, separated by commas. A host with a port allows that port alone.",
    ),
  ),
  PUBLIC_URL: z
    .string()
    .refine(isOrigin, 'write an origin such as "https://lethe.example.com"')
    .meta(
      titled(
        "where people reach this deployment, for links",
        "The origin where people reach this deployment, such as `https://lethe.example.com`. With it, what goes to `CALLBACK_URL` has a link to the page.",
      ),
    ),
  OVERDUE_AFTER: duration("until then P1D counts").meta(
    titled(
      "report sessions that are due for longer",
      "How long a session may be due before Lethe reports it as overdue. Default `P1D`.",
    ),
  ),
} as const satisfies Readonly<Record<string, z.ZodType>>;
type VariableName = keyof typeof VARIABLES;

type Values = { readonly [N in VariableName]: z.output<(typeof VARIABLES)[N]> };

/** Reads one variable: its value, undefined when it is not set, null when it is wrong. */
export type Read = <N extends VariableName>(name: N) => Values[N] | null | undefined;

/** A reader that names what is wrong among the problems, once. A variable that is misspelt is a wrong one. */
export function readerOf(
  env: Readonly<Record<string, unknown>>,
  misspelt: Misspelt,
  problems: FieldError[],
): Read {
  const known = new Map<VariableName, unknown>();
  return <N extends VariableName>(name: N) => {
    if (!known.has(name)) {
      let value = readAs(VARIABLES[name], name, env, problems);
      if (value === undefined && misspelt(name) !== null) {
        problems.push({ field: name, message: notSet(name, misspelt) });
        value = null;
      }
      known.set(name, value);
    }
    return known.get(name) as Values[N] | null | undefined;
  };
}

function readAs(
  schema: z.ZodType,
  name: VariableName,
  env: Readonly<Record<string, unknown>>,
  problems: FieldError[],
): unknown {
  // A list or an object is written as JSON, everything else as it is.
  if (schema.type === "array" || schema.type === "record" || schema.type === "object") {
    return readJson(env[name], schema, name, problems);
  }
  const text = lookup(env, problems)(name);
  if (text === null) {
    return problems.some(({ field }) => field === name) ? null : undefined;
  }
  const parsed = schema.safeParse(text);
  if (parsed.success) {
    return parsed.data;
  }
  problems.push({ field: name, message: parsed.error.issues[0]?.message ?? "wrong" });
  return null;
}
