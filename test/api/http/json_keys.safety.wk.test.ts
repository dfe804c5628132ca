import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it } from "vitest";
import { clearPolicies, createHarness, NOW } from "../../support/openapi/harness.ts";
import { ownPaths } from "../../support/openapi/openapi.ts";

const JSON_TYPE = { "content-type": "application/json" };
const EXPIRE = '"source":"agent_sessions","expire":[{"clock":"created_at","after":"P1D"}]';
const UNUSABLE = "this key cannot be used: remove it";
const REPEATED = "this key stands twice in one object: leave one of them";

beforeEach(clearPolicies);

describe("a condition that would be lost", () => {
  it.each([
    ["__proto__", '{"plan":"free","__proto__":"x"}', "match.metadata.__proto__", UNUSABLE],
    ["a repeated key", '{"plan":"free","plan":"pro"}', "match.metadata.plan", REPEATED],
  ])("is refused in a policy and its preview: %s", async (_, metadata, field, message) => {
    const { ask, registrar } = await createHarness();
    const text = `{${EXPIRE},"mode":"enforce","match":{"metadata":${metadata}}}`;
    const put = await ask("/v1/policies/p", { method: "PUT", headers: JSON_TYPE, body: text });
    expect(put.body).toMatchObject({ code: "invalid_request", errors: [{ field, message }] });
    expect(await env.POLICIES.get("policy:p")).toBeNull();
    for (const under of ["policy", "compare"]) {
      const body = `{"${under}":${text}}`;
      const path = "/v1/policies/p/preview";
      const preview = await ask(path, { method: "POST", headers: JSON_TYPE, body });
      expect(preview.body).toMatchObject({ errors: [{ field: `${under}.${field}`, message }] });
    }
    expect(registrar.calls).toEqual([]);
  });

  it("is refused in a hold", async () => {
    const { ask, registrar } = await createHarness();
    const body =
      '{"selector":{"kind":"metadata","fields":{"plan":"free","__proto__":"x"}},"ground":{"text":"x"},"owner":"o","review_at":"2026-12-01T00:00:00Z"}';
    const answer = await ask("/v1/holds", { method: "POST", headers: JSON_TYPE, body });
    expect(answer.body).toMatchObject({ errors: [{ field: "selector.fields.__proto__" }] });
    expect(registrar.calls).toEqual([]);
  });

  it("is stored where nothing loses it", async () => {
    const { ask } = await createHarness();
    const metadata = { constructor: "a", prototype: true, "a.__proto__": 1 };
    const body = JSON.stringify({ metadata });
    const text = `{${EXPIRE},"match":${body}}`;
    const put = await ask("/v1/policies/p", { method: "PUT", headers: JSON_TYPE, body: text });
    expect(put.body).toMatchObject({ match: { metadata } });
    expect((await ask("/v1/policies/p")).body).toMatchObject({ match: { metadata } });
  });
});

describe("every route that takes JSON", () => {
  it.each(["__proto__", "repeated"])("refuses %s before its schema is asked", async (kind) => {
    const { ask, registrar, document } = await createHarness();
    const routes = ownPaths(document).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) => {
        const { requestBody } = operation as unknown as { requestBody?: { content: object } };
        const takesJson = requestBody !== undefined && "application/json" in requestBody.content;
        return takesJson && !path.startsWith("/webhooks") ? [{ method, path }] : [];
      }),
    );
    expect(routes.length).toBeGreaterThan(9);
    const body = kind === "repeated" ? '{"a":1,"a":1}' : '{"__proto__":{}}';
    const field = kind === "repeated" ? "a" : "__proto__";
    for (const { method, path } of routes) {
      const asked = path.replace("{id}", "p");
      const request = { method: method.toUpperCase(), headers: JSON_TYPE, body };
      const answer = await ask(asked, request);
      expect([asked, answer.status]).toEqual([asked, 400]);
      const message = kind === "repeated" ? REPEATED : UNUSABLE;
      expect(answer.body["errors"]).toEqual([{ field, message }]);
    }
    expect(registrar.calls).toEqual([]);
  });

  it("and the import, by its line", async () => {
    const { ask } = await createHarness();
    const body = `\n{"source":"client_sessions","session":{"expires_at":"2026-01-01T00:00:00Z","expires_at":null}}`;
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await ask("/v1/sessions/import", { method: "POST", headers, body });
    expect(answer.body).toMatchObject({
      code: "invalid_request",
      errors: [{ field: "line 2: session.expires_at", message: REPEATED }],
    });
  });

  it("and the routes of the embedded store", async () => {
    const { ask } = await createHarness();
    const client = await ask("/client_sessions/delete", {
      method: "POST",
      headers: JSON_TYPE,
      body: '{"client_session_id":"a","client_session_id":"b"}',
    });
    expect(client.status).toBe(400);
    expect(client.text).toContain(`client_session_id: ${REPEATED}`);
    const agent = await ask("/v2/agents", {
      method: "POST",
      headers: JSON_TYPE,
      body: '{"name":"a","metadata":{"__proto__":{"user_id":"u"}}}',
    });
    expect(agent.status).toBe(400);
    expect(agent.body["field_errors"]).toEqual({ "metadata.__proto__": UNUSABLE });
  });
});

describe("a signed webhook", () => {
  const secret = `whsec_${btoa("a new secret of 24 bytes")}`;
  const WEBHOOKS = JSON.stringify({
    hook: {
      dialect: "standard",
      secrets: ["HOOK_SECRET"],
      identifiers: { "data.id": "user_identifier_key" },
    },
  });

  it.each([
    ["a repeated name", '{"type":"user.deleted","data":{"id":"jane","id":"john"}}', 400],
    [
      "a repeated name, behind much that its users wrote",
      `{"type":"user.deleted","x":[${Array(30).fill('{"__proto__":1}').join(",")}],"data":{"id":"jane","id":"john"}}`,
      400,
    ],
    ["what its users wrote", '{"type":"user.deleted","data":{"id":"jane","__proto__":1}}', 202],
  ])("with %s is answered %s with %d", async (_, body, status) => {
    const { ask, registrar } = await createHarness({ WEBHOOKS, HOOK_SECRET: secret });
    const at = new Date(NOW);
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(NOW / 1000),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
    };
    const answer = await ask("/webhooks/hook", { method: "POST", key: null, headers, body });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/jane|john/);
    expect(registrar.callsOf("openErasure")).toHaveLength(status === 202 ? 1 : 0);
  });
});
