import { env } from "cloudflare:workers";
import { createApp } from "../../../src/api/app.ts";
import { describe } from "../../../src/api/openapi/describe.ts";
import type { ApiDeps } from "../../../src/deps.ts";
import type { LogFields } from "../../../src/platform/log.ts";
import { parseConfig } from "../../../src/config/config.ts";
import { KEY_SCOPES, type KeyScope } from "../../../src/config/keys.ts";
import { sha256 } from "../../../src/core/values/hash.ts";
import { custodianAnswers } from "./custodian.ts";
import { expectDeclared, type ApiDocument } from "./openapi.ts";
import { FakeRegistrar } from "./registrar.ts";

/** The time all API tests live in. */
export const NOW = Date.UTC(2026, 8, 1, 12, 0, 0);

/** A key that has one key scope only. */
export function keyFor(scope: KeyScope): string {
  return `seam_lethe_only_${scope.replaceAll(/\W/g, "_")}`;
}

export const ROOT_KEY = keyFor("*");

const API_KEYS = JSON.stringify(
  KEY_SCOPES.map((scope) => ({
    name: scope === "*" ? "root" : scope,
    sha256: sha256(keyFor(scope)),
    scopes: [scope],
  })),
);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** JSON parsed, other bodies as text. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

interface Ask {
  readonly method?: string;
  /** Null sends none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: BodyInit;
}

export interface Harness {
  readonly registrar: FakeRegistrar;
  readonly lines: { level: string; event: string; fields: LogFields }[];
  readonly document: ApiDocument;
  /** Asks the API; the answer is held against its own OpenAPI document. */
  ask(path: string, ask?: Ask): Promise<Answer>;
}

/** What the API needs: a fake Registrar and a real KV, with the environment's variables given. */
export function createDeps(
  variables: Readonly<Record<string, string>> = {},
  overrides: Partial<ApiDeps> = {},
): { readonly deps: ApiDeps } & Pick<Harness, "registrar" | "lines"> {
  const registrar = new FakeRegistrar();
  const lines: Harness["lines"] = [];
  const config = parseConfig({
    API_KEYS,
    LETHE_SECRET: "a secret for tests, of more than 32 characters",
    ...variables,
  });
  const deps: ApiDeps = {
    config,
    registrar,
    custodian: () => custodianAnswers(),
    policies: env.POLICIES,
    store: env.STORE,
    rateLimit: () => Promise.resolve(null),
    fetch: () => Promise.reject(new Error("nothing is fetched")),
    asset: (path) => env.ASSETS.fetch(`https://assets${path}`),
    now: () => NOW,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    log: (level, event, fields) => lines.push({ level, event, fields }),
    ...overrides,
  };
  return { deps, registrar, lines };
}

/** The API over them. */
export async function createHarness(
  variables: Readonly<Record<string, string>> = {},
  overrides: Partial<ApiDeps> = {},
): Promise<Harness> {
  const { deps, registrar, lines } = createDeps(variables, overrides);
  const app = createApp(() => deps);
  const document = describe(app) as unknown as ApiDocument;
  return {
    registrar,
    lines,
    document,
    async ask(path, { method = "GET", key = ROOT_KEY, headers = {}, json, body } = {}) {
      const sent = new Headers(headers);
      if (key !== null) {
        sent.set("authorization", `Bearer ${key}`);
      }
      if (json !== undefined && !sent.has("content-type")) {
        sent.set("content-type", "application/json");
      }
      const content = json === undefined ? body : JSON.stringify(json);
      const response = await app.request(
        path,
        { method, headers: sent, ...(content === undefined ? {} : { body: content }) },
        env,
      );
      const text = await response.text();
      const type = response.headers.get("content-type");
      const parsed: unknown = type?.includes("json") && text !== "" ? JSON.parse(text) : text;
      // The store's routes speak the formats of other documents.
      if (!/^\/(client_sessions|v2)\b/.test(path)) {
        expectDeclared(document, method, path, { status: response.status, type, body: parsed });
      }
      return {
        status: response.status,
        headers: response.headers,
        body: parsed as Record<string, unknown>,
        text,
      };
    },
  };
}

/** Removes every policy from KV: storage is kept between the tests of a file. */
export async function clearPolicies(): Promise<void> {
  for (const { name } of (await env.POLICIES.list()).keys) {
    await env.POLICIES.delete(name);
  }
}
