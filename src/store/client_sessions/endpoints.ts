import type * as z from "zod";
import type { KeyScope } from "../../config/keys.ts";
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
  /** What it is asked with. */
  readonly input: z.ZodObject;
  run(call: RawCall): Promise<Outcome>;
}

/** The seven endpoints, by the last part of their path. There is no update. */
export const ENDPOINTS = {
  get: {
    methods: ["GET", "POST"],
    scope: "sessions:read",
    takes_session_token: true,
    input: GetInput,
    run: async (call) => {
      const input = readInput(GetInput, call.method, call.query, call.body);
      return input.ok ? getClientSession({ ...call, input: input.value }) : input;
    },
  },
  list: withKey(["GET", "POST"], "sessions:read", ListInput, listSessions),
  create: withKey(["POST", "PUT"], "sessions:write", CreateInput, createClientSession, false),
  get_or_create: withKey(
    ["POST"],
    "sessions:write",
    GetOrCreateInput,
    getOrCreateClientSession,
    false,
  ),
  grant_access: withKey(["PATCH", "POST"], "sessions:write", GrantAccessInput, grantAccess),
  revoke: withKey(["POST"], "sessions:write", OneSessionInput, revokeSession),
  delete: withKey(["DELETE", "POST"], "sessions:delete", OneSessionInput, deleteSession),
} satisfies Readonly<Record<string, Endpoint>>;

/** An endpoint that needs a key. `readsQuery` false: the parameters come in the body alone. */
function withKey<T extends z.ZodObject>(
  methods: readonly string[],
  scope: KeyScope,
  schema: T,
  run: (call: Call<z.output<T>>) => Promise<Outcome>,
  readsQuery = true,
): Endpoint {
  return {
    methods,
    scope,
    takes_session_token: false,
    input: schema,
    run: async ({ caller, ...call }) => {
      if (caller.kind !== "key") {
        throw new Error("a session token passed where only keys are taken");
      }
      const query = readsQuery ? call.query : null;
      const input = readInput(schema, call.method, query, call.body);
      return input.ok ? run({ ...call, caller, input: input.value }) : input;
    },
  };
}
