import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { DOCS_POLICY } from "../../../src/api/docs_page.ts";
import { PROBLEM_CODES } from "../../../src/api/http/error_codes.ts";
import { createRateLimit } from "../../../src/platform/rate_limit.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { createHarness, keyFor, ROOT_KEY } from "../../support/openapi/harness.ts";

describe("/healthz", () => {
  const STALLED = {
    code: "stalled",
    since: "2026-09-01T00:00:00.000Z",
    about: { kind: "sweep", id: "swp_1" },
    message: "The last sweep of p stalled.",
    settle: { method: "POST", path: "/v1/sweeps" },
  } as const;

  beforeAll(async () => {
    await applyD1Migrations(env.STORE, inject("migrations"));
  });

  it("says ok to everybody, and to a key how the parts are", async () => {
    const { ask } = await createHarness();
    expect((await ask("/healthz", { key: null })).body).toEqual({ status: "ok" });
    expect((await ask("/healthz", { key: "wrong" })).body).toEqual({ status: "ok" });
    expect((await ask("/healthz", { key: keyFor("sessions:read") })).body).toMatchObject({
      status: "ok",
      configuration: [],
      registrar: "ok",
      sources: { client_sessions: { provider: "d1", endpoint: null, status: "unknown" } },
      attention: [],
      attention_more: {},
    });
  });

  it("tells a key what needs a person, and nobody else more than that something does", async () => {
    const { ask, registrar } = await createHarness();
    registrar.healthReport = {
      ...registrar.healthReport,
      attention: [STALLED],
      attention_more: { stalled: 7 },
    };
    const answer = await ask("/healthz");
    expect([answer.status, answer.body["status"]]).toEqual([200, "degraded"]);
    expect(answer.body).toMatchObject({ attention: [STALLED], attention_more: { stalled: 7 } });
    expect((await ask("/healthz", { key: null })).body).toEqual({ status: "degraded" });
  });

  it("answers an uptime monitor that asks strictly by its status", async () => {
    const { ask, registrar } = await createHarness();
    for (const path of ["/healthz?strict", "/healthz?strict=1", "/healthz?strict=true"]) {
      expect((await ask(path, { key: null })).status).toBe(200);
    }
    expect((await ask("/healthz?strict=maybe", { key: null })).status).toBe(400);
    registrar.healthReport = { ...registrar.healthReport, attention: [STALLED] };
    const [bare, told] = [
      await ask("/healthz?strict", { key: null }),
      await ask("/healthz?strict"),
    ];
    expect([bare.status, bare.body]).toEqual([503, { status: "degraded" }]);
    expect([told.status, told.body["attention"]]).toEqual([503, [STALLED]]);
  });

  it("answers 200 when the Registrar does not answer, and names that", async () => {
    const { ask, registrar } = await createHarness();
    registrar.fault = new Error("jane_doe");
    const answer = await ask("/healthz");
    expect([answer.status, answer.body["registrar"]]).toEqual([200, "unreachable"]);
    expect(answer.body["attention"]).toMatchObject([{ code: "registrar_unreachable" }]);
    expect(answer.text).not.toContain("jane_doe");
  });

  it("says what is wrong with the environment, to keys only", async () => {
    const { ask } = await createHarness({ LETHE_SECRET: "", FOUR_EYES: "maybe" });
    expect((await ask("/healthz", { key: null })).body).toEqual({ status: "degraded" });
    const { configuration, attention } = (await ask("/healthz")).body;
    expect(configuration).toMatchObject([{ field: "LETHE_SECRET" }, { field: "FOUR_EYES" }]);
    expect(attention).toMatchObject([
      { code: "configuration", about: { kind: "variable", id: "LETHE_SECRET" } },
      { code: "configuration", about: { kind: "variable", id: "FOUR_EYES" } },
    ]);
  });

  it("sees missing tables before any sweep has, and once, and not where no source uses them", async () => {
    const store = { prepare: () => env.STORE.prepare("SELECT 1 FROM nowhere") } as never;
    const { ask, registrar } = await createHarness({}, { store });
    const [entry] = (await ask("/healthz")).body["attention"] as { message: string }[];
    expect(entry).toMatchObject({ code: "migrations_missing", about: { kind: "store" } });
    expect(JSON.stringify(entry)).not.toContain("SQLITE");
    const swept = { ...STALLED, code: "migrations_missing" } as const;
    registrar.healthReport = { ...registrar.healthReport, attention: [swept] };
    expect((await ask("/healthz")).body["attention"]).toEqual([swept]);
    const keys = { SEAM_API_KEY: "seam_key", VECTARA_API_KEY: "vectara_key" };
    const upstream = await createHarness(keys, { store });
    expect((await upstream.ask("/healthz")).body["attention"]).toEqual([]);
  });
});

