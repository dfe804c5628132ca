import { beforeEach, describe, expect, test } from "vitest";
import { emptyStore } from "../../support/d1.ts";
import { call, json, newWorld, type World } from "../../support/agent_sessions.ts";

const SESSION = "/agents/agt_customer_support/sessions/ase_customer_support_001";

let world: World;

beforeEach(async () => {
  await emptyStore();
  world = newWorld();
  await call(world, "POST", "/agents", { key: "agt_customer_support", name: "Support" });
  await call(world, "POST", "/agents/agt_customer_support/sessions", {
    key: "ase_customer_support_001",
  });
});

describe("DELETE of a session, by the document", () => {
  test("204 with zero bytes, and the session is gone with its events", async () => {
    await call(world, "POST", `${SESSION}/events`, { type: "input_message" });
    const answer = await call(world, "DELETE", SESSION);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("content-type")).toBeNull();
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    expect(world.removed).toEqual([
      { scope: "agt_customer_support", id: "ase_customer_support_001" },
    ]);
    expect((await call(world, "GET", SESSION)).status).toBe(404);
    expect((await call(world, "GET", `${SESSION}/events`)).status).toBe(404);
  });

  test.for([
    ["a sign outside the pattern", "agents/agt_x!/sessions/ase_1", ["agent_id"]],
    ["an agent without the prefix", "agents/support/sessions/ase_1", ["agent_id"]],
    ["a session without the prefix", "agents/agt_x/sessions/1", ["session_id"]],
    ["prefixes alone", "agents/agt_/sessions/ase_", ["agent_id", "session_id"]],
    ["another case, a space", "agents/AGT_x/sessions/ase_%20", ["agent_id", "session_id"]],
    ["a very long id", `agents/agt_${"x".repeat(200)}/sessions/ase_1`, ["agent_id"]],
  ] as const)("400 invalid_request for %s", async ([, path, fields]) => {
    const answer = await call(world, "DELETE", `/${path}`);
    expect(answer.status).toBe(400);
    const body = await json(answer);
    expect(body).toMatchObject({ code: "invalid_request", request_id: "req_test" });
    expect(Object.keys(body["field_errors"] as object)).toEqual(fields);
    expect(body["messages"]).toHaveLength(1);
  });

  test.for([[null], ["seam_lethe_unknown"], [""]] as const)(
    "401 unauthorized with the key %s",
    async ([key]) => {
      const answer = await call(world, "DELETE", SESSION, undefined, { key });
      expect(answer.status).toBe(401);
      expect(await json(answer)).toEqual({
        code: "unauthorized",
        messages: [expect.any(String)],
        request_id: "req_test",
      });
    },
  );

  test("403 forbidden for a key without sessions:delete", async () => {
    for (const key of ["seam_lethe_read", "seam_lethe_write"]) {
      const answer = await call(world, "DELETE", SESSION, undefined, { key });
      expect(answer.status).toBe(403);
      expect(await json(answer)).toMatchObject({ code: "forbidden", request_id: "req_test" });
    }
    const allowed = await call(world, "DELETE", SESSION, undefined, { key: "seam_lethe_delete" });
    expect(allowed.status).toBe(204);
  });

  test("404 agent_not_found and session_not_found are told apart", async () => {
    const noAgent = await call(world, "DELETE", "/agents/agt_none/sessions/ase_none");
    expect(noAgent.status).toBe(404);
    expect(await json(noAgent)).toEqual({
      code: "agent_not_found",
      id: "agt_none",
      messages: [expect.any(String)],
      request_id: "req_test",
    });
    const noSession = await call(world, "DELETE", "/agents/agt_customer_support/sessions/ase_none");
    expect(noSession.status).toBe(404);
    expect(await json(noSession)).toMatchObject({ code: "session_not_found", id: "ase_none" });
  });

  test("429 rate_limit_exceeded with Retry-After", async () => {
    world.changes = { rateLimit: async () => 7 };
    const answer = await call(world, "DELETE", SESSION);
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await json(answer)).toMatchObject({
      code: "rate_limit_exceeded",
      messages: [expect.any(String)],
      request_id: "req_test",
    });
  });

  test("429 by address without a good key: guessing is slow", async () => {
    world.changes = { rateLimit: async (key) => (key === null ? 7 : null) };
    for (const key of [null, "seam_lethe_guessed"]) {
      const answer = await call(world, "DELETE", SESSION, undefined, { key });
      expect(answer.status).toBe(429);
      expect(answer.headers.get("retry-after")).toBe("7");
      expect(await json(answer)).toMatchObject({ code: "rate_limit_exceeded" });
    }
    expect((await call(world, "DELETE", SESSION)).status).toBe(204);
  });

  test("403 while a hold keeps it, with what may be said of the reason", async () => {
    for (const [reason, message] of [
      ["case 12", "A hold keeps the session: case 12"],
      [null, "A hold keeps the session"],
    ] as const) {
      world.changes = { removeSession: async () => ({ kind: "held", public_reason: reason }) };
      const answer = await call(world, "DELETE", SESSION);
      expect(answer.status).toBe(403);
      expect(await json(answer)).toMatchObject({ code: "forbidden", messages: [message] });
    }
  });

  test("503 while removals are paused, with the time to wait", async () => {
    world.changes = { removeSession: async () => ({ kind: "paused", until: null }) };
    const answer = await call(world, "DELETE", SESSION);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("60");
  });

  test("503 when it is not known, and 404 when it went in between", async () => {
    world.changes = { removeSession: async () => ({ kind: "unavailable" }) };
    const answer = await call(world, "DELETE", SESSION);
    expect(answer.status).toBe(503);
    expect(answer.headers.has("retry-after")).toBe(true);
    world.changes = { removeSession: async () => ({ kind: "absent" }) };
    const absent = await call(world, "DELETE", SESSION);
    expect(await json(absent)).toMatchObject({ code: "session_not_found" });
  });
});

