import { describe, expect, it } from "vitest";
import { KEY_SCOPES, type KeyScope } from "../../../src/config/keys.ts";
import { createHarness, keyFor, ROOT_KEY } from "../../support/openapi/harness.ts";
import { ownPaths } from "../../support/openapi/openapi.ts";

interface Route {
  readonly method: string;
  readonly path: string;
  readonly scope: KeyScope;
  readonly body?: "json" | "optional" | "lines";
}

const ROUTES: readonly Route[] = [
  { method: "GET", path: "/v1/policies", scope: "policies:read" },
  { method: "GET", path: "/v1/policies/p", scope: "policies:read" },
  { method: "GET", path: "/v1/policies/p/versions", scope: "policies:read" },
  { method: "GET", path: "/v1/policies/p/state", scope: "sweeps:read" },
  { method: "PUT", path: "/v1/policies/p", scope: "policies:write", body: "json" },
  { method: "DELETE", path: "/v1/policies/p", scope: "policies:write" },
  { method: "POST", path: "/v1/policies/p/preview", scope: "sweeps:run", body: "optional" },
  { method: "GET", path: "/v1/sweeps", scope: "sweeps:read" },
  { method: "GET", path: "/v1/sweeps/swp_1", scope: "sweeps:read" },
  { method: "GET", path: "/v1/sweeps/swp_1/sessions", scope: "sessions:read" },
  { method: "POST", path: "/v1/sweeps", scope: "sweeps:run", body: "json" },
  { method: "POST", path: "/v1/sweeps/swp_1/approve", scope: "sweeps:approve", body: "json" },
  { method: "POST", path: "/v1/sweeps/swp_1/cancel", scope: "sweeps:run", body: "optional" },
  { method: "POST", path: "/v1/explain", scope: "sessions:read", body: "json" },
  { method: "POST", path: "/v1/sessions/import", scope: "sessions:write", body: "lines" },
  { method: "GET", path: "/v1/erasures", scope: "erasures:read" },
  { method: "GET", path: "/v1/erasures/ers_1", scope: "erasures:read" },
  { method: "GET", path: "/v1/erasures/ers_1/sessions", scope: "sessions:read" },
  { method: "POST", path: "/v1/erasures", scope: "erasures:write", body: "json" },
  { method: "POST", path: "/v1/erasures/ers_1/approve", scope: "erasures:approve", body: "json" },
  { method: "POST", path: "/v1/approvals", scope: "erasures:approve", body: "json" },
  { method: "POST", path: "/v1/erasures/ers_1/cancel", scope: "erasures:write", body: "optional" },
  { method: "GET", path: "/v1/holds", scope: "holds:read" },
  { method: "GET", path: "/v1/holds/hld_1", scope: "holds:read" },
  { method: "POST", path: "/v1/holds", scope: "holds:write", body: "json" },
  { method: "POST", path: "/v1/holds/hld_1/release", scope: "holds:write", body: "optional" },
  { method: "GET", path: "/v1/removals", scope: "sweeps:read" },
  { method: "GET", path: "/v1/activity", scope: "activity:read" },
  { method: "GET", path: "/metrics", scope: "metrics:read" },
  { method: "GET", path: "/v1/switch", scope: "switch:read" },
  { method: "PUT", path: "/v1/switch", scope: "switch:write", body: "json" },
];

const WITH_BODY = ROUTES.filter(({ body }) => body !== undefined);
const STRICT_BODY = ROUTES.filter(({ body }) => body === "json" || body === "optional");
const HUGE = new Uint8Array(8 * 1024 * 1024 + 1).fill(0x20);

describe("who may call", () => {
  it("covers every route that declares a key", async () => {
    const { document } = await createHarness();
    const declared = ownPaths(document).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) => {
        const { security } = operation as unknown as { security: readonly object[] };
        return security.length === 0 ? [] : [`${method.toUpperCase()} ${path}`];
      }),
    );
    const tried = ROUTES.map(
      ({ method, path }) => `${method} ${path.replace(/\/(p|swp_1|ers_1|hld_1)(?=\/|$)/, "/{id}")}`,
    );
    expect(declared.toSorted()).toEqual(tried.toSorted());
  });

  it.each(ROUTES)(
    "$method $path is 401 without a key, with a wrong one, and in another scheme",
    async (route) => {
      const { ask, registrar } = await createHarness();
      const none = await ask(route.path, { method: route.method, key: null });
      expect(none.body).toMatchObject({ code: "unauthorized", status: 401 });
      expect(none.headers.get("www-authenticate")).toBe("Bearer");
      const wrong = await ask(route.path, { method: route.method, key: `${ROOT_KEY}x` });
      expect(wrong.status).toBe(401);
      const basic = {
        method: route.method,
        key: null,
        headers: { authorization: `Basic ${ROOT_KEY}` },
      };
      expect((await ask(route.path, basic)).status).toBe(401);
      expect(registrar.calls).toEqual([]);
    },
  );

  it.each(ROUTES)("$method $path is 403 with every key scope but $scope", async (route) => {
    const { ask, registrar } = await createHarness();
    const others = KEY_SCOPES.filter((scope) => scope !== route.scope && scope !== "*");
    for (const scope of others) {
      const answer = await ask(route.path, { method: route.method, key: keyFor(scope) });
      expect(answer.body).toMatchObject({ code: "forbidden", status: 403 });
      expect(answer.body["detail"]).toContain(route.scope);
    }
    expect(registrar.calls).toEqual([]);
    const allowed = await ask(route.path, { method: route.method, key: keyFor(route.scope) });
    expect([401, 403]).not.toContain(allowed.status);
  });
});

