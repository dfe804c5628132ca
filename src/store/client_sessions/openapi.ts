import {
  bodyOf,
  errorsOf,
  inputOf,
  jsonOf,
  queryOf,
  recordOf,
  refTo,
  type FormatDescription,
  type Part,
  type Said,
} from "../openapi.ts";
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";

const text = { type: "string" };
const orNull = (schema: Part): Part => ({ anyOf: [schema, { type: "null" }] });
const ID = "c2cbd177-1ace-414b-bb1e-9f129e4a05c1";

// An import keeps what it does not need as it was given, so nothing is promised of the other fields' types.
const ClientSession = recordOf(
  "A session as Seam's clients know it: as it was created here, or with just the fields that were imported",
  {
    client_session_id: text,
    workspace_id: text,
    token: { ...orNull(text), description: "null: it was sealed under another LETHE_SECRET" },
    user_identifier_key: orNull(text),
    created_at: { description: "RFC 3339" },
    expires_at: { description: "RFC 3339" },
    user_identity_id: {},
    user_identity_ids: {},
    connect_webview_ids: {},
    connected_account_ids: {},
    customer_id: {},
    customer_key: {},
    device_count: { description: "Always 0 where it was created here" },
  },
  ["client_session_id", "workspace_id"],
);

const SeamError = recordOf(
  "An error in Seam's form",
  {
    error: recordOf("What is wrong", { type: text, message: text, validation_errors: {} }, [
      "type",
      "message",
    ]),
    ok: { const: false },
  },
  ["error", "ok"],
);

const session = refTo("ClientSession");
const ok = { const: true };
const withSession = recordOf("The session", { client_session: session, ok }, ["client_session"]);

/** What each endpoint answers with a 200. */
const SAID: Readonly<Record<keyof typeof ENDPOINTS, Said & { readonly answer: Part }>> = {
  get: {
    id: "getClientSession",
    summary: "Read a client session by its id, or the newest of a user",
    example: { client_session_id: ID },
    answer: withSession,
  },
  list: {
    id: "listClientSessions",
    summary: "List client sessions, all in one answer",
    example: { user_identifier_key: "jane_doe" },
    answer: recordOf(
      "All that the filters select",
      {
        client_sessions: { type: "array", items: session },
        ok,
      },
      ["client_sessions", "ok"],
    ),
  },
  create: {
    id: "createClientSession",
    summary: "Create a client session",
    example: { user_identifier_key: "jane_doe", expires_at: "2027-06-01T00:00:00Z" },
    answer: withSession,
  },
  get_or_create: {
    id: "getOrCreateClientSession",
    summary: "Read the newest client session of a user, or create one",
    example: { user_identifier_key: "jane_doe" },
    answer: withSession,
  },
  grant_access: {
    id: "grantAccessToClientSession",
    summary: "Add connect webviews, accounts or a user to a client session",
    example: { client_session_id: ID, connected_account_ids: ["acc_1"] },
    answer: withSession,
  },
  revoke: {
    id: "revokeClientSession",
    summary: "End the use of a client session's token",
    example: { client_session_id: ID },
    answer: recordOf("Revoked", { ok }, ["ok"]),
  },
  delete: {
    id: "deleteClientSession",
    summary: "Delete a client session",
    example: { client_session_id: ID },
    answer: recordOf("Deleted", {}),
  },
};

const ERRORS = errorsOf(
  {
    400: "The parameters are wrong. A body that is not JSON is answered with the text `Invalid JSON`.",
    401: "No valid API key or session token.",
    403: "The key lacks the key scope.",
    404: "No such session. Where no source of client sessions is embedded: the text `404`.",
    409: "A hold keeps the session, or its stored record cannot be read.",
    413: "The body is too large.",
    429: "Too many requests.",
    500: "A fault of Lethe.",
    503: "Removals are paused, migrations are missing, or Lethe is not configured.",
  },
  refTo("SeamError"),
);

/** The text that is answered where no source of client sessions is embedded. */
const NO_ROUTE = { "text/plain": { schema: { const: "404" } } };

/** `/client_sessions/…` for an OpenAPI document; `scheme` is its name for API keys. */
export function describeClientSessions(scheme: string): FormatDescription {
  return {
    paths: Object.fromEntries(
      Object.entries(ENDPOINTS).map(([name, endpoint]) => [
        `/client_sessions/${name}`,
        Object.fromEntries(
          endpoint.methods.map((method, place) => [
            method.toLowerCase(),
            operationOf(endpoint, SAID[name as keyof typeof ENDPOINTS], method, place, scheme),
          ]),
        ),
      ]),
    ),
    schemas: { ClientSession, SeamError },
    schemes: {
      client_session_token: {
        type: "apiKey",
        in: "header",
        name: "seam-client-session-token",
        description: "The token of a client session: it reads its own session.",
      },
    },
  };
}

function operationOf(
  { input, scope, takes_session_token: takesToken }: Endpoint,
  { id, summary, example, answer }: (typeof SAID)[keyof typeof SAID],
  method: string,
  place: number,
  scheme: string,
): Part {
  const schema = inputOf(input);
  // A body of a GET or a DELETE means nothing to most clients.
  const isAsked = method === "GET" || method === "DELETE";
  return {
    operationId: place === 0 ? id : `${id}By${method.slice(0, 1)}${method.slice(1).toLowerCase()}`,
    summary,
    description: `Key scope: \`${scope}\`. In Seam's format.`,
    security: [{ [scheme]: [scope] }, ...(takesToken ? [{ client_session_token: [] }] : [])],
    ...(isAsked ? { parameters: queryOf(schema) } : { requestBody: bodyOf(schema, example) }),
    responses: { 200: jsonOf(summary, answer), ...ERRORS, 404: withText(ERRORS["404"]) },
  };
}

function withText(answer: Part | undefined): Part {
  return { ...answer, content: { ...(answer?.["content"] as Part | undefined), ...NO_ROUTE } };
}
