import { beforeEach, describe, expect, test } from "vitest";
import { importSessions } from "../../../src/store/import/import.ts";
import { emptyStore, NOW, store } from "../../support/d1.ts";
import { call, CONFIG, json, newWorld, type World } from "../../support/agent_sessions.ts";

const AGENT = "/agents/agt_a";
const SESSIONS = `${AGENT}/sessions`;

let world: World;

beforeEach(async () => {
  await emptyStore();
  world = newWorld();
  await call(world, "POST", "/agents", { key: "agt_a", name: "A" });
});

async function row(key: string) {
  return store
    .prepare("SELECT version, last_active_at, created_at FROM agent_sessions WHERE session_key = ?")
    .bind(key)
    .first<{ version: number; last_active_at: number; created_at: number }>();
}

describe("agents", () => {
  test("are created with a key of their own or a generated one", async () => {
    const made = await call(world, "POST", "/agents", { name: "B" });
    expect(made.status).toBe(201);
    const agent = await json(made);
    expect(agent["key"]).toMatch(/^agt_[0-9a-z]{26}$/);
    expect(agent).toMatchObject({ id: agent["key"], name: "B", enabled: true });
    expect(await json(await call(world, "GET", `/agents/${String(agent["key"])}`))).toEqual(agent);
    const again = await call(world, "POST", "/agents", { key: "agt_a", name: "A" });
    expect(again.status).toBe(409);
    expect(await json(again)).toMatchObject({ code: "agent_already_exists" });
  });

  test("are listed by page, all or the enabled ones", async () => {
    for (const key of ["agt_b", "agt_c", "agt_d"]) {
      await call(world, "POST", "/agents", { key, name: key, enabled: key !== "agt_c" });
    }
    const first = await json(await call(world, "GET", "/agents?limit=3"));
    expect((first["agents"] as { key: string }[]).map(({ key }) => key)).toEqual([
      "agt_a",
      "agt_b",
      "agt_c",
    ]);
    const { page_key: pageKey } = first["metadata"] as { page_key: string };
    const rest = await json(await call(world, "GET", `/agents?limit=3&page_key=${pageKey}`));
    expect(rest).toMatchObject({ agents: [{ key: "agt_d" }], metadata: {} });
    const disabled = await json(await call(world, "GET", "/agents?enabled=false"));
    expect(disabled["agents"]).toMatchObject([{ key: "agt_c" }]);
  });

  test("are changed field by field", async () => {
    world.now += 1000;
    const changed = await call(world, "PATCH", AGENT, { description: "of A" });
    expect(changed.status).toBe(200);
    expect(await json(changed)).toMatchObject({
      name: "A",
      description: "of A",
      updated_at: new Date(NOW + 1000).toISOString(),
    });
    expect((await call(world, "PATCH", "/agents/agt_none", {})).status).toBe(404);
  });

  test("are deleted only without sessions", async () => {
    await call(world, "POST", SESSIONS, { key: "ase_1" });
    const refused = await call(world, "DELETE", AGENT);
    expect(refused.status).toBe(409);
    expect(await json(refused)).toMatchObject({ code: "agent_in_use" });
    await call(world, "DELETE", `${SESSIONS}/ase_1`);
    const deleted = await call(world, "DELETE", AGENT);
    expect(deleted.status).toBe(204);
    expect(await deleted.text()).toBe("");
    expect(await json(await call(world, "DELETE", AGENT))).toMatchObject({
      code: "agent_not_found",
    });
  });
});

