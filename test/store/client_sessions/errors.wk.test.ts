import { beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/config.ts";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  CONFIG,
  emptyStore,
  KEY,
  openRoutes,
  post,
  rowOf,
  storeSessions,
} from "../../support/client_sessions.ts";

const ID = DOCUMENT_SESSION.client_session_id;
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

beforeEach(async () => {
  await emptyStore();
  await storeSessions(DOCUMENT_SESSION);
});

/** A request with a key, a JSON body where the method has one. */
function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  return openRoutes().request(path, {
    method,
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

async function errorOf(response: Response | Promise<Response>) {
  const { error, ok } = await (
    await response
  ).json<{ error: Record<string, unknown>; ok: boolean }>();
  expect(ok).toBe(false);
  return error;
}

describe("routes and methods", () => {
  const methods = {
    "/create": ["POST", "PUT"],
    "/get": ["GET", "POST"],
    "/get_or_create": ["POST"],
    "/list": ["GET", "POST"],
    "/delete": ["DELETE", "POST"],
    "/revoke": ["POST"],
    "/grant_access": ["PATCH", "POST"],
  };
  const all = ["GET", "POST", "PUT", "PATCH", "DELETE"];

  const asked = Object.entries(methods).flatMap(([path, taken]) =>
    all.map((method) => ({ method, path, taken, isTaken: taken.includes(method) })),
  );

  it.each(asked.filter(({ isTaken }) => isTaken))("$method $path", async ({ method, path }) => {
    expect([200, 400, 404]).toContain((await ask(method, path)).status);
  });

  it.each(asked.filter(({ isTaken }) => !isTaken))(
    "$method $path is not accepted",
    async ({ method, path, taken }) => {
      const response = await ask(method, path);
      expect(response.status).toBe(405);
      expect(await errorOf(response)).toStrictEqual({
        type: "method_not_allowed",
        message: `only ${taken.join(",")} accepted`,
      });
    },
  );

  it("refuses HEAD, which is no method of Seam's", async () => {
    const response = await ask("HEAD", `/get?client_session_id=${ID}`);
    expect(response.status).toBe(405);
  });

  it.each(["/update", "/get/", "/", "/get/more", "/constructor"])(
    "%s is no route",
    async (path) => {
      const response = await ask("POST", path, "{}");
      expect(response.status).toBe(404);
      expect(await response.text()).toBe("404");
    },
  );

  it("serves nothing while client sessions are upstream, agent sessions embedded or not", async () => {
    const { sources } = parseConfig({ SEAM_API_KEY: "seam_test_key" });
    const routes = openRoutes({ config: { api_keys: CONFIG.api_keys, sources } });
    const response = await post(routes, "/get", { client_session_id: ID });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe("404");
  });
});

describe("the order of checks", () => {
  it("answers malformed JSON before it asks for a key, in plain text", async () => {
    const response = await openRoutes().request("/get", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"client_session_id":',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toBe("Invalid JSON");
    expect(response.headers.get("content-type")).toBeNull();
    expect(response.headers.get("seam-request-id")).toBeNull();
  });

  it("401 before 405, 405 before 403, 403 before 400, 400 before 404", async () => {
    const routes = openRoutes();
    const wrong = { client_session_id: 7 };
    expect((await routes.request("/revoke", { method: "GET" })).status).toBe(401);
    const reader = { authorization: "Bearer seam_lethe_read" };
    expect((await routes.request("/revoke", { method: "GET", headers: reader })).status).toBe(405);
    expect((await post(routes, "/revoke", wrong, "seam_lethe_read")).status).toBe(403);
    expect((await post(routes, "/revoke", wrong)).status).toBe(400);
    expect((await post(routes, "/revoke", { client_session_id: UNKNOWN })).status).toBe(404);
  });

  it("a body that is too large is a 413, after the key", async () => {
    const body = { client_session_id: ID, more: "x".repeat(256 * 1024) };
    expect((await post(openRoutes(), "/get", body, null)).status).toBe(401);
    const response = await post(openRoutes(), "/get", body);
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ type: "payload_too_large" });
  });
});

describe("parameters that are wrong", () => {
  it.each([
    ["/delete", {}, "client_session_id is required", { client_session_id: ["Required"] }],
    [
      "/delete",
      { client_session_id: "cst1" },
      'Invalid uuid for "client_session_id"',
      { client_session_id: ["Invalid uuid"] },
    ],
    [
      "/revoke",
      { client_session_id: 7 },
      'Expected string, received number for "client_session_id"',
      { client_session_id: ["Expected string, received number"] },
    ],
    [
      "/get",
      { client_session_id: null },
      'Expected string, received null for "client_session_id"',
      { client_session_id: ["Expected string, received null"] },
    ],
    [
      "/get",
      { user_identifier_key: "" },
      'String must contain at least 1 character(s) for "user_identifier_key"',
      { user_identifier_key: ["String must contain at least 1 character(s)"] },
    ],
    [
      "/list",
      { user_identifier_key: "", client_session_id: "" },
      '2 Input Errors: String must contain at least 1 character(s) for "client_session_id", ' +
        'String must contain at least 1 character(s) for "user_identifier_key"',
      {
        client_session_id: ["String must contain at least 1 character(s)"],
        user_identifier_key: ["String must contain at least 1 character(s)"],
      },
    ],
    [
      "/list",
      { without_user_identifier_key: "true" },
      'Expected boolean, received string for "without_user_identifier_key"',
      { without_user_identifier_key: ["Expected boolean, received string"] },
    ],
    [
      "/create",
      { expires_at: "tomorrow" },
      'Invalid datetime for "expires_at"',
      { expires_at: ["Invalid datetime"] },
    ],
    [
      "/create",
      { user_identity_ids: [] },
      'Array must contain exactly 1 element(s) for "user_identity_ids"',
      { user_identity_ids: ["Array must contain exactly 1 element(s)"] },
    ],
    [
      "/create",
      { connect_webview_ids: "x" },
      'Expected array, received string for "connect_webview_ids"',
      { connect_webview_ids: ["Expected array, received string"] },
    ],
    [
      "/create",
      { user_identity_id: UNKNOWN, user_identity_ids: [ID] },
      'Names another identity than user_identity_id for "user_identity_ids"',
      { user_identity_ids: ["Names another identity than user_identity_id"] },
    ],
  ])("%s %j", async (path, body, message, fields) => {
    const response = await post(openRoutes(), path, body);
    expect(response.status).toBe(400);
    expect(response.headers.get("seam-request-id")).toBe("req_test");
    const tree = Object.entries(fields).map(
      ([name, errors]) => [name, { _errors: errors }] as const,
    );
    expect(await errorOf(response)).toStrictEqual({
      type: "invalid_input",
      message,
      validation_errors: { _errors: [], ...Object.fromEntries(tree) },
    });
  });

  it("nests the errors of array elements by index", async () => {
    const error = await errorOf(post(openRoutes(), "/create", { connected_account_ids: ["a", 1] }));
    expect(error).toStrictEqual({
      type: "invalid_input",
      message: 'Expected string, received number for "connected_account_ids.1"',
      validation_errors: {
        _errors: [],
        connected_account_ids: {
          _errors: [],
          "1": { _errors: ["Expected string, received number"] },
        },
      },
    });
  });

  it.each([
    ["[]", "Expected object, received array"],
    ["null", "Expected object, received null"],
    ['"text"', "Expected object, received string"],
  ])("a body of %s is no object", async (body, message) => {
    expect(await errorOf(ask("POST", "/list", body))).toStrictEqual({
      type: "invalid_input",
      message,
      validation_errors: { _errors: [message] },
    });
  });

  it("grant_access needs at least one parameter", async () => {
    const error = await errorOf(post(openRoutes(), "/grant_access", {}));
    expect(error["type"]).toBe("invalid_input");
    expect(error["message"]).toMatch(/^At least one of client_session_id, /);
  });

  it.each(["POST", "PATCH"])("%s with a body of another content type", async (method) => {
    const body = JSON.stringify({ client_session_id: ID });
    const headers = { "content-type": "text/plain" };
    expect(await errorOf(ask(method, "/grant_access", body, headers))).toStrictEqual({
      type: "invalid_content_type",
      message: `${method} requests must have Content-Type header with "application/json"`,
    });
  });

  it("a parameter twice in the query is ambiguous", async () => {
    const path = `/delete?client_session_id=${ID}&client_session_id=${UNKNOWN}`;
    expect(await errorOf(ask("DELETE", path))).toMatchObject({ type: "invalid_query_params" });
    expect(await rowOf(ID)).not.toBeNull();
  });

  // Regression guard: an empty filter that is dropped lists the whole workspace.
  it.each(["user_identifier_key", "client_session_id", "without_user_identifier_key"])(
    "an empty %s in a query is no missing filter",
    async (name) => {
      expect((await ask("GET", `/list?${name}=`)).status).toBe(400);
    },
  );
});

describe("query and body", () => {
  it("are merged, and the body wins", async () => {
    const merged = await ask(
      "POST",
      `/get?client_session_id=${UNKNOWN}`,
      `{"client_session_id":"${ID}"}`,
    );
    expect(merged.status).toBe(200);
    const both = await ask(
      "POST",
      `/get?user_identifier_key=jane_doe`,
      `{"client_session_id":"${ID}"}`,
    );
    expect(both.status).toBe(200);
    const contrary = await ask(
      "POST",
      `/get?user_identifier_key=someone`,
      `{"client_session_id":"${ID}"}`,
    );
    expect(contrary.status).toBe(404);
  });

  it("create takes its parameters from the body alone", async () => {
    const created = await ask("POST", "/create?user_identifier_key=jane_doe", "{}");
    expect(created.status).toBe(200);
    const { client_session: session } = await created.json<{ client_session: object }>();
    expect(session).toMatchObject({ user_identifier_key: null });
  });

  it("unknown names and _strict are ignored", async () => {
    const response = await ask("GET", `/get?client_session_id=${ID}&_strict=true&limit=1&limit=2`);
    expect(response.status).toBe(200);
    const body = JSON.stringify({ client_session_id: ID, __proto__x: 1, nonsense: {} });
    expect((await ask("POST", "/get", body)).status).toBe(200);
  });

  it.each([
    "connect_webview_ids=a&connect_webview_ids=b",
    "connect_webview_ids[]=a&connect_webview_ids[]=b",
    "connect_webview_ids=a,b",
  ])("a list in a query: %s", async (query) => {
    const response = await ask("POST", `/grant_access?${query}`, `{"client_session_id":"${ID}"}`);
    const { client_session: session } = await response.json<{ client_session: object }>();
    expect(session).toMatchObject({
      connect_webview_ids: [...DOCUMENT_SESSION.connect_webview_ids, "a", "b"],
    });
  });

  it("a body without a content type counts for nothing where the query says it all", async () => {
    expect((await ask("POST", `/get?client_session_id=${ID}`)).status).toBe(200);
  });
});

it("answers what was thrown with a 500, and reports it", async () => {
  const reported: unknown[] = [];
  const routes = openRoutes({
    removeSession: async () => {
      throw new Error("a bug that names jane_doe");
    },
    report: (thrown) => void reported.push(thrown),
  });
  const response = await post(routes, "/delete", { client_session_id: ID });
  expect(response.status).toBe(500);
  expect(await response.json()).toStrictEqual({
    error: { type: "internal_server_error", message: "Internal Server Error" },
    ok: false,
  });
  expect(reported).toHaveLength(1);
});
