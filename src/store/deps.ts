import type { Config } from "../config/config.ts";
import type { ApiKey } from "../config/keys.ts";
import type { RemoveNowAnswer } from "../contract/custodian.ts";
import type { SessionRef } from "../core/session/session.ts";
import type { Keyring } from "../core/values/hash.ts";
import type { RandomBytes } from "../core/values/id.ts";

/** What a route of the embedded store needs from outside, for one request. */
export interface StoreDeps {
  readonly config: Pick<Config, "api_keys" | "sources">;
  readonly store: D1Database;
  /** Null without LETHE_SECRET: no session is created then. */
  readonly keyring: Keyring | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: RandomBytes;
  /** What an answer calls the request. */
  readonly requestId: () => string;
  /** Counts one request, by key or by address; the seconds to wait when it is one too many. */
  readonly rateLimit: (key: ApiKey | null, address: string | null) => Promise<number | null>;
  /** Removes one session through the Custodian, as everything else is removed. */
  readonly removeSession: (ref: SessionRef) => Promise<RemoveNowAnswer>;
  /** Takes what was thrown: a bug, answered with a 500. */
  readonly report: (thrown: unknown) => void;
}