describe("the order of checks", () => {
  it("is 404 for an unknown path before anything else", async () => {
    const { ask } = await createHarness();
    for (const path of ["/v1", "/v1/nothing", "/v1/policies/", "/v3", "/healthz/more"]) {
      const answer = await ask(path, { method: "PATCH", key: null });
      expect(answer.body).toMatchObject({ code: "unknown_path" });
    }
  });

  it("is 405 with Allow before 401", async () => {
    const { ask } = await createHarness();
    const answer = await ask("/v1/policies/p", { method: "POST", key: null });
    expect(answer.body).toMatchObject({ code: "method_not_allowed" });
    expect(answer.headers.get("allow")).toBe("DELETE, GET, HEAD, PUT");
    const options = await ask("/v1/sweeps", { method: "OPTIONS", key: null });
    expect(options.headers.get("allow")).toBe("GET, HEAD, POST");
  });

  it.each(WITH_BODY)(
    "$method $path: 401, 403, 413, 415, 400",
    async ({ method, path, scope, body }) => {
      const { ask, registrar } = await createHarness();
      const wrong = { method, headers: { "content-type": "text/plain" } };
      expect((await ask(path, { ...wrong, key: null, body: HUGE })).status).toBe(401);
      const other = scope === "holds:read" ? "metrics:read" : "holds:read";
      expect((await ask(path, { ...wrong, key: keyFor(other), body: HUGE })).status).toBe(403);
      expect((await ask(path, { ...wrong, key: keyFor(scope), body: HUGE })).status).toBe(413);
      const untyped = await ask(path, { ...wrong, key: keyFor(scope), body: "{" });
      expect(untyped.body).toMatchObject({ code: "unsupported_media_type", status: 415 });
      const type = body === "lines" ? "application/x-ndjson" : "application/json";
      const bad = await ask(path, { method, headers: { "content-type": type }, body: "{" });
      expect(bad.status).toBe(400);
      expect(registrar.calls).toEqual([]);
    },
  );

  it("counts a body that does not say how long it is", async () => {
    const { ask } = await createHarness();
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
      },
    });
    const headers = { "content-type": "application/json" };
    const answer = await ask("/v1/erasures", { method: "POST", headers, body: endless });
    expect(answer.body).toMatchObject({ code: "payload_too_large" });
  });

  it.each(STRICT_BODY)("$method $path names an unknown field", async ({ method, path }) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(path, { method, json: { surprise: 1 } });
    expect(answer.body).toMatchObject({ code: "invalid_request" });
    expect(answer.body["errors"]).toContainEqual(expect.objectContaining({ field: "surprise" }));
    expect(registrar.calls).toEqual([]);
  });

  it.each([
    ["application/json; charset=utf-8", 202],
    ["application/json;charset=UTF-8", 202],
    ["application/json; charset=latin1", 415],
    ["application/merge-patch+json", 415],
    ["application/jsonp", 415],
  ])("takes %s with %d", async (type, status) => {
    const { ask } = await createHarness();
    const json = { subject: { identifiers: [{ type: "user_identifier_key", value: "a" }] } };
    const headers = { "content-type": type };
    expect((await ask("/v1/erasures", { method: "POST", json, headers })).status).toBe(status);
  });

  it.each([
    ["too deep", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`],
    ["an array nested without end", "[".repeat(200_000)],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["empty", ""],
    ["half a string", '{"policy": "'],
  ])("answers a body that is %s with malformed_json", async (_, body) => {
    const { ask } = await createHarness();
    const headers = { "content-type": "application/json" };
    const answer = await ask("/v1/sweeps", { method: "POST", headers, body });
    expect(answer.body).toMatchObject({ code: "malformed_json", status: 400 });
  });

  it("is deep by brackets outside strings only", async () => {
    const { ask } = await createHarness();
    const json = { policy: `a${'[{\\"'.repeat(40)}` };
    const answer = await ask("/v1/sweeps", { method: "POST", json });
    expect(answer.body).toMatchObject({ code: "invalid_request" });
  });
});

describe("what is not configured", () => {
  it("is 503 without API_KEYS everywhere but /healthz and /openapi.json", async () => {
    const { ask, registrar } = await createHarness({ API_KEYS: "" });
    for (const { method, path } of ROUTES) {
      expect((await ask(path, { method })).body).toMatchObject({ code: "not_configured" });
    }
    for (const path of ["/", "/docs", "/nothing", "/client_sessions/get", "/webhooks/hook"]) {
      expect((await ask(path)).status).toBe(503);
    }
    expect(registrar.calls).toEqual([]);
    expect((await ask("/openapi.json")).status).toBe(200);
    expect((await ask("/healthz", { key: null })).body).toEqual({ status: "degraded" });
  });

  it.each([
    ['[{"name": "root"}]', ["API_KEYS[0].sha256", "API_KEYS[0].scopes"]],
    [
      `[${["a", "b"].map((one) => `{"name":"ops","sha256":"${one.repeat(64)}","scopes":["*"]}`).join(",")}]`,
      ["API_KEYS"],
    ],
    [
      `[{"name":"a","sha256":"${"a".repeat(64)}","scopes":["ledger:read"]}]`,
      ["API_KEYS[0].scopes[0]"],
    ],
    [`[{"name":"a","sha256":"${"a".repeat(64)}","scopes":["*"],"seam_secret":1}]`, ["API_KEYS[0]"]],
    ["{", ["API_KEYS"]],
  ])("is 503 with API_KEYS that cannot be read, and says why: %s", async (text, fields) => {
    const { ask } = await createHarness({ API_KEYS: text });
    const answer = await ask("/v1/policies");
    expect(answer.body).toMatchObject({ code: "not_configured" });
    expect(answer.body["detail"]).toBe(
      "The secret API_KEYS is misspelt or cannot be used, so nothing is open.",
    );
    const errors = answer.body["errors"] as { field: string; message: string }[];
    expect(errors.map(({ field }) => field)).toEqual(fields);
    // What an unknown key says may be a secret, and nobody who asks has shown a key.
    expect(answer.text).not.toContain("seam_secret");
  });

  it("names the variable that API_KEYS may be meant by, and nothing of its value", async () => {
    const { ask } = await createHarness({ API_KEYS: "", API_KEY: "[hush]", SEAM_APIKEY: "pssst" });
    const answer = await ask("/v1/policies", { key: null });
    expect(answer.body).toMatchObject({
      code: "not_configured",
      errors: [{ field: "API_KEYS", message: "not set, but API_KEY is: rename it, or remove it" }],
    });
    expect(answer.text).not.toMatch(/hush|pssst|SEAM/);
  });

  it("names two keys of one name", async () => {
    const text = ["a", "b"].map((one) => ({ name: "ops", sha256: one.repeat(64), scopes: ["*"] }));
    const { ask } = await createHarness({ API_KEYS: JSON.stringify(text) });
    expect((await ask("/v1/policies")).body).toMatchObject({
      errors: [{ field: "API_KEYS", message: "two keys have the same name: give each its own" }],
    });
  });

  it("names the variable that LETHE_SECRET may be meant by", async () => {
    const { ask } = await createHarness({ LETHE_SECRET: "", LETHE_SECERT: "hush" });
    const answer = await ask("/v1/sweeps", { method: "POST", json: { policy: "p" } });
    expect(answer.body).toMatchObject({
      code: "not_configured",
      errors: [{ field: "LETHE_SECRET", message: expect.stringContaining("LETHE_SECERT is") }],
    });
    expect(answer.text).not.toContain("hush");
  });

  it("starts and erases nothing without LETHE_SECRET", async () => {
    const { ask, registrar } = await createHarness({ LETHE_SECRET: "short" });
    const posts: [string, unknown][] = [
      ["/v1/sweeps", { policy: "p" }],
      ["/v1/sweeps/swp_1/approve", { plan_digest: "x" }],
      ["/v1/erasures", { subject: { identifiers: [{ type: "client_session_id", value: "a" }] } }],
      ["/v1/erasures/ers_1/approve", { plan_digest: "x" }],
      ["/v1/approvals", { erasures: ["ers_1"], set_digest: "x" }],
      ["/v1/sessions/import", {}],
    ];
    for (const [path, json] of posts) {
      const answer = await ask(path, { method: "POST", json });
      expect(answer.body).toMatchObject({ code: "not_configured" });
      expect(answer.body["detail"]).toContain("LETHE_SECRET");
    }
    expect(registrar.calls).toEqual([]);
  });
});
