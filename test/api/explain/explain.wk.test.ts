import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { ExplainAnswer, ExplainRequest } from "../../../src/contract/custodian.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { clearPolicies, createHarness, keyFor, NOW } from "../../support/openapi/harness.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "observe",
};
const ASKED = { source: "client_sessions", scope: "w1", id: "a" };

const ANSWER: ExplainAnswer = {
  kind: "explained",
  session: { clocks: { expires_at: NOW, created_at: null }, busy: false, activity: "read" },
  policies: [
    {
      id: "p",
      verdict: "due",
      clause: 0,
      clock: "expires_at",
      threshold: NOW,
      due_at: NOW - 1000,
      stops: ["hold"],
    },
  ],
  planned: [
    { job: "swp_1", kind: "sweep", policy: "p", preview: false, disposition: null, at: null },
  ],
  removed: { job: "swp_0", disposition: "deleted", at: NOW, clause: 0, due_at: NOW },
};

async function withAnswer(answer: ExplainAnswer) {
  const asked: [string, ExplainRequest][] = [];
  const harness = await createHarness(
    {},
    {
      custodian: (source) =>
        custodianAnswers({
          explain: (request) => {
            asked.push([source, request]);
            return Promise.resolve(answer);
          },
        }),
    },
  );
  await harness.ask("/v1/policies/p", { method: "PUT", json: POLICY });
  const explain = (json: unknown, key?: string) =>
    harness.ask("/v1/explain", { method: "POST", json, ...(key === undefined ? {} : { key }) });
  return { ...harness, asked, explain };
}

beforeEach(clearPolicies);

describe("POST /v1/explain", () => {
  it("tells what each policy of the source says, and what holds the session back", async () => {
    const { explain, asked, ask } = await withAnswer(ANSWER);
    const agents = { source: "agent_sessions", expire: [{ clock: "created_at", after: "P1D" }] };
    await ask("/v1/policies/other", { method: "PUT", json: agents });
    const answer = await explain(ASKED, keyFor("sessions:read"));
    expect(answer.body).toEqual({
      ...ASKED,
      session: {
        clocks: { expires_at: "2026-09-01T12:00:00.000Z", created_at: null },
        busy: false,
        activity: "read",
      },
      policies: [
        {
          policy: "p",
          mode: "observe",
          verdict: "due",
          clause: 0,
          clock: "expires_at",
          threshold: "2026-09-01T12:00:00.000Z",
          due_at: "2026-09-01T11:59:59.000Z",
          stopped_by: ["hold", "policy_observe"],
          errors: [],
        },
      ],
      planned: [{ job: "swp_1", policy: "p", preview: false, disposition: null, at: null }],
      removed: {
        job: "swp_0",
        disposition: "deleted",
        at: "2026-09-01T12:00:00.000Z",
        clause: 0,
        due_at: "2026-09-01T12:00:00.000Z",
      },
    });
    expect(asked).toMatchObject([
      ["client_sessions", { ref: { scope: "w1", id: "a" }, policies: [{ id: "p" }] }],
    ]);
  });

  it("names documents that cannot run, and a clock that is another provider's", async () => {
    const { explain } = await withAnswer({ ...ANSWER, policies: [] });
    await clearPolicies();
    const clock = { ...POLICY, expire: [{ clock: "last_active_at", after: "P1D" }] };
    await env.POLICIES.put("policy:clock", JSON.stringify(clock));
    await env.POLICIES.put("policy:elsewhere", JSON.stringify({ source: "agent_sessions" }));
    await env.POLICIES.put("policy:garbage", "[");
    const { body } = await explain(ASKED);
    expect(body["policies"]).toMatchObject([
      { policy: "clock", stopped_by: ["policy_invalid", "not_this_provider_clock"], mode: null },
      { policy: "garbage", stopped_by: ["policy_invalid"], verdict: null },
    ]);
  });

  it("says of a session that is not there what is known of it", async () => {
    const { explain } = await withAnswer({ ...ANSWER, session: null, policies: [], planned: [] });
    const { body } = await explain(ASKED);
    expect(body).toMatchObject({
      session: null,
      policies: [{ policy: "p", verdict: null, stopped_by: [] }],
      removed: { job: "swp_0" },
    });
  });

  it("says nothing when the source does not answer", async () => {
    const { explain } = await withAnswer({ kind: "unavailable", detail: "HTTP 500" });
    const answer = await explain(ASKED);
    expect(answer.body).toMatchObject({ code: "unavailable", status: 503 });
    expect(answer.body["detail"]).toContain("client_sessions");
    expect(answer.headers.get("retry-after")).toBe("30");
  });

  it("tells a caller too many when to come again", async () => {
    const { explain } = await withAnswer({ kind: "busy", retry_after: 7 });
    const answer = await explain(ASKED);
    expect(answer.body).toMatchObject({ code: "rate_limited", status: 429 });
    expect(answer.headers.get("retry-after")).toBe("7");
  });

  it.each([
    [{ ...ASKED, source: "nowhere" }, "source"],
    [{ source: "client_sessions", id: "a" }, "scope"],
    [{ ...ASKED, id: "" }, "id"],
    [{ ...ASKED, id: "x".repeat(201) }, "id"],
    [{ ...ASKED, id: 7 }, "id"],
    [{ ...ASKED, person: "jane" }, "person"],
  ])("refuses %j", async (json, field) => {
    const { explain, asked } = await withAnswer(ANSWER);
    const answer = await explain(json);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(asked).toEqual([]);
  });

  it("writes no id into the log", async () => {
    const { explain, lines } = await withAnswer(ANSWER);
    await explain({ ...ASKED, id: "a_secret_session" });
    expect(JSON.stringify(lines)).not.toContain("a_secret_session");
  });
});
