import type * as z from "zod";
import type { Lookup } from "./env.ts";
import { notSet, type Misspelt } from "./misspelt.ts";
import type { Sources } from "./sources.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { providerOf } from "../sources/open.ts";
import {
  accountOf,
  PROVIDER_NAMES,
  type ProviderName,
  type SessionKind,
  type SourceConfig,
} from "../sources/provider.ts";
import { isPlain, isSecure } from "./values.ts";

type Given = z.output<typeof Sources>[string];

type DefaultVariable = "SEAM_API_KEY" | "SEAM_ENDPOINT" | "VECTARA_API_KEY" | "VECTARA_ENDPOINT";

interface Defaults {
  readonly kind: SessionKind;
  readonly remote: ProviderName;
  readonly secret: DefaultVariable;
  readonly endpoint: DefaultVariable;
}

/** How the variables that a source needs are read. */
export interface SourceVariables {
  /** Undefined: not set; null: it is, and cannot be used, or its name is misspelt. */
  readonly read: (name: DefaultVariable) => string | null | undefined;
  /** Reads a secret by the name that SOURCES gives it. */
  readonly text: Lookup;
  readonly misspelt: Misspelt;
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
  variables: SourceVariables,
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
      variables,
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
  for (const [name, source] of sources) {
    if (source.credential === null) {
      continue;
    }
    const account = accountOf(source);
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
  variables: SourceVariables,
  problems: FieldError[],
): SourceConfig | null {
  const at = `SOURCES.${name}`;
  const note = (field: string, message: string): null => {
    problems.push({ field, message });
    return null;
  };
  const secretName = given.secret ?? defaults?.secret ?? null;
  const providerName = given.provider ?? defaultProvider(given, defaults, variables);
  if (providerName === null) {
    return note(`${at}.provider`, `name one of ${PROVIDER_NAMES.join(", ")}`);
  }
  const provider = providerOf(providerName);
  const kind = provider.kinds.length === 1 ? provider.kinds[0] : defaults?.kind;
  if (
    kind === undefined ||
    !provider.kinds.includes(kind) ||
    (defaults !== null && kind !== defaults.kind)
  ) {
    return note(`${at}.provider`, `${providerName} cannot serve a source of this name`);
  }
  const named = nameEndpoint(at, given, defaults, variables);
  if (named === "unusable") {
    return null;
  }
  const remote = provider.default_endpoint;
  if (remote === null && named !== null) {
    const key = secretName ?? "a secret";
    note(named.field, `not used: ${name} is embedded until ${key} is set`);
  }
  const endpoint = remote === null ? null : (named?.url ?? remote);
  if (endpoint !== null && !isAllowedEndpoint(endpoint)) {
    const message = "write an https URL (http on a loopback address only), without a query";
    return note(named?.field ?? `${at}.endpoint`, message);
  }
  const credential =
    remote === null ? null : readCredential(at, secretName, defaults, variables, problems);
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

/** The key of a source; null, with a problem, where there is none: then nothing reaches it. */
function readCredential(
  at: string,
  secretName: string | null,
  defaults: Defaults | null,
  { read, text, misspelt }: SourceVariables,
  problems: FieldError[],
): string | null {
  const isOwn = defaults !== null && secretName === defaults.secret;
  const own = isOwn ? read(defaults.secret) : undefined;
  const credential = own ?? (secretName === null || isOwn ? null : text(secretName));
  // A variable of ours that is wrong is named by its reader.
  if (credential === null && own !== null) {
    const message =
      secretName === null
        ? "name the secret that holds the key"
        : `the secret ${secretName} is ${notSet(secretName, misspelt)}`;
    problems.push({ field: `${at}.secret`, message });
  }
  return credential;
}

/**
 * A default source goes upstream when its key is set, or when SOURCES names another key for it. So does one
 * whose key is misspelt: it was not meant to be embedded.
 */
function defaultProvider(
  given: Given,
  defaults: Defaults | null,
  { read }: SourceVariables,
): ProviderName | null {
  if (defaults === null) {
    return null;
  }
  const isRemote = given.secret !== undefined || read(defaults.secret) !== undefined;
  return isRemote ? defaults.remote : "d1";
}

/** Where a source is said to be; null: nowhere. A variable that is misspelt may have said another place. */
function nameEndpoint(
  at: string,
  given: Given,
  defaults: Defaults | null,
  { read }: SourceVariables,
): { readonly field: string; readonly url: string } | "unusable" | null {
  if (given.endpoint !== undefined) {
    return { field: `${at}.endpoint`, url: given.endpoint };
  }
  const url = defaults === null ? undefined : read(defaults.endpoint);
  if (defaults === null || url === undefined) {
    return null;
  }
  return url === null ? "unusable" : { field: defaults.endpoint, url };
}

function isAllowedEndpoint(endpoint: string): boolean {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  return url !== null && isPlain(url) && url.search === "" && isSecure(url);
}
