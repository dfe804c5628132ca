import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { PlanPageRequest, PlannedSession } from "../../../src/contract/custodian.ts";
import { policyDigest } from "../../../src/core/policy/policy.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { clearPolicies, createHarness, keyFor, NOW } from "../../support/openapi/harness.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "enforce",
};
const PATH = "/v1/policies/p/preview";

beforeEach(clearPolicies);

describe("POST /v1/policies/{id}/preview", () => {
  it("takes the stored version, and tells which one KV showed", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/policies/p", { method: "PUT", json: POLICY });
    const key = keyFor("sweeps:run");
    const answer = await ask(PATH, { method: "POST", key });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe("/v1/sweeps/swp_1");
    expect(answer.body).toMatchObject({ trigger: "preview", mode: "observe" });
    const [request, actor, idempotency] = registrar.callsOf("startPreview")[0] ?? [];
    const digest = (await ask("/v1/policies/p")).headers.get("etag")?.replaceAll('"', "");
    expect(request).toMatchObject({ policy: { id: "p", digest }, stored_digest: digest });
    expect([actor, idempotency]).toEqual(["sweeps:run", null]);
  });

  it("takes a version that is not stored, and stores none", async () => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(PATH, { method: "POST", json: { policy: POLICY } });
    expect(answer.status).toBe(202);
    const [request] = registrar.callsOf("startPreview")[0] ?? [];
    expect(request).toMatchObject({ policy: { id: "p", policy: POLICY }, stored_digest: null });
    const { policy } = request as { policy: { digest: string; policy: never } };
    expect(policy.digest).toBe(policyDigest(policy.policy));
    expect((await env.POLICIES.list()).keys).toEqual([]);
  });

  it("starts nothing where there is no valid version", async () => {
    const { ask, registrar } = await createHarness();
    expect((await ask(PATH, { method: "POST" })).body).toMatchObject({ code: "policy_not_found" });
    await env.POLICIES.put("policy:p", "[]");
    expect((await ask(PATH, { method: "POST" })).body).toMatchObject({ code: "policy_invalid" });
    expect(registrar.callsOf("startPreview")).toEqual([]);
  });

  it.each([
    [{ ...POLICY, expire: [] }, "policy.expire"],
    [{ ...POLICY, expire: [{ clock: "expires_at", after: "15m" }] }, "policy.expire[0].after"],
    [{ ...POLICY, source: "nowhere" }, "policy.source"],
    [{ ...POLICY, match: {} }, "policy.match"],
    [{ ...POLICY, expire: [{ clock: "last_active_at", after: "P1D" }] }, "policy.expire[0].clock"],
    [{ ...POLICY, surprise: 1 }, "policy.surprise"],
    ["stored", "policy"],
  ])("names what is wrong with the version %j", async (policy, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(PATH, { method: "POST", json: { policy } });
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(registrar.callsOf("startPreview")).toEqual([]);
  });

  it("hands over the version to compare with: the stored one, or one that is given", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/policies/p", { method: "PUT", json: POLICY });
    const next = { ...POLICY, verify: 3 };
    await ask(PATH, { method: "POST", json: { policy: next, compare: "stored" } });
    await ask(PATH, { method: "POST", json: { compare: next } });
    await ask(PATH, { method: "POST", json: { policy: POLICY, compare: next } });
    const digest = (await ask("/v1/policies/p")).headers.get("etag")?.replaceAll('"', "");
    expect(registrar.callsOf("startPreview").map(([request]) => request)).toMatchObject([
      { policy: { policy: next }, other: POLICY, stored_digest: digest },
      { policy: { policy: POLICY }, other: next, stored_digest: digest },
      { policy: { policy: POLICY }, other: next, stored_digest: null },
    ]);
  });

  it.each([
    ["other", "compare"],
    [{ ...POLICY, source: "nowhere" }, "compare.source"],
    [
      { source: "agent_sessions", expire: [{ clock: "created_at", after: "P1D" }] },
      "compare.source",
    ],
    [{ ...POLICY, expire: [{ clock: "expires_at", after: "15m" }] }, "compare.expire[0].after"],
  ])("compares with no %j", async (compare, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(PATH, { method: "POST", json: { policy: POLICY, compare } });
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(registrar.callsOf("startPreview")).toEqual([]);
  });

  it("compares with nothing that is not stored", async () => {
    const { ask } = await createHarness();
    const answer = await ask(PATH, { method: "POST", json: { policy: POLICY, compare: "stored" } });
    expect(answer.body).toMatchObject({ code: "policy_not_found" });
  });

  it.each([
    ["kv_stale", 409],
    ["too_many_previews", 429],
  ] as const)("answers %s", async (kind, status) => {
    const { ask, registrar } = await createHarness();
    registrar.previewRefusal = kind;
    const answer = await ask(PATH, { method: "POST", json: { policy: POLICY } });
    expect(answer.body).toMatchObject({ code: kind, status });
  });

  it("answers the same preview for the same Idempotency-Key, and 409 for another body", async () => {
    const { ask } = await createHarness();
    const post = (json: object) =>
      ask(PATH, { method: "POST", json, headers: { "idempotency-key": "once" } });
    const first = await post({ policy: POLICY });
    expect((await post({ policy: POLICY })).body).toEqual(first.body);
    expect((await post({})).body).toMatchObject({ code: "policy_not_found" });
    expect((await post({ policy: { ...POLICY, verify: 2 } })).body).toMatchObject({
      code: "idempotency_conflict",
    });
  });
});

