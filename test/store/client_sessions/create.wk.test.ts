import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_WORKSPACE } from "../../../src/config/keys.ts";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  emptyStore,
  KEY,
  NOW,
  openRoutes,
  post,
  rowOf,
  sessionOf,
  storeSessions,
} from "../../support/client_sessions.ts";

const IDENTITY = "89765fd3-6193-4d63-8605-e77f75356555";
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

beforeEach(emptyStore);

async function countSessions(): Promise<number | null> {
  return env.STORE.prepare("SELECT count(*) AS n FROM client_sessions").first("n");
}

function put(body: object) {
  return openRoutes().request("/create", {
    method: "PUT",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

describe.each(["/create", "/get_or_create"])("%s makes a session", (path) => {
  it("with nothing given: every key that Seam always sends, for one year", async () => {
    const response = await post(openRoutes(), path, {});
    expect(response.status).toBe(200);
    const body = await response.json<{ client_session: Record<string, string> }>();
    expect(body).toStrictEqual({
      client_session: {
        client_session_id: expect.stringMatching(UUID_4),
        connect_webview_ids: [],
        connected_account_ids: [],
        created_at: "2025-06-16T00:00:00.000Z",
        device_count: 0,
        expires_at: "2026-06-16T00:00:00.000Z",
        token: expect.stringMatching(/^seam_cst1[\w-]{43}$/),
        user_identifier_key: null,
        user_identity_ids: [],
        workspace_id: DEFAULT_WORKSPACE,
      },
      ok: true,
    });
    const read = await post(openRoutes(), "/get", {
      client_session_id: body.client_session["client_session_id"],
    });
    expect(await read.json()).toStrictEqual({ client_session: body.client_session });
  });

  it("with everything given, as it was given", async () => {
    const session = await sessionOf(
      post(openRoutes(), path, {
        user_identifier_key: "jane_doe",
        user_identity_id: IDENTITY,
        connect_webview_ids: ["w1"],
        connected_account_ids: ["a1", "a2"],
        expires_at: "2025-06-19T17:22:40.123456+02:00",
      }),
    );
    expect(session).toMatchObject({
      user_identifier_key: "jane_doe",
      user_identity_id: IDENTITY,
      user_identity_ids: [IDENTITY],
      connect_webview_ids: ["w1"],
      connected_account_ids: ["a1", "a2"],
      expires_at: "2025-06-19T17:22:40.123456+02:00",
    });
    expect(await rowOf(String(session["client_session_id"]))).toMatchObject({
      created_at: NOW,
      // Rounded up: a fraction of a millisecond never makes a session due early.
      expires_at: Date.parse("2025-06-19T15:22:40.124Z"),
      revoked_at: null,
      user_identifier_key: "jane_doe",
    });
  });

  it("takes the deprecated list of one identity", async () => {
    const session = await sessionOf(post(openRoutes(), path, { user_identity_ids: [IDENTITY] }));
    expect(session).toMatchObject({ user_identity_id: IDENTITY, user_identity_ids: [IDENTITY] });
  });

  it("whose token works and is not stored in the clear", async () => {
    const session = await sessionOf(post(openRoutes(), path, {}));
    const token = String(session["token"]);
    const own = await openRoutes().request("/get", { headers: { "client-session-token": token } });
    expect(await own.json()).toStrictEqual({ client_session: session });
    expect(JSON.stringify(await rowOf(String(session["client_session_id"])))).not.toContain(token);
  });

  it("only with LETHE_SECRET: without it nothing is made", async () => {
    const response = await post(openRoutes({ keyring: null }), path, {
      user_identifier_key: "jane_doe",
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { type: "not_configured" }, ok: false });
    expect(await countSessions()).toBe(0);
  });

  it("only one for a user, however many ask at once", async () => {
    const body = { user_identifier_key: "jane_doe" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => post(openRoutes(), path, body)),
    );
    const made = answers.filter((answer) => answer.status === 200);
    expect(made).toHaveLength(path === "/create" ? 1 : 8);
    expect(await countSessions()).toBe(1);
  });
});

it("create keeps a customer, get_or_create has no such parameter", async () => {
  const customer = { customer_id: "c1", customer_key: "k1" };
  expect(await sessionOf(post(openRoutes(), "/create", customer))).toMatchObject(customer);
  expect(await sessionOf(post(openRoutes(), "/get_or_create", customer))).not.toHaveProperty(
    "customer_key",
  );
});

describe("a user who has a session", () => {
  beforeEach(async () => {
    await storeSessions(DOCUMENT_SESSION, {
      ...DOCUMENT_SESSION,
      client_session_id: "00000000-0000-4000-8000-000000000001",
      created_at: "2025-06-15T16:54:17.900Z",
      token: "seam_cst1older",
    });
  });

  it("create with POST is refused", async () => {
    const response = await post(openRoutes(), "/create", { user_identifier_key: "jane_doe" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: "client_session_token_already_exists" },
      ok: false,
    });
    expect(await countSessions()).toBe(2);
  });

  it("create with PUT answers the newest as it is", async () => {
    const response = await put({
      user_identifier_key: "jane_doe",
      expires_at: "2030-01-01T00:00:00Z",
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toStrictEqual({ client_session: DOCUMENT_SESSION, ok: true });
    expect(await countSessions()).toBe(2);
  });

  it("get answers the newest", async () => {
    const session = await sessionOf(
      post(openRoutes(), "/get", { user_identifier_key: "jane_doe" }),
    );
    expect(session).toStrictEqual(DOCUMENT_SESSION);
  });

  it("get_or_create answers the newest", async () => {
    const response = await post(openRoutes(), "/get_or_create", {
      user_identifier_key: "jane_doe",
    });
    expect(await response.json()).toStrictEqual({ client_session: DOCUMENT_SESSION, ok: true });
  });

  it("get_or_create with expires_at moves the expiry, and raises the version", async () => {
    const before = await rowOf(DOCUMENT_SESSION.client_session_id);
    const session = await sessionOf(
      post(openRoutes(), "/get_or_create", {
        user_identifier_key: "jane_doe",
        expires_at: "2026-01-01T00:00:00.000Z",
      }),
    );
    expect(session).toStrictEqual({ ...DOCUMENT_SESSION, expires_at: "2026-01-01T00:00:00.000Z" });
    expect(await rowOf(DOCUMENT_SESSION.client_session_id)).toMatchObject({
      expires_at: Date.parse("2026-01-01T00:00:00.000Z"),
      version: Number(before?.["version"]) + 1,
    });
  });

  it("another workspace's user of the same name is another user", async () => {
    const response = await post(
      openRoutes(),
      "/create",
      { user_identifier_key: "jane_doe" },
      "seam_lethe_other",
    );
    expect(response.status).toBe(200);
    expect(await countSessions()).toBe(3);
  });
});

it("a PUT without a user makes a session each time", async () => {
  await put({});
  await put({});
  expect(await countSessions()).toBe(2);
});

describe("a request without a body", () => {
  it.each([
    ["POST", "/create"],
    ["PUT", "/create"],
    ["POST", "/get_or_create"],
  ])("%s %s is a 400, as at Seam, and makes no session", async (method, path) => {
    const response = await openRoutes().request(`${path}?user_identifier_key=jane_doe`, {
      method,
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_input" } });
    expect(await countSessions()).toBe(0);
    expect((await put({})).status).toBe(200);
  });
});
