import * as z from "zod";
import { deriveKeyring, type Keyring } from "./core/hash.ts";
import { fieldErrors, type FieldError } from "./core/policy.ts";
import { IDENTIFIER_TYPES } from "./core/subject.ts";
import {
  isLocal,
  isLoopback,
  providerOf,
  PROVIDER_NAMES,
  type ProviderName,
  type SessionKind,
  type SourceConfig,
} from "./sources/open.ts";

/** The workspace of the documents' examples: what a key sees when it names none. */
export const DEFAULT_WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

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
  "ledger:read",
  "metrics:read",
  "sessions:read",
  "sessions:write",
  "sessions:delete",
  "*",
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

const ApiKeys = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(100),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "the lower-case hex SHA-256 of the key"),
      scopes: z.array(z.enum(KEY_SCOPES)).min(1),
      workspaces: z.array(z.string().min(1)).min(1).default([DEFAULT_WORKSPACE]),
    }),
  )
  .min(1)
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, "two keys have the same name");
export type ApiKey = z.output<typeof ApiKeys>[number];

const Sources = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,47}$/),
  z.strictObject({
    provider: z.enum(PROVIDER_NAMES).optional(),
    endpoint: z.url().optional(),
    secret: z.string().min(1).optional(),
    per_second: z.number().positive().max(10_000).optional(),
    settle_seconds: z.number().min(0).max(3600).optional(),
    person_paths: z.array(z.string().min(1).max(200)).min(1).max(20).optional(),
    shared_children: z.boolean().optional(),
  }),
);

const identifierType = z
  .string()
  .refine(
    (type) => (IDENTIFIER_TYPES as readonly string[]).includes(type) || /^metadata:.+/.test(type),
    `one of ${IDENTIFIER_TYPES.join(", ")}, or metadata:<path>`,
  );

const Webhooks = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  z.strictObject({
    dialect: z.enum(["standard"]),
    secrets: z.array(z.string().min(1)).min(1).max(5),
    identifiers: z
      .record(z.string().min(1), identifierType)
      .refine((fields) => Object.keys(fields).length > 0, "name at least one field"),
    max_per_hour: z.int().min(1).max(1_000_000).default(100),
  }),
);

/** A declared deletion webhook, with its secrets looked up. */
export interface WebhookConfig extends Omit<z.output<typeof Webhooks>[string], "secrets"> {
  readonly secrets: readonly string[];
}