describe("sessions", () => {
  test.for([["id"], ["key"]] as const)(
    "imported with %s alone answer with id beside key, and keep the rest as given",
    async ([field]) => {
      const session = {
        [field]: "ase_moved",
        agent_key: "agt_a",
        created_at: "2024-01-15T10:30:00Z",
        own: { kept: [1.5, null] },
      };
      const lines = JSON.stringify({ source: "agent_sessions", session });
      const imported = await importSessions(new TextEncoder().encode(lines), {
        store,
        sources: CONFIG.sources,
        workspaces: null,
        agents: null,
        keyring: CONFIG.keyring,
        now: () => world.now,
        random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      });
      expect(imported).toEqual({
        ok: true,
        value: { imported: 1, undated: {}, sources: ["agent_sessions"] },
      });
      const whole = { ...session, id: "ase_moved", key: "ase_moved" };
      expect(await json(await call(world, "GET", `${SESSIONS}/ase_moved`))).toEqual(whole);
      const list = await json(await call(world, "GET", SESSIONS));
      expect(list["sessions"]).toEqual([whole]);
      const changed = await call(world, "PATCH", `${SESSIONS}/ase_moved`, { name: "N" });
      expect(await json(changed)).toEqual({ ...whole, name: "N" });
    },
  );

  test("are created with Vectara's fields, id beside key", async () => {
    const made = await call(world, "POST", SESSIONS, {
      key: "ase_1",
      name: "One",
      metadata: { user_id: 5 },
    });
    expect(made.status).toBe(201);
    const session = await json(made);
    expect(session).toEqual({
      id: "ase_1",
      key: "ase_1",
      agent_key: "agt_a",
      name: "One",
      metadata: { user_id: 5 },
      enabled: true,
      status: "unstarted",
      tti_minutes: 0,
      created_at: new Date(NOW).toISOString(),
    });
    expect(await json(await call(world, "GET", `${SESSIONS}/ase_1`))).toEqual(session);
    expect(await row("ase_1")).toMatchObject({ created_at: NOW, last_active_at: NOW });
    const generated = await json(await call(world, "POST", SESSIONS, {}));
    expect(generated["key"]).toMatch(/^ase_[0-9a-z]{26}$/);
    const again = await call(world, "POST", SESSIONS, { key: "ase_1" });
    expect(again.status).toBe(409);
    const nowhere = await call(world, "POST", "/agents/agt_none/sessions", {});
    expect(await json(nowhere)).toMatchObject({ code: "agent_not_found" });
  });

  test("are listed by page within their agent", async () => {
    await call(world, "POST", "/agents", { key: "agt_b", name: "B" });
    await call(world, "POST", "/agents/agt_b/sessions", { key: "ase_other" });
    for (let n = 0; n < 12; n++) {
      await call(world, "POST", SESSIONS, { key: `ase_${String(n).padStart(2, "0")}` });
    }
    const first = await json(await call(world, "GET", SESSIONS));
    expect(first["sessions"]).toHaveLength(10);
    const { page_key: pageKey } = first["metadata"] as { page_key: string };
    const rest = await json(await call(world, "GET", `${SESSIONS}?page_key=${pageKey}`));
    expect(rest).toMatchObject({
      sessions: [{ key: "ase_10" }, { key: "ase_11" }],
      metadata: {},
    });
    expect((await call(world, "GET", "/agents/agt_none/sessions")).status).toBe(404);
  });

  test("every write raises the version; a change is no activity", async () => {
    await call(world, "POST", SESSIONS, { key: "ase_1", metadata: { a: 1, b: 2 } });
    const before = await row("ase_1");
    world.now += 5000;
    const changed = await call(world, "PATCH", `${SESSIONS}/ase_1`, { metadata: { a: 3 } });
    expect(await json(changed)).toMatchObject({ metadata: { a: 3 } });
    expect(await row("ase_1")).toEqual({ ...before, version: (before?.version ?? 0) + 1 });
  });
});

