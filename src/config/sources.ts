import * as z from "zod";
import { LEAST_PER_SECOND } from "../core/pace/bucket.ts";
import type { Lookup } from "./env.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { providerOf } from "../sources/open.ts";
import {
  isLoopback,
  PROVIDER_NAMES,
  type ProviderName,
  type SessionKind,
  type SourceConfig,
} from "../sources/provider.ts";

/**
 * The name of a variable that holds a secret. Capitals only: a secret pasted in its place is refused, and
 * so never repeated in a problem.
 */
export const SecretName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,99}$/, "write the name of a secret in capitals, not the secret itself")
  .refine((name) => !OUR_OWN.has(name), "this secret is Lethe's own: name another");

const OUR_OWN: ReadonlySet<string> = new Set(["LETHE_SECRET", "API_KEYS", "SOURCES", "WEBHOOKS"]);

/** The value of SOURCES. */
export const Sources = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "a name of a source is a-z, 0-9 and _, at most 48"),
  z.strictObject({
    provider: z
      .enum(PROVIDER_NAMES)
      .optional()
      .describe("What the account is at; `d1` is the embedded store."),
    endpoint: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .describe("The base URL, where it is not the provider's own."),
    secret: SecretName.optional().describe(
      "The _name_ of the secret that holds the key, in capitals. A secret pasted here is refused and not repeated.",
    ),
    per_second: z
      .number()
      .min(LEAST_PER_SECOND)
      .max(10_000)
      .optional()
      .describe("Paces all calls to the source. Default 5 upstream, unlimited embedded."),
    settle_seconds: z
      .number()
      .min(0)
      .max(3600)
      .optional()
      .describe("The pause between two read-backs of an erasure. Default 60, embedded 10."),
    person_paths: z
      .array(
        z
          .string()
          .max(200)
          .regex(/^[^.]+(\.[^.]+)*$/, "write a dotted path such as profile.customer_id"),
      )
      .min(1)
      .max(20)
      .optional()
      .describe(
        "The paths in the metadata of agent sessions that name a person. Default `user_identifier_key` and `user_id`.",
      ),
    shared_children: z
      .boolean()
      .optional()
      .describe(
        "`true` says that sub-agent sessions may serve several people. An erasure then leaves a session that another one made (`shared`), unless the request names it by its own id.",
      ),
  }),
);
type Given = z.output<typeof Sources>[string];

interface Defaults {
  readonly kind: SessionKind;
  readonly remote: ProviderName;
  readonly secret: string;
  readonly endpoint: string;
}

const DEFAULTS: ReadonlyMap<string, Defaults> = new Map([
  [
    "client_sessions",
    { kind: "client_sessions", remote: "seam", secret: "SEAM_API_KEY", endpoint: "SEAM_ENDPOINT" },
  ],
  [
    "agent_sessions",
    {
      kind: "agent_sessions",
      remote: "vectara",
      secret: "VECTARA_API_KEY",
      endpoint: "VECTARA_ENDPOINT",
    },
  ],
]);

/** The sources that can be used, and the names of those that SOURCES or a variable means and that cannot. */
export interface SourcesRead {
  readonly sources: Map<string, SourceConfig>;
  readonly unusable: readonly string[];
}

/**
 * The sources there are. None when SOURCES is wrong: it may have said `shared_children` or `person_paths`,
 * and without it no source can be trusted.
 */
export function readSources(
  declared: z.output<typeof Sources> | null | undefined,
  text: Lookup,
  problems: FieldError[],
): SourcesRead {
  const sources = new Map<string, SourceConfig>();
  const unusable: string[] = [];
  if (declared === null) {
    return { sources, unusable };
  }
  const given = new Map(Object.entries(declared ?? {}));
  for (const name of new Set([...DEFAULTS.keys(), ...given.keys()])) {
    const source = readSource(
      name,
      given.get(name) ?? {},
      DEFAULTS.get(name) ?? null,
      text,
      problems,
    );
    if (source === null) {
      unusable.push(name);
    } else {
      sources.set(name, source);
    }
  }
  findTwins(sources, problems);
  return { sources, unusable };
}

