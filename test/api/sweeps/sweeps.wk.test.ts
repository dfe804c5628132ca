import { beforeEach, describe, expect, it } from "vitest";
import { env } from "cloudflare:workers";
import {
  clearPolicies,
  createHarness,
  keyFor,
  type Harness,
} from "../../support/openapi/harness.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "enforce",
};

beforeEach(clearPolicies);

async function withPolicy(): Promise<Harness> {
  const harness = await createHarness();
  await harness.ask("/v1/policies/p", { method: "PUT", json: POLICY });
  return harness;
}

describe("POST /v1/sweeps", () => {
  it("starts a sweep of the stored policy and says where its report is", async () => {
    const { ask, registrar } = await withPolicy();
    const key = keyFor("sweeps:run");
    const answer = await ask("/v1/sweeps", { method: "POST", json: { policy: "p" }, key });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe("/v1/sweeps/swp_1");
    const [policy, actor, idempotency] = registrar.callsOf("startSweep")[0] ?? [];
    expect(policy).toMatchObject({ id: "p", policy: POLICY, digest: expect.any(String) });
    expect([actor, idempotency]).toEqual(["sweeps:run", null]);
    expect((await ask("/v1/sweeps/swp_1")).body).toEqual(answer.body);
    expect((await ask("/v1/sweeps?policy=p&limit=5")).body).toEqual({
      data: [answer.body],
      next_cursor: null,
    });
    expect(registrar.callsOf("sweeps")).toEqual([[{ limit: 5, cursor: null }, { policy: "p" }]]);
  });

  it("answers the same sweep for the same Idempotency-Key, and 409 for another body", async () => {
    const { ask, registrar } = await withPolicy();
    await ask("/v1/policies/q", { method: "PUT", json: POLICY });
    const post = (policy: string) =>
      ask("/v1/sweeps", {
        method: "POST",
        json: { policy },
        headers: { "idempotency-key": "once" },
      });
    const first = await post("p");
    expect((await post("p")).body).toEqual(first.body);
    expect((await post("q")).body).toMatchObject({ code: "idempotency_conflict", status: 409 });
    const [, , idempotency] = registrar.callsOf("startSweep")[0] ?? [];
    expect(idempotency).toEqual({
      owner: "root",
      key: "once",
      body_hash: expect.stringMatching(/^[0-9a-f]{8}:[0-9a-f]{64}$/),
    });
  });

  it.each([" ", "two words", "é", "x".repeat(256)])(
    "refuses the Idempotency-Key %j",
    async (value) => {
      const { ask, registrar } = await withPolicy();
      const answer = await ask("/v1/sweeps", {
        method: "POST",
        json: { policy: "p" },
        headers: { "idempotency-key": value },
      });
      expect(answer.body).toMatchObject({ errors: [{ field: "idempotency-key" }] });
      expect(registrar.callsOf("startSweep")).toEqual([]);
    },
  );

  it("starts nothing for a policy that is absent, off or invalid", async () => {
    const { ask, registrar } = await withPolicy();
    await ask("/v1/policies/off", { method: "PUT", json: { ...POLICY, mode: "off" } });
    await env.POLICIES.put("policy:bad", "[]");
    const codes = [];
    for (const policy of ["none", "off", "bad"]) {
      const answer = await ask("/v1/sweeps", { method: "POST", json: { policy } });
      codes.push([answer.status, answer.body["code"]]);
    }
    expect(codes).toEqual([
      [404, "policy_not_found"],
      [409, "policy_off"],
      [409, "policy_invalid"],
    ]);
    expect(registrar.callsOf("startSweep")).toEqual([]);
  });

  it("starts nothing under a text that was replaced, and asks to come again", async () => {
    const { ask, registrar } = await withPolicy();
    registrar.startSweep = async () => ({ kind: "kv_stale" });
    const answer = await ask("/v1/sweeps", { method: "POST", json: { policy: "p" } });
    expect(answer).toMatchObject({ status: 409, body: { code: "kv_stale" } });
  });
});

