import type { KeyScope } from "../../config/keys.ts";
import type { Reach } from "../../core/values/reach.ts";
import type { Result } from "../../core/values/result.ts";
import type { StoreDeps } from "../deps.ts";
import type { AgentProblem } from "./answer.ts";

/** One request, once its caller, its ids, its query and its body are good in form. */
export interface Call {
  readonly deps: StoreDeps;
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
