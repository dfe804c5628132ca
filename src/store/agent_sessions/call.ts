import type { Config } from "../../config/config.ts";
import type { ApiKey, KeyScope } from "../../config/keys.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { RandomBytes } from "../../core/values/id.ts";
import type { Reach } from "../../core/values/reach.ts";
import type { Result } from "../../core/values/result.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { FaceRemoval } from "../../contract/custodian.ts";
import type { AgentProblem } from "./answer.ts";

/** What the face needs from outside, for one request. */
export interface AgentFaceDeps {
  readonly config: Pick<Config, "api_keys" | "sources">;
  readonly store: D1Database;
  /** Null without LETHE_SECRET: no session is created then. */
  readonly keyring: Keyring | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: RandomBytes;
  /** What `request_id` says. */
  readonly requestId: () => string;
  /** Counts one request, by key or by address; the seconds to wait when it is one too many. */
  readonly rateLimit: (key: ApiKey | null, address: string | null) => Promise<number | null>;
  /** Removes one session through the Custodian, as everything else is removed. */
  readonly removeSession: (ref: SessionRef) => Promise<FaceRemoval>;
  /** Takes what was thrown: a bug, answered with a 500. */
  readonly report: (thrown: unknown) => void;
}

/** One request, once its caller, its ids, its query and its body are good in form. */
export interface Call {
  readonly deps: AgentFaceDeps;
  /** What the caller's key reaches. */
  readonly reach: Reach;
  readonly agent_id: string;
  readonly session_id: string;
  readonly query: URLSearchParams;
  /** Undefined where the operation takes no body. */
  readonly body: unknown;
}

/** What a good request answers. */
interface Success {
  readonly status: 200 | 201 | 204;
  /** Null with 204. */
  readonly body: object | null;
}

export type Outcome = Result<Success, AgentProblem>;

/** One method of one path. */
export interface Operation {
  readonly scope: KeyScope;
  readonly takes_body: boolean;
  readonly run: (call: Call) => Promise<Outcome>;
}