describe("GET /v1/sweeps/{id}/sessions", () => {
  const row: PlannedSession = {
    scope: "w1",
    id: "a",
    clause: 0,
    clock: "expires_at",
    threshold: NOW,
    due_at: NOW - 1000,
    newly: null,
    disposition: null,
  };

  async function withPlan(planPage: Parameters<typeof custodianAnswers>[0]) {
    const asked: unknown[] = [];
    const harness = await createHarness(
      {},
      {
        custodian: (source) => {
          asked.push(source);
          return custodianAnswers(planPage);
        },
      },
    );
    await harness.ask(PATH, { method: "POST", json: { policy: POLICY } });
    return { ...harness, asked };
  }

  it("pages through the plan by cursors", async () => {
    const pages: [string, PlanPageRequest][] = [];
    const { ask, asked } = await withPlan({
      planPage: (sweep, page) => {
        pages.push([sweep, page]);
        return Promise.resolve({ kind: "page", data: [row], next: page.after === 0 ? 7 : null });
      },
    });
    const path = "/v1/sweeps/swp_1/sessions?limit=1";
    const first = await ask(path, { key: keyFor("sessions:read") });
    expect(first.body).toEqual({
      data: [{ ...row, threshold: "2026-09-01T12:00:00.000Z", due_at: "2026-09-01T11:59:59.000Z" }],
      next_cursor: expect.any(String),
    });
    const second = await ask(`${path}&newly=true&cursor=${String(first.body["next_cursor"])}`);
    expect(second.body["next_cursor"]).toBeNull();
    expect(pages).toEqual([
      ["swp_1", { limit: 1, after: 0, newly: false }],
      ["swp_1", { limit: 1, after: 7, newly: true }],
    ]);
    expect(asked).toEqual(["client_sessions", "client_sessions"]);
  });

  it.each([
    ["gone", "plan_gone"],
    ["pending", "plan_pending"],
  ] as const)("is a 409 while the plan is %s", async (kind, code) => {
    const { ask } = await withPlan({ planPage: () => Promise.resolve({ kind }) });
    const answer = await ask("/v1/sweeps/swp_1/sessions");
    expect(answer.body).toMatchObject({ code, status: 409 });
  });

  it.each(["x", "LTE", "MS41", "OTk5OTk5OTk5OTk5OTk5OTk5"])(
    "refuses the cursor %s",
    async (cursor) => {
      const { ask, asked } = await withPlan({});
      const answer = await ask(`/v1/sweeps/swp_1/sessions?cursor=${cursor}`);
      expect(answer.body).toMatchObject({ errors: [{ field: "cursor" }] });
      expect(asked).toEqual([]);
    },
  );

  it("is 404 for a sweep that is not there", async () => {
    const { ask } = await withPlan({});
    expect((await ask("/v1/sweeps/none/sessions")).body).toMatchObject({ code: "sweep_not_found" });
  });
});
