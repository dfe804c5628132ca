import type { Context } from "hono";
import type { Caller } from "../../config/keys.ts";
import type { ApiDeps } from "../../deps.ts";
import type { ProblemCode } from "./error_codes.ts";

/** What one request carries from the door to its handler. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    deps: ApiDeps;
    request_id: string;
    /** Null without a valid key. */
    key: Caller | null;
    /** The body as it came, where the route takes one. */
    raw_body: string;
    /** The pattern of the route that the embedded store answered, for the log. */
    route: string | null;
    /** The problem that was answered, for the log. */
    problem_code: ProblemCode | null;
  };
}

export type ApiContext = Context<AppEnv>;
