import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { createHarness, keyFor, type Harness } from "./openapi_harness.ts";

beforeAll(async () => {
  await applyD1Migrations(env.STORE, inject("migrations"));
});

beforeEach(async () => {
  await env.STORE.exec("DELETE FROM client_sessions");
});

const WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

function line(id: string, source = "client_sessions", workspace = WORKSPACE): string {
  const session = {
    client_session_id: id,
    workspace_id: workspace,
    created_at: "2025-06-15T16:54:17.946642Z",
    expires_at: "2025-06-19T16:54:17.946642Z",
    user_identifier_key: "jane_doe",
  };
  return JSON.stringify({ source, session });
}

function post(harness: Harness, body: string, headers: Record<string, string> = {}) {
  return harness.ask("/v1/sessions/import", {
    method: "POST",
    key: keyFor("sessions:write"),
    body,
    headers: { "content-type": "application/x-ndjson", ...headers },
  });
}

async function stored(): Promise<number> {
  const row = await env.STORE.prepare("SELECT count(*) AS n FROM client_sessions").first<{
    n: number;
  }>();
  return row?.n ?? -1;
}

describe("POST /v1/sessions/import", () => {
  it("stores all lines, and the same Idempotency-Key stores them once", async () => {
    const harness = await createHarness();
    const body = `${line("a")}\n${line("b")}\n`;
    const once = { "idempotency-key": "demo" };
    const first = await post(harness, body, once);
    expect([first.status, first.body]).toEqual([201, { imported: 2 }]);
    expect((await post(harness, body, once)).body).toEqual({ imported: 2 });
    expect((await post(harness, line("c"), once)).body).toMatchObject({
      code: "idempotency_conflict",
    });
    expect(await stored()).toBe(2);
  });

  it("names the line whose id exists, and stores nothing of the request", async () => {
    const harness = await createHarness();
    await post(harness, line("a"));
    const answer = await post(harness, `${line("b")}\n${line("a")}`);
    expect(answer.body).toMatchObject({ code: "session_exists", status: 409 });
    expect(answer.body["errors"]).toMatchObject([{ field: "line 2: session" }]);
    expect(await stored()).toBe(1);
  });

  it("writes to the workspaces of its key alone, and to any with the key scope *", async () => {
    const harness = await createHarness();
    const body = `${line("a")}\n${line("b", "client_sessions", "another")}`;
    const refused = await post(harness, body);
    expect([refused.status, refused.body["code"]]).toEqual([403, "forbidden"]);
    expect(refused.body["errors"]).toMatchObject([{ field: "line 2: session.workspace_id" }]);
    expect(await stored()).toBe(0);
    const moved = await harness.ask("/v1/sessions/import", {
      method: "POST",
      body,
      headers: { "content-type": "application/x-ndjson" },
    });
    expect([moved.status, moved.body]).toEqual([201, { imported: 2 }]);
  });

  it("can be sent again under its key after it was refused", async () => {
    const harness = await createHarness();
    await post(harness, line("a"));
    const once = { "idempotency-key": "again" };
    expect((await post(harness, line("a"), once)).status).toBe(409);
    await env.STORE.exec("DELETE FROM client_sessions");
    expect((await post(harness, line("a"), once)).status).toBe(201);
  });

  it.each([
    ["{", 400, "line 1"],
    [line("a", "nowhere"), 400, "line 1: source"],
    [`\n${line("a", "seam_eu")}`, 400, "line 2: source"],
    [JSON.stringify({ source: "client_sessions", session: {}, more: 1 }), 400, "line 1: more"],
    [" ".repeat(256 * 1024 + 1), 413, "line 1"],
  ])("refuses %.60s with %d naming %s", async (body, status, field) => {
    const harness = await createHarness({
      SOURCES: '{"seam_eu": {"provider": "seam", "secret": "SEAM_EU"}}',
      SEAM_EU: "seam_secret",
    });
    const answer = await post(harness, body);
    expect(answer.status).toBe(status);
    expect(answer.body["errors"]).toMatchObject([{ field }]);
    expect(await stored()).toBe(0);
  });
});
