import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { call, newWorld } from "../../support/agent_sessions.ts";
import { DELETED_ID, openRoutes, post } from "../../support/client_sessions.ts";
import { countingTurn, emptyStore, openStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { hurried, hurry, openErasure } from "../../support/hurry.ts";
import { createHarness } from "../../support/openapi/harness.ts";
import { addClientSessions, sweepOnce } from "../../support/sweep_world.ts";

// Nothing here applies the migrations before the last test: the database is as a first deployment makes it.

await dropTables();
const engine = await openEngine();
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };

/** Storage begins empty with each file, except that a busy machine has left the tables of an earlier one. */
async function dropTables(): Promise<void> {
  const { results } = await env.STORE.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
  ).all<{ name: string }>();
  for (const { name } of results) {
    await env.STORE.exec(`DROP TABLE ${name}`);
  }
}

describe("a database without its tables", () => {
  test("is told by the source, and is neither a failure of the database nor an empty store", async () => {
    const ref = { scope: "w1", id: "a" };
    const source = openStore("client_sessions");
    expect(await source.read(ref, countingTurn())).toMatchObject({
      ok: false,
      error: { kind: "unmigrated", detail: expect.stringContaining("apply the migrations") },
    });
  });

  test("ends a sweep at once, by its own code", async () => {
    const report = await sweepOnce(engine, POLICY);
    expect(report).toMatchObject({ status: "failed", error: { code: "migrations_missing" } });
    expect(JSON.stringify(report)).not.toContain("SQLITE");
    const { sources } = await engine.registrar.health();
    expect(sources["client_sessions"]).toMatchObject({
      status: "failing",
      detail: "migrations_missing",
    });
  });

  test("is told by the API and by the embedded store", async () => {
    const custodian = (source: string) => env.CUSTODIAN.getByName(source);
    const { ask } = await createHarness({}, { custodian });
    const session = {
      client_session_id: "a",
      workspace_id: "w",
      created_at: "2026-01-01T00:00:00Z",
    };
    const imported = await ask("/v1/sessions/import", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: JSON.stringify({ source: "client_sessions", session }),
    });
    expect([imported.status, imported.body["code"]]).toEqual([503, "migrations_missing"]);
    const ref = { source: "client_sessions", scope: "w1", id: "a" };
    const explained = await ask("/v1/explain", { method: "POST", json: ref });
    expect([explained.status, explained.body["code"]]).toEqual([503, "migrations_missing"]);
    const seam = await post(openRoutes({ report: () => {} }), "/get", {
      client_session_id: DELETED_ID,
    });
    expect(seam.status).toBe(503);
    expect(await seam.json()).toMatchObject({ error: { type: "migrations_missing" } });
    const vectara = await call(newWorld(), "GET", "/agents/agt_1");
    expect(vectara.status).toBe(503);
    expect(await vectara.json()).toMatchObject({ code: "migrations_missing" });
  });

  test("is not what is told where a Durable Object misses a column of its own", async () => {
    const message = await runInDurableObject(engine.registrar, (_instance, { storage }) => {
      try {
        storage.sql.exec("SELECT missing FROM sweeps");
        return "";
      } catch (thrown) {
        return thrown instanceof Error ? thrown.message : "";
      }
    });
    expect(message).toContain("no such column: missing");
    const { ask, lines, registrar } = await createHarness();
    registrar.fault = new Error(message);
    expect((await ask("/v1/sweeps/swp_a")).body).toMatchObject({ status: 500, code: "internal" });
    expect(lines.map(({ event }) => event)).toContain("http.fault");
  });

  test("holds an erasure up until the tables are there", async () => {
    const id = await openErasure(engine);
    const stalled = await hurried(
      engine,
      id,
      "client_sessions",
      ({ status }) => status === "stalled",
    );
    expect(stalled.finished_at).toBeNull();
    expect(stalled.sources["client_sessions"]?.error).toMatchObject({
      code: "stalled",
      message: expect.stringContaining("apply the migrations"),
    });
    await emptyStore();
    await addClientSessions([{ id: "a", person: "jane_doe" }]);
    await hurry("client_sessions");
    await hurry("agent_sessions");
    const report = await engine.erasure(id);
    expect(report).toMatchObject({
      status: "completed",
      sources: { client_sessions: { dispositions: { deleted: 1 } } },
    });
    expect(await sweepOnce(engine, POLICY)).toMatchObject({ status: "completed" });
  });
});
