import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { createHarness, keyFor, type Harness } from "../../support/openapi/harness.ts";

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
    expect([first.status, first.body]).toEqual([201, { imported: 2, undated: {} }]);
    expect((await post(harness, body, once)).body).toEqual({ imported: 2, undated: {} });
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

  it("refuses more than 8 MiB, and stores nothing of it", async () => {
    const harness = await createHarness();
    const answer = await post(harness, `${line("a")}\n`.padEnd(8 * 1024 * 1024 + 1, "\n"));
    expect(answer.body).toMatchObject({
      code: "payload_too_large",
      detail: "At most 8388608 bytes.",
    });
    expect(await stored()).toBe(0);
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
    expect([moved.status, moved.body]).toEqual([201, { imported: 2, undated: {} }]);
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

describe("times of an import", () => {
  const EVENTS = [{ id: "e1", created_at: "2026-02-03 04:05:06.123+00" }];

  function records(...times: unknown[]): string {
    return times
      .map((expires_at, index) =>
        JSON.stringify({
          source: "client_sessions",
          session: {
            client_session_id: `t-${index}`,
            workspace_id: WORKSPACE,
            created_at: "2026-02-03 04:05:06.123+00",
            expires_at,
          },
        }),
      )
      .join("\n");
  }

  async function send(body: string, query = "") {
    const harness = await createHarness();
    return harness.ask(`/v1/sessions/import${query}`, {
      method: "POST",
      key: keyFor("sessions:write"),
      body,
      headers: { "content-type": "application/x-ndjson" },
    });
  }

  async function expiries(): Promise<(number | null)[]> {
    const { results } = await env.STORE.prepare(
      "SELECT expires_at AS at, record ->> 'expires_at' AS text FROM client_sessions ORDER BY client_session_id",
    ).all<{ at: number | null; text: string }>();
    return results.map(({ at }) => at);
  }

  it("are taken in every spelling that means one time", async () => {
    const spellings = [
      "2026-02-03T04:05:06Z",
      "2026-02-03 04:05:06+00",
      "2026-02-03 04:05:06+0000",
      "2026-02-03 04:05:06 UTC",
      "2026-02-03T05:05:06+01",
    ];
    const answer = await send(records(...spellings));
    expect([answer.status, answer.body]).toEqual([201, { imported: 5, undated: {} }]);
    expect(new Set(await expiries())).toEqual(new Set([Date.UTC(2026, 1, 3, 4, 5, 6)]));
  });

  it("that nobody can read are stored, counted by clock, and named by line", async () => {
    const answer = await send(
      records("2026-02-03T04:05:06Z", null, "soon", "1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z"),
    );
    expect([answer.status, answer.body]).toEqual([
      201,
      { imported: 5, undated: { expires_at: { count: 3, lines: [3, 4, 5] } } },
    ]);
    expect(await stored()).toBe(5);
  });

  it.each([
    ["2026-02-03T04:05:06", "?zone=", "no time zone"],
    ["2026-02-03", "?zone=", "no time zone"],
    [1_770_091_506, "?unit=", "a number"],
    ["1770091506000", "?unit=", "a number"],
  ])("that may mean several times are refused: %j", async (time, query, why) => {
    const answer = await send(records("2026-02-03T04:05:06Z", time));
    expect(answer.status).toBe(400);
    const [error] = answer.body["errors"] as { field: string; message: string }[];
    expect(error?.field).toBe("line 2: session.expires_at");
    expect(error?.message).toContain(query);
    expect(error?.message).toContain(why);
    expect(await stored()).toBe(0);
  });

  it("are read by the request's word, and stored so that later readers need none", async () => {
    expect((await send(records("2026-02-03T05:05:06"), "?zone=Europe/Berlin")).status).toBe(201);
    expect(await expiries()).toEqual([Date.UTC(2026, 1, 3, 4, 5, 6)]);
    const row = await env.STORE.prepare(
      "SELECT record ->> 'expires_at' AS text FROM client_sessions",
    ).first<{ text: string }>();
    expect(row?.text).toBe("2026-02-03T04:05:06.000Z");
    await env.STORE.exec("DELETE FROM client_sessions");
    expect((await send(records(1_770_091_506), "?unit=s")).status).toBe(201);
    expect(await expiries()).toEqual([Date.UTC(2026, 1, 3, 4, 5, 6)]);
  });

  it.each(["?zone=Mars/Base", "?unit=days", "?zones=UTC"])("refuses %s", async (query) => {
    expect((await send(records("2026-02-03T04:05:06Z"), query)).status).toBe(400);
  });

  it("of agent sessions are those of their events, too", async () => {
    await env.STORE.exec("DELETE FROM agent_sessions");
    const record = (key: string, events: object[]): string =>
      JSON.stringify({
        source: "agent_sessions",
        session: { key, agent_key: "agt_1", created_at: "2026-02-03 04:05+00" },
        events,
      });
    const refused = await send(record("a", [...EVENTS, { id: "e2", created_at: 1_770_091_506 }]));
    expect(refused.body["errors"]).toMatchObject([{ field: "line 1: events[1].created_at" }]);
    const taken = await send(
      `${record("a", EVENTS)}\n${record("b", [...EVENTS, { id: "e2", created_at: "soon" }])}`,
    );
    expect(taken.body).toEqual({
      imported: 2,
      undated: { last_active_at: { count: 1, lines: [2] } },
    });
  });

  it("are answered again under the same Idempotency-Key, and another zone is another request", async () => {
    const harness = await createHarness();
    const ask = async (query: string) =>
      harness.ask(`/v1/sessions/import${query}`, {
        method: "POST",
        key: keyFor("sessions:write"),
        body: records("soon"),
        headers: { "content-type": "application/x-ndjson", "idempotency-key": "times" },
      });
    const first = await ask("?zone=UTC");
    expect(first.body).toEqual({ imported: 1, undated: { expires_at: { count: 1, lines: [1] } } });
    expect((await ask("?zone=UTC")).body).toEqual(first.body);
    expect((await ask("?zone=Europe/Berlin")).body).toMatchObject({ code: "idempotency_conflict" });
  });
});
