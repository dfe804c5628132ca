import { applyD1Migrations, createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, it, vi } from "vitest";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { sha256 } from "../../../src/core/values/hash.ts";
import worker from "../../../src/index.ts";
import { expectDeclared, type ApiDocument } from "../../support/openapi/openapi.ts";

// The Worker as it is deployed: its own composition, its own objects, real bindings.

const KEY = "seam_lethe_worker";
const bindings: Env = {
  ...env,
  API_KEYS: JSON.stringify([{ name: "root", sha256: sha256(KEY), scopes: ["*"] }]),
};

beforeAll(async () => {
  await applyD1Migrations(env.STORE, inject("migrations"));
});

async function fetchWorker(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${KEY}`);
  const context = createExecutionContext();
  const request = new Request(`http://127.0.0.1${path}`, { ...init, headers });
  const response = await worker.fetch(request, bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

async function ask<T>(method: string, path: string, json?: unknown): Promise<T> {
  const document = await (await fetchWorker("/openapi.json")).json<ApiDocument>();
  const response = await fetchWorker(path, {
    method,
    headers: { "content-type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const type = response.headers.get("content-type");
  const body = await response.json<T>();
  expectDeclared(document, method, path, { status: response.status, type, body });
  return body;
}

function line(id: string, expiresAt: string, person: string): string {
  const session = {
    client_session_id: id,
    workspace_id: "b887bf84-9849-4454-a562-cf84293d9781",
    created_at: "2025-06-15T16:54:17.946642Z",
    expires_at: expiresAt,
    user_identifier_key: person,
  };
  return JSON.stringify({ source: "client_sessions", session });
}

describe("the Worker", () => {
  it("sweeps what a policy says and erases a person, with reports as its document declares them", async () => {
    const lines = [
      line("gone", "2025-06-19T00:00:00Z", "john"),
      line("jane", "2099-01-01T00:00:00Z", "jane"),
    ];
    const imported = await fetchWorker("/v1/sessions/import", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: lines.join("\n"),
    });
    expect(await imported.json()).toEqual({ imported: 2, undated: {} });
    await ask("PUT", "/v1/policies/expired", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT15M" }],
      mode: "enforce",
    });
    const sweep = await ask<SweepReport>("POST", "/v1/sweeps", { policy: "expired" });
    await vi.waitFor(
      async () => {
        const report = await ask<SweepReport>("GET", `/v1/sweeps/${sweep.id}`);
        expect(report).toMatchObject({ status: "completed", dispositions: { deleted: 1 } });
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(await ask("GET", "/v1/sweeps?policy=expired")).toMatchObject({
      data: [{ id: sweep.id }],
    });
    const erasure = await ask<ErasureReport>("POST", "/v1/erasures", {
      subject: { identifiers: [{ type: "user_identifier_key", value: "jane" }] },
    });
    await vi.waitFor(
      async () => {
        const report = await ask<ErasureReport>("GET", erasure.status_url);
        expect(report.sources["client_sessions"]).toMatchObject({ dispositions: { deleted: 1 } });
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(await ask("GET", "/v1/erasures?limit=1")).toMatchObject({ data: [{ id: erasure.id }] });
  });

  it("takes the platform's cron, and says in /healthz that it came", async () => {
    await env.POLICIES.put("policy:broken", "{");
    const at = Date.UTC(2026, 8, 1, 12, 0, 0);
    await worker.scheduled({ scheduledTime: at, cron: "* * * * *", noRetry: () => {} }, bindings);
    expect(await ask("GET", "/healthz")).toMatchObject({
      status: "degraded",
      last_tick: "2026-09-01T12:00:00.000Z",
      policy_problems: [{ id: "broken" }],
    });
  });
});