/** The environment as the program uses it: parsed once, defaults filled in, frozen. */
export interface Config {
  /** Null without LETHE_SECRET: nothing is removed then, and no session is created. */
  readonly keyring: Keyring | null;
  /** Empty when not configured: the API then answers 503 and nothing is open. */
  readonly api_keys: readonly ApiKey[];
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly webhooks: ReadonlyMap<string, WebhookConfig>;
  readonly erasure_max_sessions: number;
  readonly four_eyes: boolean;
  /** Calls and D1 queries in one slice. */
  readonly calls_per_slice: number;
  readonly cors_origins: readonly string[];
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
  const text = (name: string): string | null => {
    const value = env[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const secret = text("LETHE_SECRET");
  if (secret === null || secret.length < 32) {
    problems.push({ field: "LETHE_SECRET", message: "set it to a random text of 32 characters or more" });
  }
  const apiKeys = readJson(text("API_KEYS"), ApiKeys, "API_KEYS", problems) ?? [];
  const sources = readSources(text, problems);
  const webhooks = new Map<string, WebhookConfig>();
  for (const [name, hook] of Object.entries(readJson(text("WEBHOOKS"), Webhooks, "WEBHOOKS", problems) ?? {})) {
    const secrets = hook.secrets.flatMap((secretName) => text(secretName) ?? []);
    if (secrets.length === 0) {
      problems.push({ field: `WEBHOOKS.${name}.secrets`, message: `none of ${hook.secrets.join(", ")} is set` });
    }
    webhooks.set(name, { ...hook, secrets });
  }
  const fourEyes = text("FOUR_EYES");
  if (fourEyes !== null && fourEyes !== "on" && fourEyes !== "off") {
    problems.push({ field: "FOUR_EYES", message: 'write "on" or "off"' });
  }
  return Object.freeze({
    keyring: secret !== null && secret.length >= 32 ? deriveKeyring(secret) : null,
    api_keys: apiKeys,
    sources,
    webhooks,
    erasure_max_sessions: readCount(text("ERASURE_MAX_SESSIONS"), 1000, "ERASURE_MAX_SESSIONS", problems),
    four_eyes: fourEyes === null ? ![...sources.values()].every(isLocal) : fourEyes !== "off",
    calls_per_slice: text("PLAN") === "free" ? 40 : 900,
    cors_origins: (text("CORS_ORIGINS") ?? "").split(",").map((origin) => origin.trim()).filter(Boolean),
    problems,
  });
}

type Lookup = (name: string) => string | null;

interface Defaults {
  readonly kind: SessionKind;
  readonly provider: ProviderName;
  readonly secret: string;
  readonly endpoint: string | null;
}

function readSources(text: Lookup, problems: FieldError[]): Map<string, SourceConfig> {
  const declared = readJson(text("SOURCES"), Sources, "SOURCES", problems);
  if (declared === null && text("SOURCES") !== null) {
    // It may have said "shared_children" or "person_paths": without it no source can be trusted.
    return new Map();
  }
  const given = declared ?? {};
  const defaults: Record<string, Defaults> = {
    client_sessions: {
      kind: "client_sessions",
      provider: text("SEAM_API_KEY") === null ? "d1" : "seam",
      secret: "SEAM_API_KEY",
      endpoint: text("SEAM_ENDPOINT"),
    },
    agent_sessions: {
      kind: "agent_sessions",
      provider: text("VECTARA_API_KEY") === null ? "d1" : "vectara",
      secret: "VECTARA_API_KEY",
      endpoint: text("VECTARA_ENDPOINT"),
    },
  };
  const sources = new Map<string, SourceConfig>();
  for (const name of new Set([...Object.keys(defaults), ...Object.keys(given)])) {
    const source = readSource(name, given[name] ?? {}, defaults[name] ?? null, text, problems);
    if (source !== null) {
      sources.set(name, source);
    }
  }
  return sources;
}

function readSource(
  name: string,
  given: z.output<typeof Sources>[string],
  defaults: Defaults | null,
  text: Lookup,
  problems: FieldError[],
): SourceConfig | null {
  const at = `SOURCES.${name}`;
  const providerName = given.provider ?? defaults?.provider;
  if (providerName === undefined) {
    problems.push({ field: `${at}.provider`, message: `name one of ${PROVIDER_NAMES.join(", ")}` });
    return null;
  }
  const provider = providerOf(providerName);
  const kind = provider.kinds.length === 1 ? provider.kinds[0] : defaults?.kind;
  if (kind === undefined || !provider.kinds.includes(kind) || (defaults !== null && kind !== defaults.kind)) {
    problems.push({ field: `${at}.provider`, message: `${providerName} cannot serve a source of this name` });
    return null;
  }
  const isRemote = provider.default_endpoint !== null;
  const endpoint = isRemote ? (given.endpoint ?? defaults?.endpoint ?? provider.default_endpoint) : null;
  if (endpoint !== null && !isAllowedEndpoint(endpoint)) {
    problems.push({ field: `${at}.endpoint`, message: "use https (http on a loopback address only)" });
    return null;
  }
  const secretName = given.secret ?? defaults?.secret ?? null;
  const credential = secretName === null ? null : text(secretName);
  if (isRemote && credential === null) {
    problems.push({ field: `${at}.secret`, message: `the secret ${secretName ?? "(not named)"} is not set` });
  }
  return {
    name,
    provider: providerName,
    kind,
    endpoint: endpoint?.replace(/\/+$/, "") ?? null,
    credential: isRemote ? credential : null,
    per_second: given.per_second ?? provider.default_per_second,
    settle_seconds: given.settle_seconds ?? provider.default_settle_seconds,
    person_paths: given.person_paths ?? ["user_identifier_key", "user_id"],
    shared_children: given.shared_children ?? false,
  };
}

function isAllowedEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) {
    return false;
  }
  const { protocol, username, password, search, hash } = new URL(endpoint);
  const plain = username === "" && password === "" && search === "" && hash === "";
  return plain && (protocol === "https:" || (protocol === "http:" && isLoopback(endpoint)));
}

function readJson<T extends z.ZodType>(
  text: string | null,
  schema: T,
  name: string,
  problems: FieldError[],
): z.output<T> | null {
  if (text === null) {
    return null;
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    problems.push({ field: name, message: "not JSON" });
    return null;
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    problems.push(
      ...fieldErrors(parsed.error).map(({ field, message }) => ({
        field: field === "" ? name : `${name}.${field}`,
        message,
      })),
    );
    return null;
  }
  return parsed.data;
}

function readCount(text: string | null, fallback: number, name: string, problems: FieldError[]): number {
  if (text === null) {
    return fallback;
  }
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    problems.push({ field: name, message: "write a whole number above 0" });
    return fallback;
  }
  return Number(text);
}
