import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  emptyStore,
  KEY,
  openRoutes,
  OTHER_WORKSPACE,
  post,
  storeSessions,
  type Wire,
} from "../../support/client_sessions.ts";

const workspace_id = DOCUMENT_SESSION.workspace_id;

beforeEach(emptyStore);

async function idsOf(response: Response | Promise<Response>): Promise<unknown[]> {
  const answer = await response;
  expect(answer.status).toBe(200);
  const body = await answer.json<{ client_sessions: Wire[]; ok: boolean }>();
  expect(Object.keys(body)).toStrictEqual(["client_sessions", "ok"]);
  expect(body.ok).toBe(true);
  return body.client_sessions.map((session) => session["client_session_id"]);
}

it("answers the records as they are, tokens included", async () => {
  await storeSessions(DOCUMENT_SESSION);
  const response = await post(openRoutes(), "/list", {});
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(response.headers.get("seam-request-id")).toBe("req_test");
  expect(await response.text()).toBe(
    JSON.stringify({ client_sessions: [DOCUMENT_SESSION], ok: true }),
  );
});

it("answers an empty workspace with an empty list", async () => {
  expect(await idsOf(post(openRoutes(), "/list", {}))).toStrictEqual([]);
});

describe("filters", () => {
  beforeEach(async () => {
    await storeSessions(
      {
        client_session_id: "a",
        workspace_id,
        user_identifier_key: "jane",
        connect_webview_ids: ["w1"],
      },
      { client_session_id: "b", workspace_id, user_identifier_key: "jane", user_identity_id: "i1" },
      {
        client_session_id: "c",
        workspace_id,
        user_identifier_key: null,
        user_identity_ids: ["i1", "i2"],
      },
      {
        client_session_id: "d",
        workspace_id,
        user_identifier_key: "john",
        connect_webview_ids: ["w1", "w2"],
        user_identity_id: null,
      },
      {
        client_session_id: "e",
        workspace_id,
        connect_webview_ids: [],
        expires_at: "2020-01-01T00:00:00Z",
      },
      { client_session_id: "x", workspace_id: OTHER_WORKSPACE, user_identifier_key: "jane" },
    );
  });

  it.each([
    [{}, "abcde"],
    [{ client_session_id: "b" }, "b"],
    [{ client_session_id: "x" }, ""],
    [{ user_identifier_key: "jane" }, "ab"],
    [{ user_identifier_key: "JANE" }, ""],
    [{ user_identifier_key: "%" }, ""],
    [{ without_user_identifier_key: true }, "ce"],
    [{ without_user_identifier_key: false }, "abcde"],
    [{ user_identifier_key: "jane", without_user_identifier_key: true }, ""],
    [{ connect_webview_id: "w1" }, "ad"],
    [{ connect_webview_id: "w2" }, "d"],
    [{ connect_webview_id: "w" }, ""],
    [{ connect_webview_id: null }, "bce"],
    [{ user_identity_id: "i1" }, "bc"],
    [{ user_identity_id: null }, "ade"],
    [{ user_identity_id: "i1", user_identifier_key: "jane" }, "b"],
    [{ user_identity_id: "i1", connect_webview_id: "w1" }, ""],
    [{ unknown_filter: "a", limit: 1, page_cursor: "b" }, "abcde"],
  ])("%j selects %j", async (filter, ids) => {
    expect(await idsOf(post(openRoutes(), "/list", filter))).toStrictEqual(ids.split(""));
  });

  it.each([
    ["without_user_identifier_key=true", "ce"],
    ["connect_webview_id=", "bce"],
    ["user_identity_id=i1&_strict=true", "bc"],
    ["user_identifier_key=jane", "ab"],
  ])("in a query: %s", async (query, ids) => {
    const headers = { authorization: `Bearer ${KEY}` };
    expect(await idsOf(openRoutes().request(`/list?${query}`, { headers }))).toStrictEqual(
      ids.split(""),
    );
  });

  it("a key of several workspaces sees them one after the other", async () => {
    const response = post(
      openRoutes(),
      "/list",
      { user_identifier_key: "jane" },
      "seam_lethe_both",
    );
    expect(await idsOf(response)).toStrictEqual(["x", "a", "b"]);
  });
});

describe("a long list", () => {
  const ids = Array.from({ length: 600 }, (_, i) => `s${String(i).padStart(4, "0")}`);

  beforeEach(async () => {
    await storeSessions(...ids.map((id) => ({ client_session_id: id, workspace_id })));
  });

  it("is one answer, over several pages of the store", async () => {
    expect(await idsOf(post(openRoutes(), "/list", {}))).toStrictEqual(ids);
  });

  it("breaks off when a page cannot be read: it never looks whole", async () => {
    let queries = 0;
    const failing = new Proxy(env.STORE, {
      get(target, name) {
        if (name !== "prepare") {
          return Reflect.get(target, name);
        }
        return (sql: string) => {
          queries += 1;
          return target.prepare(queries > 1 ? "SELECT 1 FROM nowhere" : sql);
        };
      },
    });
    const reported: unknown[] = [];
    const report = (thrown: unknown) => void reported.push(thrown);
    const response = await openRoutes({ store: failing, report }).request("/list", {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("no such table: nowhere");
    expect(reported).toHaveLength(1);
  });
});
