import { readConfig, type Config } from "./config/config.ts";
import type { RandomBytes } from "./core/values/id.ts";
import type { CustodianAnswers } from "./contract/custodian.ts";
import type { RegistrarApi } from "./contract/registrar.ts";
import { writeLog, type Log } from "./platform/log.ts";
import type { PolicyKv } from "./kv/policies.ts";
import { createRateLimit, type RateLimit } from "./platform/rate_limit.ts";

/** Everything the API reaches outside itself. */
export interface ApiDeps {
  readonly config: Config;
  readonly registrar: RegistrarApi;
  /** The Custodian of a source, by the source's name. */
  readonly custodian: (source: string) => CustodianAnswers;
  readonly policies: PolicyKv;
  readonly store: D1Database;
  readonly rateLimit: RateLimit;
  readonly fetch: typeof fetch;
  /** A file of assets/, by its path. */
  readonly asset: (path: string) => Promise<Response>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: RandomBytes;
  readonly log: Log;
}

/** The one place where the API is put together from the platform's bindings. */
export function buildDeps(env: Env): ApiDeps {
  return {
    config: readConfig(env),
    registrar: env.REGISTRAR.getByName("registrar"),
    custodian: (source) => env.CUSTODIAN.getByName(source),
    policies: env.POLICIES,
    store: env.STORE,
    rateLimit: createRateLimit({ key: env.KEY_LIMIT, address: env.ADDRESS_LIMIT }, writeLog),
    fetch: (input, init) => fetch(input, init),
    asset: (path) => env.ASSETS.fetch(`https://assets${path}`),
    now: () => Date.now(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    log: writeLog,
  };
}
