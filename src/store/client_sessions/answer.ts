/** An error in Seam's form. */
export interface SeamProblem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 503;
  readonly type: string;
  readonly message: string;
  /** Zod's format tree; only with `invalid_input`. */
  readonly validation_errors?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = "application/json; charset=utf-8";

/** A 200 with a JSON body: an object, or a stream of JSON text. */
export function answerJson(body: object, requestId: string): Response {
  return new Response(body instanceof ReadableStream ? body : JSON.stringify(body), {
    status: 200,
    headers: headersFor(requestId),
  });
}

/** An error in Seam's envelope. The request id stands in the header only, where Seam's clients look. */
export function answerProblem(problem: SeamProblem, requestId: string): Response {
  const { status, type, message, validation_errors, headers } = problem;
  const error =
    validation_errors === undefined ? { type, message } : { type, message, validation_errors };
  return new Response(JSON.stringify({ error, ok: false }), {
    status,
    headers: { ...headersFor(requestId), ...headers },
  });
}

/**
 * Seam's answer to a body that is not JSON: text, without a content type and without a request id,
 * because its server fails before anything of the API runs.
 */
export function answerInvalidJson(): Response {
  // Bytes, because text would get a content type.
  return new Response(new TextEncoder().encode("Invalid JSON"), { status: 400 });
}

/** Seam's answer where there is no route: the text `404`. */
export function answerNoRoute(): Response {
  return new Response("404", { status: 404 });
}

/** The 404 of a session that does not exist, or that the caller may not see. */
export const SESSION_NOT_FOUND: SeamProblem = {
  status: 404,
  type: "client_session_not_found",
  message: "Could not find client session",
};

/** The answer about a session that is there, and whose record cannot be read. */
export const SESSION_UNREADABLE: SeamProblem = {
  status: 409,
  type: "client_session_unreadable",
  message:
    "The stored record of the client session is not JSON: delete it, or mend it in the store",
};

function headersFor(requestId: string): Record<string, string> {
  return { "content-type": JSON_TYPE, "cache-control": "no-store", "seam-request-id": requestId };
}
