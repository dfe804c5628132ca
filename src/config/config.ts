import * as z from "zod";
import { lookup, splitList, readJson, readWord, type Lookup } from "./env.ts";
import { readFloors, type FloorSettings } from "./floors.ts";
import { readSources, SecretName } from "./sources.ts";
import { readReporting, type Reporting } from "./reporting.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { deriveKeyring, type Keyring } from "../core/values/hash.ts";
import type { Reach } from "../core/values/reach.ts";
import { canSearch, IDENTIFIER_TYPES, isIdentifierType } from "../core/session/subject.ts";
import { identifierTypesOf } from "../sources/kinds.ts";
import { isLocal, type SourceConfig } from "../sources/provider.ts";

/** The workspace of the documents' examples: what a key sees when it names none. */
export const DEFAULT_WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

/** Said among the workspaces of a key: it is bound to none. */
const EVERY_WORKSPACE = "*";

/** What an API key may do. */
export const KEY_SCOPES = [
  "policies:read",
  "policies:write",
  "sweeps:read",
  "sweeps:run",
  "sweeps:approve",
  "erasures:read",
  "erasures:write",
  "erasures:approve",
  "holds:read",
  "holds:write",
  "switch:read",
  "switch:write",
  "metrics:read",
  "sessions:read",
  "sessions:write",
  "sessions:delete",
  "*",
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

const ApiKeys = z
  .array(
    z
      .strictObject({
        name: z.string().min(1).max(100),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, "the lower-case hex SHA-256 of the key"),
        scopes: z.array(z.enum(KEY_SCOPES)).min(1),
        workspaces: z.array(z.string().min(1)).min(1).optional(),
      })
      .transform(({ workspaces, ...key }) => ({
        ...key,
        ...readWorkspaces(workspaces, key.scopes.includes("*")),
      })),
  )
  .min(1)
  .refine(
    (keys) => isDistinct(keys.map(({ name }) => name)),
    "two keys have the same name: give each its own",
  )
  .refine((keys) => isDistinct(keys.map((key) => key.sha256)), "two names have the same key");
/**
 * Where a key may go. One that names its workspaces reaches them alone, by every route; one that names none
 * is the deployment's own, and only where it writes and reads sessions one by one has it one workspace.
 */
function readWorkspaces(given: readonly string[] | undefined, mayDoAll: boolean): KeyPlaces {
  const named = (given ?? []).filter((workspace) => workspace !== EVERY_WORKSPACE);
  const isBound = given !== undefined && !given.includes(EVERY_WORKSPACE);
  const workspaces = named.length === 0 ? [DEFAULT_WORKSPACE] : named;
  const importsAll = !isBound && (given !== undefined || mayDoAll);
  return {
    workspaces,
    reach: isBound ? named : null,
    imports_into: importsAll ? null : workspaces,
  };
}

interface KeyPlaces {
  /** Where the face of client sessions looks, and creates them: in the first. */
  readonly workspaces: readonly string[];
  /** What it reaches by any route. */
  readonly reach: Reach;
  /** The workspaces that it may import into; null: every one, which moves whole stores. */
  readonly imports_into: readonly string[] | null;
}

export type ApiKey = z.output<typeof ApiKeys>[number];

const identifierType = z
  .string()
  .refine(isIdentifierType, `one of ${IDENTIFIER_TYPES.join(", ")}, or metadata:<path>`)
  .refine(
    (type) => type !== "customer_key",
    "a delivery cannot say that it means a whole customer",
  );

const Webhooks = z.record(
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "a name of a hook is a-z, 0-9, _ and -, at most 63"),
  z.strictObject({
    dialect: z.enum(["standard"]),
    secrets: z.array(SecretName).min(1).max(5),
    identifiers: z
      .record(z.string().min(1).max(200), identifierType)
      .refine((fields) => Object.keys(fields).length > 0, "name at least one field"),
    max_per_hour: z.int().min(1).max(1_000_000).default(100),
    sources: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
    scopes: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
  }),
);

/** A declared deletion webhook, with its secrets looked up. */
export interface WebhookConfig extends Omit<z.output<typeof Webhooks>[string], "secrets"> {
  readonly secrets: readonly string[];
  /** Types it maps to that no source can search by: it would answer, and erase nobody. */
  readonly unsearchable: readonly string[];
}