/** Two sources on one account would count its sessions twice, and ask it at twice its pace. */
function findTwins(sources: ReadonlyMap<string, SourceConfig>, problems: FieldError[]): void {
  const seen = new Map<string, string>();
  for (const { name, provider, endpoint, credential } of sources.values()) {
    if (credential === null) {
      continue;
    }
    const account = JSON.stringify([provider, endpoint, credential]);
    const twin = seen.get(account);
    if (twin !== undefined) {
      problems.push({
        field: `SOURCES.${name}`,
        message: `reaches the same account as ${twin}: take one of the two away`,
      });
    }
    seen.set(account, twin ?? name);
  }
}

function readSource(
  name: string,
  given: Given,
  defaults: Defaults | null,
  text: Lookup,
  problems: FieldError[],
): SourceConfig | null {
  const at = `SOURCES.${name}`;
  const secretName = given.secret ?? defaults?.secret ?? null;
  const providerName = given.provider ?? defaultProvider(given, defaults, text);
  if (providerName === null) {
    problems.push({ field: `${at}.provider`, message: `name one of ${PROVIDER_NAMES.join(", ")}` });
    return null;
  }
  const provider = providerOf(providerName);
  const kind = provider.kinds.length === 1 ? provider.kinds[0] : defaults?.kind;
  if (
    kind === undefined ||
    !provider.kinds.includes(kind) ||
    (defaults !== null && kind !== defaults.kind)
  ) {
    problems.push({
      field: `${at}.provider`,
      message: `${providerName} cannot serve a source of this name`,
    });
    return null;
  }
  const named = nameEndpoint(at, given, defaults, text);
  const remote = provider.default_endpoint;
  if (remote === null && named !== null) {
    const key = secretName ?? "a secret";
    problems.push({
      field: named.field,
      message: `not used: ${name} is embedded until ${key} is set`,
    });
  }
  const endpoint = remote === null ? null : (named?.url ?? remote);
  if (endpoint !== null && !isAllowedEndpoint(endpoint)) {
    const field = named?.field ?? `${at}.endpoint`;
    problems.push({
      field,
      message: "write an https URL (http on a loopback address only), without a query",
    });
    return null;
  }
  const credential = remote === null || secretName === null ? null : text(secretName);
  if (remote !== null && credential === null) {
    const message =
      secretName === null
        ? "name the secret that holds the key"
        : `the secret ${secretName} is not set`;
    problems.push({ field: `${at}.secret`, message });
  }
  return {
    name,
    provider: providerName,
    kind,
    endpoint: endpoint?.replace(/\/+$/, "") ?? null,
    credential,
    per_second: given.per_second ?? provider.default_per_second,
    settle_seconds: given.settle_seconds ?? provider.default_settle_seconds,
    person_paths: given.person_paths ?? ["user_identifier_key", "user_id"],
    shared_children: given.shared_children ?? false,
  };
}

/** A default source goes upstream when its key is set, or when SOURCES names another key for it. */
function defaultProvider(
  given: Given,
  defaults: Defaults | null,
  text: Lookup,
): ProviderName | null {
  if (defaults === null) {
    return null;
  }
  return given.secret !== undefined || text(defaults.secret) !== null ? defaults.remote : "d1";
}

function nameEndpoint(
  at: string,
  given: Given,
  defaults: Defaults | null,
  text: Lookup,
): { readonly field: string; readonly url: string } | null {
  if (given.endpoint !== undefined) {
    return { field: `${at}.endpoint`, url: given.endpoint };
  }
  const url = defaults === null ? null : text(defaults.endpoint);
  return defaults === null || url === null ? null : { field: defaults.endpoint, url };
}

function isAllowedEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) {
    return false;
  }
  const { protocol, username, password, search, hash } = new URL(endpoint);
  const plain = username === "" && password === "" && search === "" && hash === "";
  return plain && (protocol === "https:" || (protocol === "http:" && isLoopback(endpoint)));
}