describe("/openapi.json, /docs and /", () => {
  it("is OpenAPI 3.1 with the key's scheme, and says of each route which key scope it needs", async () => {
    const { document } = await createHarness();
    expect(document).toMatchObject({
      openapi: "3.1.0",
      components: { securitySchemes: { api_key: { type: "http", scheme: "bearer" } } },
      paths: { "/v1/sweeps": { post: { security: [{ api_key: ["sweeps:run"] }] } } },
    });
    const schemas = document.components.schemas as Record<string, { type?: unknown }>;
    expect(schemas["Policy"]?.type).toBe("object");
    expect(schemas["JobError"]?.type).toBe("object");
  });

  it("declares every code of the catalogue somewhere, but for those of undeclared routes", async () => {
    const { document } = await createHarness();
    const text = JSON.stringify(document.paths);
    const undeclared = PROBLEM_CODES.filter((code) => !text.includes(`\`${code}\`: `));
    expect(undeclared).toEqual(["unknown_path", "method_not_allowed"]);
  });

  it("serves a page that needs no key and loads nothing from elsewhere", async () => {
    const { ask } = await createHarness();
    const { status, text, headers } = await ask("/docs", { key: null });
    expect(status).toBe(200);
    expect(text).not.toMatch(/https?:|="\/\//);
    expect(headers.get("content-security-policy")).toBe(DOCS_POLICY);
    for (const code of PROBLEM_CODES) {
      expect(text).toContain(`id="${code}"`);
    }
  });
});

describe("every answer", () => {
  it("carries a request id, in the header and in a problem's body, and headers that protect", async () => {
    const { ask } = await createHarness();
    const answer = await ask("/v1/nothing");
    expect(answer.headers.get("x-request-id")).toMatch(/^req_[0-9a-z]{26}$/);
    expect(answer.body["request_id"]).toBe(answer.headers.get("x-request-id"));
    expect(answer.body).toMatchObject({ type: "/docs#unknown_path", title: expect.any(String) });
    for (const path of [
      "/healthz",
      "/docs",
      "/v1/policies",
      "/v1/nothing",
      "/client_sessions/get",
    ]) {
      const { headers } = await ask(path, { key: null });
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it("is open to the configured origins only", async () => {
    const { ask } = await createHarness({ CORS_ORIGINS: "https://ui.example" });
    const from = async (origin: string) => (await ask("/healthz", { headers: { origin } })).headers;
    const theirs = await from("https://ui.example");
    expect(theirs.get("access-control-allow-origin")).toBe("https://ui.example");
    expect(theirs.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect((await from("https://evil.example")).get("access-control-allow-origin")).toBeNull();
  });

  it("leaves one line without ids, URLs, keys or messages", async () => {
    const { ask, lines, registrar } = await createHarness();
    await ask("/v1/sweeps?policy=Jane_Doe");
    await ask("/v1/sweeps/swp_secret");
    await ask("/v1/nothing/jane_doe");
    registrar.fault = new Error("jane_doe broke it");
    expect((await ask("/v1/sweeps/swp_secret")).body).toMatchObject({ code: "internal" });
    const requests = lines.filter(({ event }) => event === "http.request");
    expect(requests).toMatchObject([
      { level: "info", fields: { route: "/v1/sweeps", status: 400, code: "invalid_request" } },
      { level: "info", fields: { route: "/v1/sweeps/:id", status: 404, key: "root" } },
      { level: "info", fields: { status: 404, code: "unknown_path" } },
      { level: "error", fields: { route: "/v1/sweeps/:id", status: 500, retryable: true } },
    ]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: "http.fault",
        fields: expect.objectContaining({ error: "Error" }),
      }),
    );
    expect(JSON.stringify(lines)).not.toMatch(
      new RegExp(`jane_doe|Jane_Doe|swp_secret|${ROOT_KEY.slice(0, 8)}`),
    );
  });
});

describe("the routes of the embedded store", () => {
  const REMOTE = { SEAM_API_KEY: "seam_secret", VECTARA_API_KEY: "secret" };
  const removed: [string, unknown][] = [];
  const custodian = (source: string) =>
    custodianAnswers({
      removeNow: (ref) => {
        removed.push([source, ref]);
        return Promise.resolve({ kind: "absent" });
      },
    });

  it("are there while a source is embedded, with their own refusals and our request id", async () => {
    const { ask } = await createHarness();
    const client = await ask("/client_sessions/get", { key: null });
    expect([client.status, client.body]).toMatchObject([401, { error: { type: "unauthorized" } }]);
    expect(client.headers.get("seam-request-id")).toBe(client.headers.get("x-request-id"));
    const agent = await ask("/v2/agents", { key: null });
    expect([agent.status, agent.body]).toMatchObject([401, { code: "unauthorized" }]);
  });

  it("are 404 while every source is upstream", async () => {
    const { ask } = await createHarness(REMOTE);
    expect((await ask("/client_sessions/get")).status).toBe(404);
    expect((await ask("/v2/agents")).status).toBe(404);
  });

  it("remove through the Custodian of the embedded source", async () => {
    const { ask } = await createHarness({}, { custodian });
    await applyD1Migrations(env.STORE, inject("migrations"));
    await ask("/v2/agents", { method: "POST", json: { key: "agt_a", name: "A" } });
    const made = { method: "POST", json: { key: "ase_b" } };
    expect((await ask("/v2/agents/agt_a/sessions", made)).status).toBe(201);
    const path = "/v2/agents/agt_a/sessions/ase_b";
    expect((await ask(path, { method: "DELETE" })).status).toBe(404);
    expect(removed).toEqual([["agent_sessions", { scope: "agt_a", id: "ase_b" }]]);
  });

  it("write one line a request, with its route and the key's name, and no id", async () => {
    const { ask, lines } = await createHarness({}, { custodian });
    await applyD1Migrations(env.STORE, inject("migrations"));
    lines.length = 0;
    await ask("/v2/agents/agt_a/sessions/ase_b", { method: "DELETE" });
    await ask("/client_sessions/get", { method: "POST", json: { user_identifier_key: "jane" } });
    await ask("/client_sessions/jane", { key: null });
    expect(lines.map(({ fields }) => [fields["route"], fields["key"], fields["status"]])).toEqual([
      ["/v2/agents/:agent_id/sessions/:session_id", "root", 404],
      ["/client_sessions/get", "root", 404],
      ["/client_sessions/*", null, 404],
    ]);
  });

  it("count their own requests, once, and answer 429 in their own format", async () => {
    let counted = 0;
    const rateLimit = () => {
      counted += 1;
      return Promise.resolve(10);
    };
    const { ask } = await createHarness({}, { rateLimit });
    counted = 0;
    const client = await ask("/client_sessions/list");
    expect(client.body).toMatchObject({ error: { type: "too_many_requests" } });
    const agent = await ask("/v2/agents");
    expect(agent.body).toMatchObject({ code: "rate_limit_exceeded" });
    expect([client.status, agent.status, counted]).toEqual([429, 429, 2]);
  });

  it.each([
    ["a body that is not JSON", "/client_sessions/get", "POST", "{"],
    ["a path that there is not", "/client_sessions/update", "GET", undefined],
    ["a path that there is not", "/v2/corpora", "GET", undefined],
    ["a method that there is not", "/v2/agents", "PUT", "{}"],
  ])("count %s, too: %s", async (_what, path, method, body) => {
    let counted = 0;
    let full = false;
    const rateLimit = () => {
      counted += 1;
      return Promise.resolve(full ? 10 : null);
    };
    const { ask } = await createHarness({}, { rateLimit });
    const request = {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    };
    counted = 0;
    const before = await ask(path, request);
    expect([404, 405, 400]).toContain(before.status);
    full = true;
    const answer = await ask(path, request);
    expect([answer.status, answer.headers.get("retry-after"), counted]).toEqual([429, "10", 2]);
  });
});

describe("a cancellation", () => {
  it.each(["sweeps", "erasures"])("of %s documents no error that it cannot give", async (kind) => {
    const { ask } = await createHarness();
    const { body } = await ask("/openapi.json");
    const paths = body["paths"] as Record<string, { post: { responses: object } }>;
    const cancel = JSON.stringify(paths[`/v1/${kind}/{id}/cancel`]?.post.responses);
    const approve = JSON.stringify(paths[`/v1/${kind}/{id}/approve`]?.post.responses);
    for (const code of ["four_eyes", "plan_changed"]) {
      expect(approve).toContain(code);
      expect(cancel).not.toContain(code);
    }
    expect(cancel).toContain("wrong_status");
  });
});

describe("the rate limit", () => {
  const limiter = (asked: string[], success: boolean) => ({
    limit: ({ key }: { key: string }) => {
      asked.push(key);
      return Promise.resolve({ success });
    },
  });

  it("counts by the key's name, or without a valid key by address", async () => {
    const keys: string[] = [];
    const addresses: string[] = [];
    const limits = { key: limiter(keys, true), address: limiter(addresses, true) };
    const { ask } = await createHarness({}, { rateLimit: createRateLimit(limits, () => {}) });
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    await ask("/v1/policies", { headers });
    await ask("/v1/policies", { headers, key: "wrong" });
    await ask("/healthz", { headers, key: null });
    expect(keys).toEqual(["root"]);
    expect(addresses.slice(-2)).toEqual(["192.0.2.1", "192.0.2.1"]);
  });

  it("answers 429 with Retry-After as a problem", async () => {
    let full = false;
    const { ask } = await createHarness({}, { rateLimit: () => Promise.resolve(full ? 10 : null) });
    full = true;
    for (const path of ["/v1/policies", "/webhooks/hook", "/healthz"]) {
      const answer = await ask(path, { method: path === "/webhooks/hook" ? "POST" : "GET" });
      expect(answer.body).toMatchObject({ code: "rate_limited", status: 429 });
      expect(answer.headers.get("retry-after")).toBe("10");
    }
  });

  it("lets requests pass when it is broken, and says so", async () => {
    const events: string[] = [];
    const broken = { limit: () => Promise.reject(new Error("no limits today")) };
    const limit = createRateLimit({ key: broken, address: broken }, (_, event) =>
      events.push(event),
    );
    expect(await limit({ name: "root" }, null)).toBeNull();
    expect(events).toEqual(["rate_limit.failed"]);
  });
});
