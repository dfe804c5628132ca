import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { ExplainAnswer, ExplainRequest, FindAnswer } from "../../../src/contract/custodian.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { clearPolicies, createHarness, keyFor, NOW } from "../../support/openapi/harness.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "observe",
};
const ASKED = { source: "client_sessions", scope: "w1", id: "a" };

const ANSWER: Extract<ExplainAnswer, { kind: "explained" }> = {
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
      unmatched_by: null,
      stops: ["hold"],
    },
  ],
  planned: [
    { job: "swp_1", kind: "sweep", policy: "p", preview: false, disposition: null, at: null },
  ],
  removed: { job: "swp_0", disposition: "deleted", at: NOW, clause: 0, due_at: NOW },
  hold: "hld_1",
};
const FOUND: FindAnswer = {
  kind: "searched",
  live: ["w1"],
  planned: [],
  removed: null,
  is_whole: true,
};

async function withAnswer(answer: ExplainAnswer, finds: Readonly<Record<string, FindAnswer>> = {}) {
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
          find: () => Promise.resolve(finds[source] ?? { ...FOUND, live: [] }),
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
      hold: null,
      searched: [{ source: "client_sessions", outcome: "found", detail: null }],
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
          unmatched_by: null,
          clause: 0,
          clause_words: "removed 15 minutes after `expires_at`",
          clock: "expires_at",
          threshold: "2026-09-01T12:00:00.000Z",
          due_at: "2026-09-01T11:59:59.000Z",
          swept_next_at: null,
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
    [{ ...ASKED, scope: "" }, "scope"],
    [{ source: "nowhere", id: "a" }, "source"],
    [{}, "id"],
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

  it("names the hold to keys that may read holds", async () => {
    const { explain, ask } = await withAnswer(ANSWER);
    await ask("/v1/holds", {
      method: "POST",
      json: {
        selector: { kind: "session", ...ASKED },
        ground: { text: "x" },
        owner: "legal",
        review_at: "2026-12-01T00:00:00Z",
      },
    });
    const { body } = await explain(ASKED);
    expect(body).toMatchObject({ hold: "hld_1" });
  });

  it("tells when a session that nothing holds back is swept", async () => {
    const policies = ANSWER.policies.map((one) => ({ ...one, stops: [], due_at: NOW + 1000 }));
    const { explain, ask } = await withAnswer({ ...ANSWER, policies, planned: [] });
    const json = { ...POLICY, mode: "enforce", schedule: "30 3 * * *" };
    await ask("/v1/policies/p", { method: "PUT", json });
    const { body } = await explain(ASKED);
    expect(body["policies"]).toMatchObject([{ swept_next_at: "2026-09-02T03:30:00.000Z" }]);
  });

  it("writes no id into the log", async () => {
    const { explain, lines } = await withAnswer(ANSWER);
    await explain({ ...ASKED, id: "a_secret_session" });
    expect(JSON.stringify(lines)).not.toContain("a_secret_session");
  });
});

describe("POST /v1/explain by an id alone", () => {
  it("finds the session, and says where it looked", async () => {
    const down: FindAnswer = { kind: "unavailable", detail: "HTTP 500" };
    const finds = { client_sessions: FOUND, agent_sessions: down };
    const { explain, asked } = await withAnswer(ANSWER, finds);
    const { body } = await explain({ id: "a" });
    expect(body).toMatchObject({
      ...ASKED,
      policies: [{ policy: "p" }],
      searched: [
        { source: "client_sessions", outcome: "found" },
        { source: "agent_sessions", outcome: "unavailable", detail: "HTTP 500" },
      ],
    });
    expect(asked).toMatchObject([["client_sessions", { ref: { scope: "w1", id: "a" } }]]);
  });

  it("names the places where several have the id, and explains none", async () => {
    const finds = { client_sessions: FOUND, agent_sessions: { ...FOUND, live: ["x", "y"] } };
    const { explain, asked } = await withAnswer(ANSWER, finds);
    const { status, body } = await explain({ id: "a" });
    expect([status, body["code"]]).toEqual([409, "several_sessions"]);
    expect(body["places"]).toEqual([
      { source: "client_sessions", scope: "w1" },
      { source: "agent_sessions", scope: "x" },
      { source: "agent_sessions", scope: "y" },
    ]);
    expect(asked).toEqual([]);
    const one = await explain({ id: "a", source: "client_sessions" });
    expect(one.body).toMatchObject({ scope: "w1", searched: [{ source: "client_sessions" }] });
  });

  it("explains what is only in a plan there", async () => {
    const finds = { client_sessions: { ...FOUND, live: [], planned: ["w1"] } };
    const { explain } = await withAnswer({ ...ANSWER, session: null }, finds);
    const { body } = await explain({ id: "a" });
    expect(body).toMatchObject({ ...ASKED, planned: [{ job: "swp_1" }] });
  });

  it("tells how one went whose scope is not kept, and that it is nowhere", async () => {
    const { removed } = ANSWER;
    if (removed === null) {
      throw new Error("the answer tells of a removal");
    }
    const gone: FindAnswer = {
      ...FOUND,
      live: [],
      removed: { ...removed, scope: null },
      is_whole: false,
    };
    const { explain } = await withAnswer(ANSWER, { agent_sessions: gone });
    expect((await explain({ id: "a" })).body).toMatchObject({
      source: "agent_sessions",
      scope: null,
      session: null,
      removed: { job: "swp_0", disposition: "deleted" },
      searched: [{ outcome: "absent" }, { outcome: "removed" }],
    });
    const nowhere = await withAnswer(ANSWER, { agent_sessions: { ...gone, removed: null } });
    expect((await nowhere.explain({ id: "a" })).body).toMatchObject({
      source: null,
      scope: null,
      removed: null,
      searched: [{ outcome: "absent" }, { outcome: "not_searched" }],
    });
  });

  it("says nothing when no source answers", async () => {
    const down: FindAnswer = { kind: "unavailable", detail: "HTTP 500" };
    const { explain } = await withAnswer(ANSWER, { client_sessions: down, agent_sessions: down });
    expect((await explain({ id: "a" })).body).toMatchObject({ code: "unavailable", status: 503 });
  });
});
