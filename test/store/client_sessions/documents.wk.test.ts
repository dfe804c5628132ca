import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";
import {
  DELETED_ID,
  emptyStore,
  KEY,
  openRoutes,
  post,
  rowOf,
  sessionOf,
  storeSessions,
} from "../../support/client_sessions.ts";

beforeEach(async () => {
  await emptyStore();
  await storeSessions(DOCUMENT_SESSION, {
    ...DOCUMENT_SESSION,
    client_session_id: DELETED_ID,
    token: "seam_cst1other",
    user_identifier_key: "john_doe",
  });
});

describe("the document Get a Client Session", () => {
  it("answers its example by id, character for character", async () => {
    const response = await post(openRoutes(), "/get", {
      client_session_id: "c2cbd177-1ace-414b-bb1e-9f129e4a05c1",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("seam-request-id")).toBe("req_test");
    expect(await response.text()).toBe(JSON.stringify({ client_session: DOCUMENT_SESSION }));
  });

  it("answers its example by user identifier key", async () => {
    const response = await post(openRoutes(), "/get", { user_identifier_key: "jane_doe" });
    expect(await response.json()).toStrictEqual({ client_session: DOCUMENT_SESSION });
  });

  it("takes the parameters of a GET from the query", async () => {
    const response = await openRoutes().request("/get?user_identifier_key=jane_doe&_strict=true", {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(await response.json()).toStrictEqual({ client_session: DOCUMENT_SESSION });
  });

  it("keeps keys it does not know, and adds none", async () => {
    const odd = {
      client_session_id: "odd",
      workspace_id: DOCUMENT_SESSION.workspace_id,
      mood: [1],
    };
    await storeSessions({ ...odd, user_identifier_key: "odd_one" });
    const response = await post(openRoutes(), "/get", { user_identifier_key: "odd_one" });
    expect(await response.json()).toStrictEqual({
      client_session: { ...odd, user_identifier_key: "odd_one" },
    });
  });
});

describe("the document Delete a Client Session", () => {
  it("answers its example with an empty object, and the session is gone", async () => {
    const routes = openRoutes();
    const response = await post(routes, "/delete", { client_session_id: DELETED_ID });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("{}");
    expect(await rowOf(DELETED_ID)).toBeNull();
    const again = await post(routes, "/delete", { client_session_id: DELETED_ID });
    expect(again.status).toBe(404);
    expect(await rowOf(DOCUMENT_SESSION.client_session_id)).not.toBeNull();
  });

  it("takes the id of a DELETE from the query", async () => {
    const response = await openRoutes().request(
      `/delete?client_session_id=${DELETED_ID}&_strict=true`,
      {
        method: "DELETE",
        headers: { authorization: `Bearer ${KEY}` },
      },
    );
    expect(response.status).toBe(200);
    expect(await rowOf(DELETED_ID)).toBeNull();
  });
});

it("stores no token in the clear", async () => {
  const row = JSON.stringify(await rowOf(DOCUMENT_SESSION.client_session_id));
  expect(row).toContain("jane_doe");
  expect(row).not.toContain(DOCUMENT_SESSION.token);
});

it("opens no token that was moved to another session", async () => {
  await env.STORE.prepare(
    `UPDATE client_sessions SET token_hash = 'moved', token_sealed =
       (SELECT token_sealed FROM client_sessions WHERE client_session_id = ?1)
     WHERE client_session_id = ?2`,
  )
    .bind(DOCUMENT_SESSION.client_session_id, DELETED_ID)
    .run();
  const moved = await sessionOf(post(openRoutes(), "/get", { client_session_id: DELETED_ID }));
  expect(moved["token"]).toBeNull();
});