describe("events", () => {
  test("are stored as given, and raise activity and version", async () => {
    await call(world, "POST", SESSIONS, { key: "ase_1" });
    const before = await row("ase_1");
    world.now += 60_000;
    const made = await call(world, "POST", `${SESSIONS}/ase_1/events`, {
      type: "input_message",
      messages: [{ type: "text", content: "hello" }],
    });
    expect(made.status).toBe(201);
    const event = await json(made);
    expect(event).toEqual({
      id: expect.stringMatching(/^aev_[0-9a-z]{26}$/),
      session_key: "ase_1",
      type: "input_message",
      messages: [{ type: "text", content: "hello" }],
      created_at: new Date(world.now).toISOString(),
    });
    expect(await row("ase_1")).toEqual({
      created_at: NOW,
      last_active_at: world.now,
      version: (before?.version ?? 0) + 1,
    });
    expect(await json(await call(world, "GET", `${SESSIONS}/ase_1`))).toMatchObject({
      status: "stopped",
    });
  });

  test("never move the activity back", async () => {
    await call(world, "POST", SESSIONS, { key: "ase_1" });
    world.now -= 60_000;
    await call(world, "POST", `${SESSIONS}/ase_1/events`, { type: "input_message" });
    expect(await row("ase_1")).toMatchObject({ last_active_at: NOW });
  });

  test("are listed oldest first, page by page", async () => {
    await call(world, "POST", SESSIONS, { key: "ase_1" });
    for (const type of ["one", "two", "three"]) {
      world.now += 1;
      await call(world, "POST", `${SESSIONS}/ase_1/events`, { type });
    }
    const first = await json(await call(world, "GET", `${SESSIONS}/ase_1/events?limit=2`));
    expect(first["events"]).toMatchObject([{ type: "one" }, { type: "two" }]);
    const { page_key: pageKey } = first["metadata"] as { page_key: string };
    const path = `${SESSIONS}/ase_1/events?limit=2&page_key=${pageKey}`;
    expect(await json(await call(world, "GET", path))).toMatchObject({
      events: [{ type: "three" }],
      metadata: {},
    });
  });

  test("need a session and a type, and set neither id nor time", async () => {
    await call(world, "POST", SESSIONS, { key: "ase_1" });
    const missing = await call(world, "POST", `${SESSIONS}/ase_none/events`, { type: "x" });
    expect(await json(missing)).toMatchObject({ code: "session_not_found", id: "ase_none" });
    const bodies = [
      {},
      { type: "x", id: "aev_1" },
      { type: "x", created_at: "2020-01-01T00:00:00Z" },
    ];
    for (const body of bodies) {
      const answer = await call(world, "POST", `${SESSIONS}/ase_1/events`, body);
      expect(answer.status).toBe(400);
    }
    expect(await json(await call(world, "GET", `${SESSIONS}/ase_1/events`))).toMatchObject({
      events: [],
    });
  });
});

describe("keys without the document's prefix, as Vectara's are", () => {
  const lines = [
    {
      session: { key: "s-1", agent_key: "support", created_at: "2024-01-15T10:30:00Z" },
      events: [{ id: "e1", created_at: "2024-01-15T10:31:00Z" }],
    },
    { session: { key: "2", agent_key: "agt_a", created_at: "2024-01-15T10:30:00Z" } },
  ];

  beforeEach(async () => {
    const text = lines.map((line) => JSON.stringify({ source: "agent_sessions", ...line }));
    const imported = await importSessions(new TextEncoder().encode(text.join("\n")), {
      store,
      sources: CONFIG.sources,
      workspaces: null,
      agents: null,
      keyring: CONFIG.keyring,
      now: () => world.now,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    });
    if (!imported.ok) {
      throw new Error(JSON.stringify(imported.error));
    }
  });

  test("are served by every route, once they were imported", async () => {
    const session = "/agents/support/sessions/s-1";
    expect(await json(await call(world, "GET", session))).toMatchObject({ key: "s-1" });
    expect((await call(world, "PATCH", session, { name: "N" })).status).toBe(200);
    expect(await json(await call(world, "GET", `${session}/events`))).toMatchObject({
      events: [{ id: "e1" }],
    });
    expect((await call(world, "POST", `${session}/events`, { type: "input_message" })).status).toBe(
      201,
    );
    expect(await json(await call(world, "GET", "/agents/support"))).toMatchObject({
      key: "support",
    });
    const listed = await json(await call(world, "GET", "/agents/support/sessions"));
    expect(listed["sessions"]).toMatchObject([{ key: "s-1" }]);
    expect((await call(world, "DELETE", session)).status).toBe(204);
    expect((await call(world, "DELETE", "/agents/agt_a/sessions/2")).status).toBe(204);
    expect(world.removed).toEqual([
      { scope: "support", id: "s-1" },
      { scope: "agt_a", id: "2" },
    ]);
  });

  test.each([
    ["/agents/support/sessions/s-2", 400, ["session_id"]],
    ["/agents/other/sessions/s-1", 400, ["agent_id", "session_id"]],
    ["/agents/support/sessions/ase_none", 404, []],
    ["/agents/agt_a/sessions/s-1", 400, ["session_id"]],
  ])("that somebody made up are none: %s is a %d", async (path, status, fields) => {
    const answer = await call(world, "GET", path);
    expect(answer.status).toBe(status);
    expect(Object.keys((await json(answer))["field_errors"] ?? {})).toEqual(fields);
  });
});