test("without LETHE_SECRET no agent session is created", async () => {
  world.changes = { keyring: null };
  const answer = await call(world, "POST", "/agents/agt_customer_support/sessions", {});
  expect(answer.status).toBe(503);
  expect(await json(answer)).toMatchObject({
    code: "not_configured",
    messages: [expect.stringContaining("LETHE_SECRET")],
  });
  const list = await json(await call(world, "GET", "/agents/agt_customer_support/sessions"));
  expect(list["sessions"]).toHaveLength(1);
});

describe("the order of checks", () => {
  test("401, 429, 403, 400, agent, session: each hides the ones after it", async () => {
    const path = "/agents/agt_none!/sessions/ase_none";
    const limited = { rateLimit: async (key: unknown) => (key === null ? null : 1) };
    world.changes = limited;
    expect((await call(world, "DELETE", path, undefined, { key: null })).status).toBe(401);
    expect((await call(world, "DELETE", path, undefined, { key: "seam_lethe_read" })).status).toBe(
      429,
    );
    world.changes = {};
    expect((await call(world, "DELETE", path, undefined, { key: "seam_lethe_read" })).status).toBe(
      403,
    );
    expect((await call(world, "DELETE", path)).status).toBe(400);
  });

  test("an unknown path is a 404 and an unknown method a 405, whoever asks", async () => {
    const nowhere = await call(world, "GET", "/nowhere", undefined, { key: null });
    expect(nowhere.status).toBe(404);
    expect(await json(nowhere)).toMatchObject({ code: "not_found" });
    const put = await call(world, "PUT", SESSION, {}, { key: null });
    expect(put.status).toBe(405);
    expect(put.headers.get("allow")).toBe("GET, PATCH, DELETE, HEAD");
  });

  test("a key is taken as x-api-key and as Bearer", async () => {
    const answer = await call(world, "GET", SESSION, undefined, {
      key: null,
      headers: { authorization: "Bearer seam_lethe_read" },
    });
    expect(answer.status).toBe(200);
  });

  test("nothing is served while no source of agent sessions is embedded", async () => {
    world.changes = { config: { api_keys: [], sources: new Map() } };
    expect((await call(world, "DELETE", SESSION)).status).toBe(404);
  });

  test("what is thrown is reported, and answered with a 500 that says nothing of it", async () => {
    world.changes = {
      removeSession: async () => {
        throw new Error("of ase_customer_support_001");
      },
    };
    const answer = await call(world, "DELETE", SESSION);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("ase_customer_support_001");
    expect(world.reported).toHaveLength(1);
  });
});

describe("bodies", () => {
  const SESSIONS = "/agents/agt_customer_support/sessions";

  test("over 256 KiB: 413, before anything is parsed", async () => {
    const answer = await call(world, "POST", SESSIONS, `"${"x".repeat(256 * 1024)}`);
    expect(answer.status).toBe(413);
    expect(await json(answer)).toMatchObject({ code: "payload_too_large" });
  });

  test("another content type: 415", async () => {
    const answer = await call(world, "POST", SESSIONS, "{}", {
      headers: { "content-type": "text/plain" },
    });
    expect(answer.status).toBe(415);
    expect(await json(answer)).toMatchObject({ code: "unsupported_media_type" });
  });

  test.for([
    ["no JSON", "{", "body"],
    ["no object", "[]", "body"],
    ["an unknown field", '{"colour":"red"}', "colour"],
    ["a key without the prefix", '{"key":"001"}', "key"],
    ["a name that is no text", '{"name":5}', "name"],
    ["metadata that is a list", '{"metadata":[]}', "metadata"],
    ["a time to idle", '{"tti_minutes":5}', "tti_minutes"],
    ["secrets", '{"secrets":{}}', "secrets"],
    ["a fork", '{"from_session":{}}', "from_session"],
    ["half a parent", '{"created_by_agent_key":"agt_x"}', "created_by_session_key"],
    ["deep nesting", `{"metadata":${'{"a":'.repeat(40)}1${"}".repeat(40)}}`, "body"],
    ["a large session", JSON.stringify({ metadata: { note: "x".repeat(70_000) } }), "metadata"],
  ] as const)("400 for %s names the field, and changes nothing", async ([, body, field]) => {
    const answer = await call(world, "POST", SESSIONS, body);
    expect(answer.status).toBe(400);
    const problem = await json(answer);
    expect(problem["code"]).toBe("invalid_request");
    expect(Object.keys(problem["field_errors"] as object)).toEqual([field]);
    const list = await json(await call(world, "GET", SESSIONS));
    expect(list["sessions"]).toHaveLength(1);
  });

  test.for([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=5&limit=6", "limit"],
    ["page_key=zzz", "page_key"],
    ["filter=x", "filter"],
    ["metadata_filter=user_id%20%3D%201", "metadata_filter"],
    ["user_id=1", "user_id"],
  ] as const)("400 for the query %s: a filter is never ignored", async ([query, field]) => {
    const answer = await call(world, "GET", `${SESSIONS}?${query}`);
    expect(answer.status).toBe(400);
    const problem = await json(answer);
    expect(Object.keys(problem["field_errors"] as object)).toEqual([field]);
  });
});
