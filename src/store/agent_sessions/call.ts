import type * as z from "zod";
import type { KeyScope } from "../../config/keys.ts";
import type { Reach } from "../../core/values/reach.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { StoreDeps } from "../deps.ts";
import type { AgentProblem } from "./answer.ts";
import { readInput, readQuery } from "./input.ts";

/** One request, once its caller, its ids and its input are good. */
export interface Call<Input = unknown> {
  readonly deps: StoreDeps;
  /** What the caller's key reaches. */
  readonly reach: Reach;
  readonly agent_id: string;
  readonly session_id: string;
  /** What the operation takes: its body, or its query. */
  readonly input: Input;
}

/** One request whose input has not been read. */
export interface RawCall extends Omit<Call, "input"> {
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

type Run<Input> = (call: Call<Input>) => Promise<Result<Success, AgentProblem>>;

/** One method of one path. */
export interface Operation {
  readonly scope: KeyScope;
  readonly takes_body: boolean;
  /** Of its body or its query; null: it takes neither. */
  readonly input: z.ZodType | null;
  readonly run: (call: RawCall) => Promise<Result<Success, AgentProblem>>;
}

export function reads<T extends z.ZodType>(query: T, run: Run<z.output<T>>): Operation {
  return operation("sessions:read", query, false, (call) => readQuery(query, call.query), run);
}

export function writes<T extends z.ZodType>(body: T, run: Run<z.output<T>>): Operation {
  return operation("sessions:write", body, true, (call) => readInput(body, call.body), run);
}

export function deletes(run: Run<undefined>): Operation {
  return operation("sessions:delete", null, false, () => ok(undefined), run);
}

function operation<Input>(
  scope: KeyScope,
  schema: z.ZodType | null,
  takesBody: boolean,
  read: (call: RawCall) => Result<Input, AgentProblem>,
  run: Run<Input>,
): Operation {
  return {
    scope,
    takes_body: takesBody,
    input: schema,
    run: async (call) => {
      const input = read(call);
      return input.ok ? run({ ...call, input: input.value }) : input;
    },
  };
}
