import type { ApiKey } from "../../config/keys.ts";
import type { Result } from "../../core/values/result.ts";
import type { StoreDeps } from "../deps.ts";
import type { StoredClientSession } from "../tables/client_sessions.ts";
import type { SeamProblem } from "./answer.ts";

/** Who asks. */
export type Caller =
  | { readonly kind: "key"; readonly key: ApiKey; readonly workspaces: readonly string[] }
  | { readonly kind: "session"; readonly session: StoredClientSession };

/** A caller with a key: everything but reading one's own session needs one. */
type KeyCaller = Extract<Caller, { kind: "key" }>;

/** One request, once its caller and its parameters are good. */
export interface Call<Input, Who = KeyCaller> {
  readonly deps: StoreDeps;
  readonly caller: Who;
  readonly method: string;
  readonly input: Input;
}

/** The body of a 200, or why there is none. */
export type Outcome = Result<object, SeamProblem>;
