import type * as z from "zod";
import type { KeyScope } from "../../config/keys.ts";
import { err, type Result } from "../../core/values/result.ts";
import type { SeamProblem } from "./answer.ts";
import type { StoreDeps } from "../deps.ts";
import type { Call, Caller, Outcome } from "./call.ts";
import { createClientSession, getOrCreateClientSession } from "./create.ts";
import { deleteSession, revokeSession } from "./end.ts";
import { getClientSession } from "./get.ts";
import { grantAccess } from "./grant_access.ts";
import { readInput, type Body } from "./input.ts";
import { listSessions } from "./list.ts";
import {
  CreateInput,
  GetInput,
  GetOrCreateInput,
  GrantAccessInput,
  ListInput,
  OneSessionInput,
} from "./parameters.ts";

/** One request whose caller is known; its parameters have not been read. */
interface RawCall {
  readonly deps: StoreDeps;
  readonly caller: Caller;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: Body;
}

/** One endpoint of `/client_sessions`. */
export interface Endpoint {
  /** In the order in which the 405 names them. */
  readonly methods: readonly string[];
  readonly scope: KeyScope;
  readonly takes_session_token: boolean;
  run(call: RawCall): Promise<Outcome>;
}

interface Spec<T extends z.ZodObject> {
  readonly methods: readonly string[];
  readonly scope: KeyScope;
  readonly input: T;
  /** False: the parameters come in the body alone. */
  readonly reads_query: boolean;
  run(call: Call<z.output<T>>): Promise<Outcome>;
}

/** The seven endpoints, by the last part of their path. There is no update. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  [
    "get",
    {
      methods: ["GET", "POST"],
      scope: "sessions:read",
      takes_session_token: true,
      run: async (call) => {
        const input = inputOf(GetInput, true, call);
        return input.ok ? getClientSession({ ...call, input: input.value }) : input;
      },
    },
  ],
  [
    "list",
    withKey({
      methods: ["GET", "POST"],
      scope: "sessions:read",
      input: ListInput,
      reads_query: true,
      run: listSessions,
    }),
  ],
  [
    "create",
    withKey({
      methods: ["POST", "PUT"],
      scope: "sessions:write",
      input: CreateInput,
      reads_query: false,
      run: createClientSession,
    }),
  ],
  [
    "get_or_create",
    withKey({
      methods: ["POST"],
      scope: "sessions:write",
      input: GetOrCreateInput,
      reads_query: false,
      run: getOrCreateClientSession,
    }),
  ],
  [
    "grant_access",
    withKey({
      methods: ["PATCH", "POST"],
      scope: "sessions:write",
      input: GrantAccessInput,
      reads_query: true,
      run: grantAccess,
    }),
  ],
  [
    "revoke",
    withKey({
      methods: ["POST"],
      scope: "sessions:write",
      input: OneSessionInput,
      reads_query: true,
      run: revokeSession,
    }),
  ],
  [
    "delete",
    withKey({
      methods: ["DELETE", "POST"],
      scope: "sessions:delete",
      input: OneSessionInput,
      reads_query: true,
      run: deleteSession,
    }),
  ],
]);

function withKey<T extends z.ZodObject>(spec: Spec<T>): Endpoint {
  return {
    methods: spec.methods,
    scope: spec.scope,
    takes_session_token: false,
    run: async (call) => {
      if (call.caller.kind !== "key") {
        throw new Error("a session token passed where only keys are taken");
      }
      const input = inputOf(spec.input, spec.reads_query, call);
      return input.ok
        ? spec.run({ ...call, caller: call.caller, input: input.value })
        : err(input.error);
    },
  };
}

function inputOf<T extends z.ZodObject>(
  schema: T,
  readsQuery: boolean,
  call: RawCall,
): Result<z.output<T>, SeamProblem> {
  return readInput(schema, call.method, readsQuery ? call.query : null, call.body);
}