describe("GET /v1/sweeps", () => {
  it.each<[string, object]>([
    ["policy=p&source=client_sessions", { policy: "p", source: "client_sessions" }],
    ["status=braked", { status: ["braked"] }],
    ["status=failed,braked", { status: ["braked", "failed"] }],
    ["status=failed&status=braked&status=braked", { status: ["braked", "failed"] }],
    ["trigger=preview&removed=true", { trigger: "preview", removed: true }],
    ["since=2026-08-01", { since: Date.UTC(2026, 7, 1) }],
    ["until=2026-08-01", { until: Date.UTC(2026, 7, 2) }],
    [
      "since=2026-08-01T10:00:00Z&until=2026-08-01T12:00:00%2B02:00",
      { since: Date.UTC(2026, 7, 1, 10), until: Date.UTC(2026, 7, 1, 10) + 1 },
    ],
  ])("asks for those of ?%s", async (query, filter) => {
    const { ask, registrar } = await createHarness();
    expect((await ask(`/v1/sweeps?${query}&limit=5`)).status).toBe(200);
    expect(registrar.callsOf("sweeps")).toEqual([[{ limit: 5, cursor: null }, filter]]);
  });

  it.each([
    ["policy=A%20b", "policy"],
    ["status=", "status"],
    ["status=done", "status"],
    ["status=braked,done", "status"],
    ["trigger=cron", "trigger"],
    ["removed=false", "removed"],
    ["since=yesterday", "since"],
    ["until=2026-02-30", "until"],
    ["reference=x", "reference"],
  ])("refuses ?%s", async (query, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(`/v1/sweeps?${query}`);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(registrar.calls).toEqual([]);
  });
});

describe.each([
  { kind: "sweep", open: "/v1/sweeps", json: { policy: "p" }, id: "swp_1" },
  {
    kind: "erasure",
    open: "/v1/erasures",
    json: { subject: { identifiers: [{ type: "user_identifier_key", value: "jane_doe" }] } },
    id: "ers_1",
  },
])("approving and cancelling a $kind", ({ kind, open, json, id }) => {
  it("hands over the digest that was read and the name of the key", async () => {
    const { ask, registrar } = await withPolicy();
    await ask(open, { method: "POST", json });
    const approve = `${open}/${id}/approve`;
    const approved = await ask(approve, { method: "POST", json: { plan_digest: "plan" } });
    expect(approved).toMatchObject({ status: 200, body: { id } });
    expect(registrar.callsOf(kind === "sweep" ? "approveSweep" : "approveErasure")).toEqual([
      [id, "plan", "root"],
    ]);
    for (const body of [undefined, "{}"]) {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const cancelled = await ask(`${open}/${id}/cancel`, {
        method: "POST",
        headers,
        ...(body === undefined ? {} : { body }),
      });
      expect(cancelled).toMatchObject({ status: 200, body: { id } });
    }
    expect(registrar.callsOf(kind === "sweep" ? "cancelSweep" : "cancelErasure")).toHaveLength(2);
  });

  it.each([
    [{ kind: "not_found" }, 404, `${kind}_not_found`],
    [{ kind: "wrong_status", status: "completed" }, 409, "wrong_status"],
    [{ kind: "wrong_digest" }, 409, "plan_changed"],
    [{ kind: "same_key" }, 403, "four_eyes"],
  ] as const)("answers %j with %d %s", async (refusal, status, code) => {
    const { ask, registrar } = await withPolicy();
    registrar.refusal = refusal;
    const approve = `${open}/${id}/approve`;
    const answer = await ask(approve, { method: "POST", json: { plan_digest: "plan" } });
    expect(answer.body).toMatchObject({ status, code });
  });

  it("is not approved without a digest", async () => {
    const { ask, registrar } = await withPolicy();
    for (const wrong of [{}, { plan_digest: "" }, { plan_digest: 1 }]) {
      const answer = await ask(`${open}/${id}/approve`, { method: "POST", json: wrong });
      expect(answer.body).toMatchObject({ errors: [{ field: "plan_digest" }] });
    }
    expect(registrar.callsOf(kind === "sweep" ? "approveSweep" : "approveErasure")).toEqual([]);
  });

  it("is 404 when there is none", async () => {
    const { ask } = await withPolicy();
    expect((await ask(`${open}/nothing`)).body).toMatchObject({ code: `${kind}_not_found` });
  });
});
