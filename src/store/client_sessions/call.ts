import type { Config } from "../../config/config.ts";
import type { ApiKey } from "../../config/keys.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { RandomBytes } from "../../core/values/id.ts";
import type { Result } from "../../core/values/result.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { FaceRemoval } from "../../contract/custodian.ts";
import type { StoredClientSession } from "../tables/client_sessions.ts";
import type { SeamProblem } from "./answer.ts";

/** What the face needs from outside, for one request. */
export interface ClientSessionFaceDeps {
  readonly config: Pick<Config, "api_keys" | "sources">;
  readonly store: D1Database;
  /** Null without LETHE_SECRET: no session is created then. */
  readonly keyring: Keyring | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: RandomBytes;
  /** What `seam-request-id` says. */
  readonly requestId: () => string;
  /** Counts one request, by key or by address; the seconds to wait when it is one too many. */
  readonly rateLimit: (key: ApiKey | null, address: string | null) => Promise<number | null>;
  /** Removes one session through the Custodian, as everything else is removed. */
  readonly removeSession: (ref: SessionRef) => Promise<FaceRemoval>;
  /** Takes what was thrown: a bug, answered with a 500. */
  readonly report: (thrown: unknown) => void;
}

/** Who asks. */
export type Caller =
  | { readonly kind: "key"; readonly key: ApiKey; readonly workspaces: readonly string[] }
  | { readonly kind: "session"; readonly session: StoredClientSession };

/** A caller with a key: everything but reading one's own session needs one. */
type KeyCaller = Extract<Caller, { kind: "key" }>;

/** One request, once its caller and its parameters are good. */
export interface Call<Input, Who = KeyCaller> {
  readonly deps: ClientSessionFaceDeps;
  readonly caller: Who;
  readonly method: string;
  readonly input: Input;
}

/** The body of a 200, or why there is none. */
export type Outcome = Result<object, SeamProblem>;
