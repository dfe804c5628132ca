import { applyD1Migrations, createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { sha256 } from "../../src/core/values/hash.ts";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import worker from "../../src/index.ts";
import { DOCUMENT_SESSION } from "../support/documented_session.ts";
import { DELETED_ID, emptyStore } from "../support/client_sessions.ts";

// The routes through the whole Worker: real bindings, and the real Custodian removes.

const KEY = "seam_lethe_worker";
const ACCESS_TOKEN = "seam_at1_worker";
const WORKSPACE = DOCUMENT_SESSION.workspace_id;
const bindings: Env = {
  ...env,
  API_KEYS: JSON.stringify([
    { name: "root", sha256: sha256(KEY), scopes: ["*"] },
    { name: "person", sha256: sha256(ACCESS_TOKEN), scopes: ["sessions:read", "sessions:delete"] },
  ]),
};

beforeAll(async () => {
  await applyD1Migrations(env.STORE, inject("migrations"));
});

beforeEach(emptyStore);

async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${KEY}` });
  for (const [name, value] of new Headers(init.headers)) {
    headers.set(name, value);
  }
  const context = createExecutionContext();
  const request = new Request(`http://127.0.0.1${path}`, { ...init, method, headers });
  const response = await worker.fetch(request, bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

async function post(path: string, json: unknown, headers: Record<string, string> = {}) {
  const response = await send("POST", path, {
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(json),
  });
  return { status: response.status, body: await response.json() };
}

async function importRecords(...records: readonly object[]): Promise<void> {
  const response = await send("POST", "/v1/sessions/import", {
    headers: { "content-type": "application/x-ndjson" },
    body: records.map((record) => JSON.stringify(record)).join("\n"),
  });
  expect(await response.json()).toEqual({ imported: records.length, undated: {} });
}

function client(session: object): object {
  return { source: "client_sessions", session };
}

describe("the documents' own records", () => {
  const AGENT_SESSION = "/v2/agents/agt_customer_support/sessions/ase_customer_support_001";
  const agentSession = {
    id: "ase_customer_support_001",
    key: "ase_customer_support_001",
    agent_key: "agt_customer_support",
    created_at: "2024-01-15T10:30:00Z",
  };
  const events = [{ id: "aev_1", type: "input_message", created_at: "2024-01-15T10:31:00Z" }];

  beforeEach(async () => {
    const deleted = { ...DOCUMENT_SESSION, client_session_id: DELETED_ID, token: "seam_cst1x" };
    await importRecords(
      client(DOCUMENT_SESSION),
      client({ ...deleted, user_identifier_key: "john_doe" }),
      { source: "agent_sessions", session: agentSession, events },
    );
  });

  it("are got by id, by user, with a key, an access token and their own token, key for key", async () => {
    const whole = { status: 200, body: { client_session: DOCUMENT_SESSION } };
    const byId = { client_session_id: DOCUMENT_SESSION.client_session_id };
    const byUser = { user_identifier_key: "jane_doe" };
    const person = { authorization: `Bearer ${ACCESS_TOKEN}`, "seam-workspace": WORKSPACE };
    expect(await post("/client_sessions/get", byId)).toEqual(whole);
    expect(await post("/client_sessions/get", byUser)).toEqual(whole);
    expect(await post("/client_sessions/get", byUser, person)).toEqual(whole);
    const elsewhere = { ...person, "seam-workspace": "elsewhere" };
    expect((await post("/client_sessions/get", byUser, elsewhere)).status).toBe(401);
    // The document's session expired in 2025, and with it its token.
    const own = { authorization: `Bearer ${DOCUMENT_SESSION.token}` };
    expect(await post("/client_sessions/get", {}, own)).toMatchObject({
      status: 401,
      body: { error: { type: "client_session_expired" } },
    });
  });

  it("are deleted once: {} and then a 404", async () => {
    const one = { client_session_id: DELETED_ID };
    expect(await post("/client_sessions/delete", one)).toEqual({ status: 200, body: {} });
    expect(await post("/client_sessions/delete", one)).toMatchObject({
      status: 404,
      body: { error: { type: "client_session_not_found" }, ok: false },
    });
    expect((await post("/client_sessions/get", { user_identifier_key: "jane_doe" })).status).toBe(
      200,
    );
  });

  it("an agent session is deleted with 204 and zero bytes, and its events go along", async () => {
    const answer = await send("DELETE", AGENT_SESSION, { headers: { "x-api-key": KEY } });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("content-type")).toBeNull();
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    expect(await env.STORE.prepare("SELECT count(*) AS n FROM agent_events").first("n")).toBe(0);
    const again = await send("DELETE", AGENT_SESSION);
    expect(again.status).toBe(404);
    expect(await again.json()).toMatchObject({
      code: "session_not_found",
      id: "ase_customer_support_001",
    });
    const agent = await send("GET", "/v2/agents/agt_customer_support");
    expect(agent.status).toBe(200);
  });
});

it("a route's DELETE in the middle of a sweep: each session goes once, and nothing else goes", async () => {
  const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  const record = (n: number, expiresAt: string) =>
    client({ client_session_id: idOf(n), workspace_id: WORKSPACE, expires_at: expiresAt });
  const DUE = 2000;
  const LIVE = 2100;
  await importRecords(
    ...Array.from({ length: DUE }, (_, n) => record(n, "2025-06-19T00:00:00Z")),
    ...Array.from({ length: LIVE }, (_, n) => record(DUE + n, "2099-01-01T00:00:00Z")),
  );
  const put = await send("PUT", "/v1/policies/expired", {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT15M" }],
      mode: "enforce",
    }),
  });
  expect(put.status).toBe(201);
  const { body } = await post("/v1/sweeps", { policy: "expired" });
  const { id } = body as SweepReport;
  const mine = [DUE - 1, DUE - 2, DUE - 3, DUE, DUE + 1, DUE + 2];
  const answers = await Promise.all(
    mine.map((n) => post("/client_sessions/delete", { client_session_id: idOf(n) })),
  );
  // Those that are not due are the caller's alone; of the others either may come first.
  expect(answers.slice(3).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers.every(({ status }) => status === 200 || status === 404)).toBe(true);
  const byCaller = answers.slice(0, 3).filter(({ status }) => status === 200).length;
  const report = await vi.waitFor(
    async () => {
      const read = await (await send("GET", `/v1/sweeps/${id}`)).json<SweepReport>();
      expect(read.status).toBe("completed");
      return read;
    },
    { timeout: 30_000, interval: 200 },
  );
  expect(report.dispositions.deleted).toBe(DUE - byCaller);
  expect(await env.STORE.prepare("SELECT count(*) AS n FROM client_sessions").first("n")).toBe(
    LIVE - 3,
  );
  expect(await env.STORE.prepare("SELECT count(*) AS n FROM removal_batches").first("n")).toBe(0);
});
