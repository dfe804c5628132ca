import { beforeEach, describe, expect, it } from "vitest";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  emptyStore,
  KEY,
  NOW,
  openRoutes,
  OTHER_WORKSPACE,
  post,
  rowOf,
  storeSessions,
} from "../../support/client_sessions.ts";

const ID = DOCUMENT_SESSION.client_session_id;
const TOKEN = DOCUMENT_SESSION.token;
const OTHER_ID = "22222222-2222-4222-8222-222222222222";

beforeEach(async () => {
  await emptyStore();
  await storeSessions(DOCUMENT_SESSION, {
    ...DOCUMENT_SESSION,
    client_session_id: OTHER_ID,
    workspace_id: OTHER_WORKSPACE,
    token: "seam_cst1other",
    user_identifier_key: "john_doe",
  });
});

function get(headers: Record<string, string>, body: object = {}) {
  return openRoutes().request("/get", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function errorOf(response: Response | Promise<Response>) {
  const answer = await response;
  const { error } = await answer.json<{ error: { type: string; message: string } }>();
  return [answer.status, error.type, error.message];
}

describe("without a usable credential", () => {
  it.each([
    [{}, "No authentication methods succeeded"],
    [{ authorization: `Basic ${KEY}` }, "No authentication methods succeeded"],
    [{ authorization: "Bearer seam_lethe_wrong" }, "API Key not found"],
    [{ authorization: `Bearer ${KEY}x` }, "API Key not found"],
    [
      { authorization: "Bearer seam_at1_wrong", "seam-workspace": OTHER_WORKSPACE },
      "Access token not found",
    ],
    [
      { "seam-publishable-key": "seam_pk1" },
      "Publishable keys are not accepted here: use an API key",
    ],
    [
      { authorization: "Bearer seam_pk1" },
      "Publishable keys are not accepted here: use an API key",
    ],
    [
      { authorization: "Bearer eyJhbGciOi" },
      "Console sessions are not accepted here: use an API key",
    ],
  ])("%j", async (headers: Record<string, string>, message) => {
    expect(await errorOf(get(headers))).toStrictEqual([401, "unauthorized", message]);
  });
});

describe("an API key", () => {
  it.each([
    ["seam_lethe_read", ["/get", "/list"]],
    ["seam_lethe_write", ["/create", "/get_or_create", "/grant_access", "/revoke"]],
    ["seam_lethe_delete", ["/delete"]],
    [KEY, ["/get", "/list", "/create", "/get_or_create", "/grant_access", "/revoke", "/delete"]],
  ])("%s may call only %j", async (key, allowed) => {
    const paths = [
      "/get",
      "/list",
      "/create",
      "/get_or_create",
      "/grant_access",
      "/revoke",
      "/delete",
    ];
    const answers = await Promise.all(
      paths.map(async (path) => {
        const response = await post(openRoutes(), path, { client_session_id: ID }, key);
        return { path, status: response.status, text: await response.text() };
      }),
    );
    const refused = answers.filter(({ status }) => status === 403);
    const passed = answers.filter(({ status }) => status !== 403).map(({ path }) => path);
    for (const { text } of refused) {
      expect(text).toMatch(
        /^{"error":{"type":"forbidden","message":"This needs the key scope sessions:\w+"},"ok":false}$/,
      );
    }
    expect(passed.toSorted()).toStrictEqual([...allowed].toSorted());
  });

  it("sees its workspaces and no other", async () => {
    const seen = async (key: string): Promise<number[]> => {
      const statuses: number[] = [];
      for (const id of [ID, OTHER_ID]) {
        statuses.push((await post(openRoutes(), "/get", { client_session_id: id }, key)).status);
      }
      return statuses;
    };
    expect(await seen(KEY)).toStrictEqual([200, 404]);
    expect(await seen("seam_lethe_other")).toStrictEqual([404, 200]);
    expect(await seen("seam_lethe_both")).toStrictEqual([200, 200]);
  });

  it.each(["/delete", "/revoke", "/grant_access"])(
    "%s cannot reach another workspace",
    async (path) => {
      const before = await rowOf(OTHER_ID);
      const response = await post(openRoutes(), path, {
        client_session_id: OTHER_ID,
        connect_webview_ids: ["x"],
      });
      expect(response.status).toBe(404);
      expect(await rowOf(OTHER_ID)).toStrictEqual(before);
    },
  );

  it("creates in its first workspace", async () => {
    const response = await post(openRoutes(), "/create", {}, "seam_lethe_both");
    expect(await response.json()).toMatchObject({
      client_session: { workspace_id: OTHER_WORKSPACE },
    });
  });
});

describe("a personal access token", () => {
  const authorization = "Bearer seam_at1_person";

  it("needs the seam-workspace header", async () => {
    expect(await errorOf(get({ authorization }))).toStrictEqual([
      401,
      "unauthorized",
      "A personal access token needs the seam-workspace header",
    ]);
  });

  it("reaches its own workspaces only", async () => {
    const headers = { authorization, "seam-workspace": "33333333-3333-4333-8333-333333333333" };
    expect((await errorOf(get(headers)))[0]).toBe(401);
  });

  it("sees the one workspace that the header names", async () => {
    const headers = { authorization, "seam-workspace": OTHER_WORKSPACE };
    expect((await get(headers, { client_session_id: OTHER_ID })).status).toBe(200);
    expect((await get(headers, { client_session_id: ID })).status).toBe(404);
    const created = await openRoutes().request("/create", {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: "{}",
    });
    expect(await created.json()).toMatchObject({
      client_session: { workspace_id: OTHER_WORKSPACE },
    });
  });
});

describe("a client session token", () => {
  it.each(["authorization", "client-session-token", "seam-client-session-token"])(
    "in %s reads its own session",
    async (name) => {
      const headers = { [name]: name === "authorization" ? `Bearer ${TOKEN}` : TOKEN };
      for (const body of [{}, { client_session_id: ID }, { user_identifier_key: "jane_doe" }]) {
        const response = await get(headers, body);
        expect(await response.json()).toStrictEqual({ client_session: DOCUMENT_SESSION });
      }
    },
  );

  it("reads no other session: it is as if there were none", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const other = await get(headers, { client_session_id: OTHER_ID });
    const none = await get(headers, { client_session_id: "00000000-0000-4000-8000-000000000000" });
    expect(await errorOf(other)).toStrictEqual(await errorOf(none));
    expect((await get(headers, { user_identifier_key: "john_doe" })).status).toBe(404);
  });

  it.each(["/list", "/delete", "/revoke", "/create", "/get_or_create", "/grant_access"])(
    "cannot call %s",
    async (path) => {
      const response = await post(openRoutes(), path, { client_session_id: ID }, TOKEN);
      expect(await errorOf(response)).toStrictEqual([
        401,
        "unauthorized",
        "A client session token was used instead of an API key",
      ]);
      expect(await rowOf(ID)).not.toBeNull();
    },
  );

  it("ends with its session's expiry, to the millisecond", async () => {
    const end = Date.parse(DOCUMENT_SESSION.expires_at);
    const ask = (now: number) =>
      openRoutes({ now: () => now }).request("/get", {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
    expect((await ask(end - 1)).status).toBe(200);
    expect((await errorOf(ask(end))).slice(0, 2)).toStrictEqual([401, "client_session_expired"]);
  });

  it("without a readable expiry is not taken", async () => {
    await storeSessions({
      client_session_id: "no-end",
      workspace_id: OTHER_WORKSPACE,
      token: "seam_cst1noend",
    });
    const error = await errorOf(get({ authorization: "Bearer seam_cst1noend" }));
    expect(error.slice(0, 2)).toStrictEqual([401, "client_session_expired"]);
  });

  it("after a revocation", async () => {
    await post(openRoutes(), "/revoke", { client_session_id: ID });
    const error = await errorOf(get({ authorization: `Bearer ${TOKEN}` }));
    expect(error.slice(0, 2)).toStrictEqual([401, "client_session_revoked"]);
    expect((await post(openRoutes(), "/get", { client_session_id: ID })).status).toBe(200);
  });

  it("that nobody has", async () => {
    const error = await errorOf(get({ authorization: "Bearer seam_cst1unknown" }));
    expect(error.slice(0, 2)).toStrictEqual([401, "client_session_not_found"]);
  });

  it("in its own header but with another prefix", async () => {
    const error = await errorOf(get({ "client-session-token": "nonsense" }));
    expect(error.slice(0, 2)).toStrictEqual([400, "invalid_client_session_token"]);
  });

  it("cannot be looked up without LETHE_SECRET", async () => {
    const response = await openRoutes({ keyring: null }).request("/get", {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect((await errorOf(response)).slice(0, 2)).toStrictEqual([503, "not_configured"]);
  });
});

describe("the rate limit", () => {
  it("is counted by key, or by address without one, and answered in Seam's envelope", async () => {
    const counted: unknown[] = [];
    const routes = openRoutes({
      rateLimit: async (key, address) => {
        counted.push([key?.name ?? null, address]);
        return 10;
      },
    });
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    const response = await routes.request("/get", {
      headers: { ...headers, authorization: `Bearer ${KEY}` },
    });
    expect(response.headers.get("retry-after")).toBe("10");
    expect((await errorOf(response)).slice(0, 2)).toStrictEqual([429, "too_many_requests"]);
    await routes.request("/get", { headers: { ...headers, authorization: `Bearer ${TOKEN}` } });
    await routes.request("/get", { headers });
    expect(counted).toStrictEqual([
      ["lethe_all", "192.0.2.1"],
      [null, "192.0.2.1"],
      [null, "192.0.2.1"],
    ]);
  });
});

it("answers a token that was sealed under another secret with null", async () => {
  const response = await post(openRoutes({ keyring: null, now: () => NOW }), "/get", {
    client_session_id: ID,
  });
  expect(await response.json()).toStrictEqual({
    client_session: { ...DOCUMENT_SESSION, token: null },
  });
});
