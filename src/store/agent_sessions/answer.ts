import type { FieldError } from "../../core/policy/policy.ts";
import { err } from "../../core/values/result.ts";

/** Every error of these routes and its status: the document's table first, then what else can happen. */
const STATUS = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  agent_not_found: 404,
  session_not_found: 404,
  rate_limit_exceeded: 429,
  not_found: 404,
  method_not_allowed: 405,
  agent_in_use: 409,
  agent_already_exists: 409,
  session_already_exists: 409,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  internal_error: 500,
  not_configured: 503,
  migrations_missing: 503,
  unavailable: 503,
} as const;

/** An error in the form of these routes. */
export interface AgentProblem {
  readonly code: keyof typeof STATUS;
  readonly message: string;
  /** What was not found; only with a 404. */
  readonly id?: string;
  /** What is wrong, by field; only with a 400. */
  readonly field_errors?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem as the failed outcome of an operation. */
export function fail(problem: AgentProblem): { readonly ok: false; readonly error: AgentProblem } {
  return err(problem);
}

/** A 400 that says what is wrong, field by field. */
export function invalid(errors: readonly FieldError[]): AgentProblem {
  return {
    code: "invalid_request",
    message: errors.map(({ field, message }) => `${field}: ${message}`).join("; "),
    field_errors: Object.fromEntries(errors.map(({ field, message }) => [field, message])),
  };
}

export function agentNotFound(id: string): AgentProblem {
  return { code: "agent_not_found", message: `Agent ${id} does not exist`, id };
}

export function sessionNotFound(id: string): AgentProblem {
  return { code: "session_not_found", message: `Session ${id} does not exist`, id };
}

/** A problem as a response: `code`, `messages`, `request_id`, and what belongs to its status. */
export function answerProblem(problem: AgentProblem, requestId: string): Response {
  const { code, message, id, field_errors, headers } = problem;
  const body = {
    code,
    ...(field_errors === undefined ? {} : { field_errors }),
    ...(id === undefined ? {} : { id }),
    messages: [message],
    request_id: requestId,
  };
  return Response.json(body, {
    status: STATUS[code],
    headers: { "cache-control": "no-store", ...headers },
  });
}
