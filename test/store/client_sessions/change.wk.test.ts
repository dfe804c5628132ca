import { beforeEach, describe, expect, it } from "vitest";
import type { RemoveNowAnswer } from "../../../src/contract/custodian.ts";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  emptyStore,
  NOW,
  openRoutes,
  post,
  rowOf,
  sessionOf,
  storeSessions,
} from "../../support/client_sessions.ts";

const ID = DOCUMENT_SESSION.client_session_id;
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

beforeEach(async () => {
  await emptyStore();
  await storeSessions(DOCUMENT_SESSION);
});

async function versionOf(id: string): Promise<number> {
  return Number((await rowOf(id))?.["version"]);
}

describe("grant_access", () => {
  it("adds to what there is, without repeating it, and answers the session", async () => {
    const before = await versionOf(ID);
    const response = await post(openRoutes(), "/grant_access", {
      client_session_id: ID,
      connect_webview_ids: ["w2", ...DOCUMENT_SESSION.connect_webview_ids],
      connected_account_ids: ["a2"],
    });
    expect(await response.json()).toStrictEqual({
      client_session: {
        ...DOCUMENT_SESSION,
        connect_webview_ids: [...DOCUMENT_SESSION.connect_webview_ids, "w2"],
        connected_account_ids: [...DOCUMENT_SESSION.connected_account_ids, "a2"],
      },
      ok: true,
    });
    expect(await versionOf(ID)).toBe(before + 1);
  });

  it.each([{ user_identity_id: "i2" }, { user_identity_ids: ["i2"] }])(
    "%j sets the identity of a user's newest session",
    async (identity) => {
      const body = { user_identifier_key: "jane_doe", ...identity };
      expect(await sessionOf(post(openRoutes(), "/grant_access", body))).toMatchObject({
        client_session_id: ID,
        user_identity_id: "i2",
        user_identity_ids: ["i2"],
      });
    },
  );

  it("gives a session to a user, who then finds it", async () => {
    await post(openRoutes(), "/grant_access", {
      client_session_id: ID,
      user_identifier_key: "john_doe",
    });
    const found = await sessionOf(post(openRoutes(), "/get", { user_identifier_key: "john_doe" }));
    expect(found["client_session_id"]).toBe(ID);
    expect((await post(openRoutes(), "/get", { user_identifier_key: "jane_doe" })).status).toBe(
      404,
    );
  });

  it("loses no grant of several at once", async () => {
    const accounts = ["a1", "a2", "a3"];
    const answers = await Promise.all(
      accounts.map(async (account) =>
        post(openRoutes(), "/grant_access", {
          client_session_id: ID,
          connected_account_ids: [account],
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toStrictEqual([200, 200, 200]);
    const session = await sessionOf(post(openRoutes(), "/get", { client_session_id: ID }));
    expect(session["connected_account_ids"]).toHaveLength(4);
  });

  it("does not let a record grow without end", async () => {
    const before = await rowOf(ID);
    const ids = Array.from({ length: 2000 }, (_, i) => `account-${i}-${"x".repeat(30)}`);
    const body = { client_session_id: ID, connected_account_ids: ids };
    expect((await post(openRoutes(), "/grant_access", body)).status).toBe(400);
    expect(await rowOf(ID)).toStrictEqual(before);
  });

  it.each([
    { client_session_id: UNKNOWN, connect_webview_ids: ["w"] },
    { user_identifier_key: "nobody", connect_webview_ids: ["w"] },
    { connect_webview_ids: ["w"] },
  ])("%j names no session", async (body) => {
    const response = await post(openRoutes(), "/grant_access", body);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { type: "client_session_not_found" },
      ok: false,
    });
  });
});

describe("revoke", () => {
  it("keeps the record as it is, raises the version, and the first time counts", async () => {
    const before = await versionOf(ID);
    const response = await post(openRoutes(), "/revoke", { client_session_id: ID });
    expect(await response.json()).toStrictEqual({ ok: true });
    await post(openRoutes({ now: () => NOW + 5000 }), "/revoke", { client_session_id: ID });
    expect(await rowOf(ID)).toMatchObject({ revoked_at: NOW, version: before + 2 });
    const read = await post(openRoutes(), "/get", { client_session_id: ID });
    expect(await read.json()).toStrictEqual({ client_session: DOCUMENT_SESSION });
  });

  it("of an unknown session is a 404", async () => {
    expect((await post(openRoutes(), "/revoke", { client_session_id: UNKNOWN })).status).toBe(404);
  });
});

describe("delete", () => {
  it.each<[RemoveNowAnswer, number, object, string | null]>([
    [{ kind: "deleted" }, 200, {}, null],
    [{ kind: "absent" }, 404, { error: { type: "client_session_not_found" }, ok: false }, null],
    [
      { kind: "held", public_reason: "case 12" },
      409,
      {
        error: {
          type: "client_session_held",
          message: "A hold keeps the client session: case 12",
        },
        ok: false,
      },
      null,
    ],
    [
      { kind: "held", public_reason: null },
      409,
      { error: { type: "client_session_held", message: "A hold keeps the client session" } },
      null,
    ],
    [
      { kind: "paused", until: null },
      503,
      { error: { type: "service_unavailable" }, ok: false },
      "60",
    ],
    [
      { kind: "paused", until: NOW + 20_000 },
      503,
      { error: { type: "service_unavailable" }, ok: false },
      "20",
    ],
    [{ kind: "unavailable" }, 503, { error: { type: "service_unavailable" }, ok: false }, "5"],
  ])("answers what the Custodian says: %j", async (removal, status, body, after) => {
    const asked: unknown[] = [];
    const routes = openRoutes({
      removeSession: async (ref) => {
        asked.push(ref);
        return removal;
      },
    });
    const response = await post(routes, "/delete", { client_session_id: ID });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(body);
    expect(response.headers.get("retry-after")).toBe(after);
    expect(asked).toStrictEqual([{ scope: DOCUMENT_SESSION.workspace_id, id: ID }]);
    // The route has no SQL of its own for this: what the Custodian left is still there.
    expect(await rowOf(ID)).not.toBeNull();
  });

  it("asks nobody about a session that is not there", async () => {
    const routes = openRoutes({
      removeSession: async () => {
        throw new Error("asked for nothing");
      },
    });
    expect((await post(routes, "/delete", { client_session_id: UNKNOWN })).status).toBe(404);
  });
});

it("an id in two of a key's workspaces is the first one's", async () => {
  await storeSessions({
    ...DOCUMENT_SESSION,
    workspace_id: "11111111-2222-4333-8444-555555555555",
    token: "seam_cst1twin",
  });
  const session = await sessionOf(
    post(openRoutes(), "/get", { client_session_id: ID }, "seam_lethe_both"),
  );
  expect(session["token"]).toBe("seam_cst1twin");
});