/** The environment as the program uses it: parsed once, defaults filled in, frozen. */
export interface Config extends Reporting {
  /** Null without LETHE_SECRET: nothing is removed then, and no session is created. */
  readonly keyring: Keyring | null;
  /** Empty when not configured: the API then answers 503 and nothing is open. */
  readonly api_keys: readonly ApiKey[];
  readonly sources: ReadonlyMap<string, SourceConfig>;
  /** Named, and configured wrongly: nothing reaches them, and no erasure may say that it searched everything. */
  readonly unusable_sources: readonly string[];
  readonly webhooks: ReadonlyMap<string, WebhookConfig>;
  readonly erasure_max_sessions: number;
  readonly four_eyes: boolean;
  /** Calls and D1 queries in one slice. */
  readonly calls_per_slice: number;
  readonly cors_origins: readonly string[];
  /** What every policy is held to; see `floorsOf`. */
  readonly floors: FloorSettings;
  /** What is wrong with the environment, by variable. */
  readonly problems: readonly FieldError[];
}

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
  const secret = text("LETHE_SECRET");
  if (secret === null || secret.length < 32) {
    problems.push({
      field: "LETHE_SECRET",
      message: "set it to a random text of 32 characters or more",
    });
  }
  const { sources, unusable } = readSources(env["SOURCES"], text, problems);
  const fourEyes = readWord(text("FOUR_EYES"), ["on", "off"], "FOUR_EYES", problems);
  const isAllLocal = sources.size > 0 && [...sources.values()].every(isLocal);
  const plan = readWord(text("PLAN"), ["free", "paid"], "PLAN", problems);
  return Object.freeze({
    keyring: secret !== null && secret.length >= 32 ? deriveKeyring(secret) : null,
    api_keys: readJson(env["API_KEYS"], ApiKeys, "API_KEYS", problems) ?? [],
    sources,
    unusable_sources: unusable,
    webhooks: readWebhooks(env["WEBHOOKS"], text, sources, problems),
    erasure_max_sessions: readLimit(text("ERASURE_MAX_SESSIONS"), problems),
    four_eyes: text("FOUR_EYES") === null ? !isAllLocal : fourEyes !== "off",
    // A word that is not understood may have meant the smaller plan.
    calls_per_slice: text("PLAN") === null || plan === "paid" ? 900 : 40,
    cors_origins: readOrigins(text("CORS_ORIGINS"), problems),
    floors: readFloors(text, problems),
    ...readReporting(text, problems),
    problems,
  });
}

function readWebhooks(
  value: unknown,
  text: Lookup,
  sources: ReadonlyMap<string, SourceConfig>,
  problems: FieldError[],
): Map<string, WebhookConfig> {
  const webhooks = new Map<string, WebhookConfig>();
  for (const [name, hook] of Object.entries(
    readJson(value, Webhooks, "WEBHOOKS", problems) ?? {},
  )) {
    const secrets = hook.secrets.flatMap((secretName) => text(secretName) ?? []);
    if (secrets.length === 0) {
      problems.push({
        field: `WEBHOOKS.${name}.secrets`,
        message: `none of ${hook.secrets.join(", ")} is set`,
      });
    }
    const unknown = (hook.sources ?? []).filter((source) => !sources.has(source));
    for (const source of sources.size === 0 ? [] : unknown) {
      problems.push({
        field: `WEBHOOKS.${name}.sources`,
        message: `no such source: ${source}. The hook refuses its events until all that it names are there`,
      });
    }
    const meant = new Map(
      [...sources].filter(
        ([source]) => unknown.length === 0 && (hook.sources?.includes(source) ?? true),
      ),
    );
    const unsearchable = Object.entries(hook.identifiers).filter(
      ([, type]) => !isSearchable(type, meant),
    );
    for (const [path, type] of meant.size === 0 ? [] : unsearchable) {
      problems.push({
        field: `WEBHOOKS.${name}.identifiers.${path}`,
        message: `no source can search by ${type}, so the hook refuses its events: add the path to person_paths of a source, or map the field to another type`,
      });
    }
    webhooks.set(name, { ...hook, secrets, unsearchable: unsearchable.map(([, type]) => type) });
  }
  return webhooks;
}

function isSearchable(type: string, sources: ReadonlyMap<string, SourceConfig>): boolean {
  const asked = [{ type, value: "" }] as const;
  return [...sources.values()].some((source) => canSearch(asked, identifierTypesOf(source)));
}

/** A limit that cannot be read lets nothing through: every erasure then waits for approval. */
function readLimit(text: string | null, problems: FieldError[]): number {
  if (text === null) {
    return 1000;
  }
  if (/^[1-9]\d{0,8}$/.test(text)) {
    return Number(text);
  }
  problems.push({
    field: "ERASURE_MAX_SESSIONS",
    message: "write a whole number above 0; until then every erasure waits for approval",
  });
  return 0;
}

function readOrigins(text: string | null, problems: FieldError[]): string[] {
  const origins = splitList(text);
  const isOrigin = (origin: string): boolean =>
    URL.canParse(origin) && new URL(origin).origin === origin;
  if (!origins.every(isOrigin)) {
    problems.push({
      field: "CORS_ORIGINS",
      message: 'write origins with commas between them, such as "https://app.example.com"',
    });
  }
  return origins.filter(isOrigin);
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
