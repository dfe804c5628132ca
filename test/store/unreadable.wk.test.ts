import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { DOCUMENT_SESSION } from "../support/documented_session.ts";
import { openRoutes, post, storeSessions } from "../support/client_sessions.ts";
import { emptyStore, idsIn, store } from "../support/d1.ts";
import { by } from "../support/erasure_world.ts";
import { openWorld } from "../support/sweep_world.ts";
import { call, json, newWorld, type World } from "../support/agent_sessions.ts";
import { placeHold } from "../support/hold_request.ts";

const engine = await openWorld();
const clients = env.CUSTODIAN.getByName("client_sessions");
const agents = env.CUSTODIAN.getByName("agent_sessions");
const { workspace_id, client_session_id: ODD } = DOCUMENT_SESSION;
const OTHER = "00000000-0000-4000-8000-000000000001";
const SESSIONS = "/agents/agt_a/sessions";

/** Cuts the records of a table off, of client sessions that of one. */
async function spoil(table: string): Promise<void> {
  const where = table === "client_sessions" ? `WHERE client_session_id = '${ODD}'` : "";
  await store.prepare(`UPDATE ${table} SET record = '{"cut off' ${where}`).run();
}

describe("a client session whose record is not JSON", () => {
  const reported: unknown[] = [];
  const routes = openRoutes({
    report: (thrown) => reported.push(thrown),
    removeSession: async (ref) => clients.removeNow(ref),
  });

  beforeEach(async () => {
    await emptyStore();
    await engine.configure({});
    reported.length = 0;
    await storeSessions(DOCUMENT_SESSION, {
      client_session_id: OTHER,
      workspace_id,
      user_identifier_key: "bob",
    });
    await spoil("client_sessions");
  });

  test.each([{}, { connect_webview_id: null }, { user_identity_id: null }])(
    "is left out of a list by %j, which is told without what it holds",
    async (filter) => {
      const listed = await post(routes, "/list", filter);
      expect(listed.status).toBe(200);
      expect(await listed.json()).toMatchObject({
        client_sessions: [{ client_session_id: OTHER }],
        ok: true,
      });
      expect(reported).toMatchObject([{ name: "UnreadableRecord" }]);
      expect(String(reported[0])).not.toContain(ODD);
    },
  );

  test.each([
    ["/get", { client_session_id: ODD }],
    ["/get", { user_identifier_key: "jane_doe" }],
    ["/grant_access", { client_session_id: ODD, user_identifier_key: "ann" }],
  ])("is answered as that at %s by %j", async (path, input) => {
    const answer = await post(routes, path, input);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      ok: false,
      error: { type: "client_session_unreadable" },
    });
    expect(reported).toMatchObject([{ name: "UnreadableRecord" }]);
  });

  test("can be revoked, and deleted", async () => {
    expect((await post(routes, "/revoke", { client_session_id: ODD })).status).toBe(200);
    expect((await post(routes, "/delete", { client_session_id: ODD })).status).toBe(200);
    expect(await idsIn("client_sessions")).toEqual([OTHER]);
  });

  test("is kept by a hold that looks at what sessions say, because it may be meant", async () => {
    const hold = await placeHold(engine, {
      kind: "subject",
      identifiers: [by("customer_key", "hotel")],
    });
    expect((await post(routes, "/delete", { client_session_id: ODD })).status).toBe(409);
    expect(await idsIn("client_sessions")).toHaveLength(2);
    await engine.registrar.releaseHold(hold.id, "test");
  });
});

describe("an agent, a session or an event whose record is not JSON", () => {
  let world: World;

  beforeEach(async () => {
    await emptyStore();
    await engine.configure({});
    world = newWorld();
    world.changes = { removeSession: async (ref) => agents.removeNow(ref) };
    await call(world, "POST", "/agents", { key: "agt_a", name: "A" });
    await call(world, "POST", SESSIONS, { key: "ase_odd" });
    await call(world, "POST", `${SESSIONS}/ase_odd/events`, { type: "input_message" });
  });

  test.each([
    ["agents", "/agents"],
    ["agents", "/agents?enabled=true"],
    ["agent_sessions", SESSIONS],
    ["agent_events", `${SESSIONS}/ase_odd/events`],
  ])("of %s is left out of %s, and told of without what it holds", async (table, path) => {
    await spoil(table);
    const listed = await call(world, "GET", path);
    expect(listed.status).toBe(200);
    expect(Object.values(await json(listed))[0]).toEqual([]);
    // One that says nothing about being enabled counts as enabled, and is found and left out.
    expect(world.reported).toMatchObject([{ name: "UnreadableRecord" }]);
    expect(String(world.reported[0])).not.toContain("odd");
  });

  test.each([
    ["agents", "GET", "/agents/agt_a"],
    ["agents", "PATCH", "/agents/agt_a"],
    ["agent_sessions", "GET", `${SESSIONS}/ase_odd`],
    ["agent_sessions", "PATCH", `${SESSIONS}/ase_odd`],
  ])("of %s is answered as that to %s %s", async (table, method, path) => {
    await spoil(table);
    const body = method === "PATCH" ? { name: "B" } : undefined;
    const answer = await call(world, method, path, body);
    expect(answer.status).toBe(409);
    expect(await json(answer)).toMatchObject({ code: "conflict", request_id: "req_test" });
  });

  test("takes events, and is deleted with them, and so is its agent", async () => {
    await spoil("agents");
    await spoil("agent_sessions");
    const event = { type: "input_message" };
    expect((await call(world, "POST", `${SESSIONS}/ase_odd/events`, event)).status).toBe(201);
    expect((await call(world, "DELETE", `${SESSIONS}/ase_odd`)).status).toBe(204);
    expect(await idsIn("agent_sessions")).toEqual([]);
    expect(await idsIn("agent_events")).toEqual([]);
    expect((await call(world, "DELETE", "/agents/agt_a")).status).toBe(204);
  });
});
