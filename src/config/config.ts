import { lookup } from "./env.ts";
import { readFloors, type FloorSettings } from "./floors.ts";
import type { Access } from "./access.ts";
import type { ApiKey } from "./keys.ts";
import { misspeltIn, notSet } from "./misspelt.ts";
import { readReporting, type Reporting } from "./reporting.ts";
import { readSources } from "./read_sources.ts";
import { isOrigin, splitList } from "./values.ts";
import { readerOf, SECRET_RULE, VARIABLES } from "./variables.ts";
import { readWebhooks, type WebhookConfig } from "./webhooks.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { deriveKeyring, type Keyring } from "../core/values/hash.ts";
import { isLocal, type SourceConfig } from "../sources/provider.ts";

/** The environment as the program uses it: parsed once, defaults filled in, frozen. */
export interface Config extends Reporting {
  /** Null without LETHE_SECRET: nothing is removed then, and no session is created. */
  readonly keyring: Keyring | null;
  /** Empty when not configured: the API then answers 503 and nothing is open. */
  readonly api_keys: readonly ApiKey[];
  /** Null: nobody signs in by Cloudflare Access. */
  readonly access: Access | null;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  /** Named, and configured wrongly: nothing reaches them, and no erasure may say that it searched everything. */
  readonly unusable_sources: readonly string[];
  readonly webhooks: ReadonlyMap<string, WebhookConfig>;
  readonly erasure_max_sessions: number;
  readonly four_eyes: boolean;
  /** Calls and D1 queries in one slice. */
  readonly calls_per_slice: number;
  /** The free plan allows fewer KV lists a day than there are minutes, and each tick is one. */
  readonly tick_minutes: 1 | 2;
  readonly cors_origins: readonly string[];
  /** What every policy is held to; see `floorsOf`. */
  readonly floors: FloorSettings;
  /** What is wrong with the environment, by variable. */
  readonly problems: readonly FieldError[];
}

/** The binding that may be left out: without it no slice writes a point, and nothing says so. */
const METRICS = "METRICS";

const known = new WeakMap<object, Config>();

/** Reads the environment. What is wrong becomes a problem by name, and what it named is not used. */
export function readConfig(env: Env): Config {
  const cached = known.get(env);
  if (cached !== undefined) {
    return cached;
  }
  const config = parseConfig(env as unknown as Readonly<Record<string, unknown>>);
  known.set(env, config);
  return config;
}

/** `readConfig` without the cache, from plain values. */
export function parseConfig(env: Readonly<Record<string, unknown>>): Config {
  const problems: FieldError[] = [];
  const text = lookup(env, problems);
  const misspelt = misspeltIn(env, [...Object.keys(VARIABLES), METRICS]);
  const read = readerOf(env, misspelt, problems);
  const secrets = { read, text, misspelt };
  if (!Object.hasOwn(env, METRICS) && misspelt(METRICS) !== null) {
    problems.push({ field: METRICS, message: notSet(METRICS, misspelt) });
  }
  const secret = read("LETHE_SECRET");
  if (secret === undefined) {
    problems.push({ field: "LETHE_SECRET", message: SECRET_RULE });
  }
  const { sources, unusable } = readSources(read("SOURCES"), secrets, problems);
  const fourEyes = read("FOUR_EYES");
  const isAllLocal = sources.size > 0 && [...sources.values()].every(isLocal);
  const plan = read("PLAN");
  // A word that is not understood may have meant the smaller plan.
  const isPaid = plan === undefined || plan === "paid";
  return Object.freeze({
    keyring: typeof secret === "string" ? deriveKeyring(secret) : null,
    api_keys: read("API_KEYS") ?? [],
    access: read("ACCESS") ?? null,
    sources,
    unusable_sources: unusable,
    webhooks: readWebhooks(read("WEBHOOKS") ?? {}, secrets, sources, problems),
    erasure_max_sessions: orNone(read("ERASURE_MAX_SESSIONS"), 1000),
    four_eyes: fourEyes === undefined ? !isAllLocal : fourEyes !== "off",
    calls_per_slice: isPaid ? 900 : 40,
    tick_minutes: isPaid ? 1 : 2,
    // Those that are right are used beside a wrong one.
    cors_origins: read("CORS_ORIGINS") ?? splitList(text("CORS_ORIGINS") ?? "").filter(isOrigin),
    floors: readFloors(read),
    ...readReporting(read, problems),
    problems,
  });
}

/** A limit that cannot be read lets nothing through: every erasure then waits for approval. */
function orNone(limit: number | null | undefined, usual: number): number {
  return limit === undefined ? usual : (limit ?? 0);
}
