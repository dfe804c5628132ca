import { describe, expect, it } from "vitest";
import { setDigest } from "../../../src/core/values/set_digest.ts";
import { createHarness, keyFor, NOW } from "../../support/openapi/harness.ts";

const JANE = { type: "user_identifier_key", value: "jane_doe" };

describe("POST /v1/erasures", () => {
  it("accepts, says where the report is, and never repeats the identifiers", async () => {
    const { ask, registrar, lines } = await createHarness();
    const answer = await ask("/v1/erasures", {
      method: "POST",
      key: keyFor("erasures:write"),
      json: {
        subject: { identifiers: [JANE] },
        regulation: "gdpr",
        requested_at: "2026-08-31T14:00:00+02:00",
        reference: "ticket 7",
      },
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe("/v1/erasures/ers_1");
    expect(answer.body).toMatchObject({ id: "ers_1", status_url: "/v1/erasures/ers_1" });
    expect(registrar.callsOf("openErasure")).toEqual([
      [
        {
          identifiers: [JANE],
          sources: null,
          scopes: null,
          regulation: "gdpr",
          requested_at: Date.UTC(2026, 7, 31, 12),
          reference: "ticket 7",
          dry_run: false,
        },
        "erasures:write",
        null,
        null,
      ],
    ]);
    expect(answer.text + JSON.stringify(lines)).not.toContain("jane_doe");
    expect((await ask("/v1/erasures/ers_1")).body).toEqual(answer.body);
    expect((await ask("/v1/erasures")).body["data"]).toEqual([answer.body]);
  });

  it("fills in what is optional", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/erasures", { method: "POST", json: { subject: { identifiers: [JANE] } } });
    expect(registrar.callsOf("openErasure")[0]?.[0]).toEqual({
      identifiers: [JANE],
      sources: null,
      scopes: null,
      regulation: null,
      requested_at: NOW,
      reference: null,
      dry_run: false,
    });
  });

  it("only looks where it is asked to, and says so", async () => {
    const { ask, registrar } = await createHarness();
    const json = { subject: { identifiers: [JANE] }, dry_run: true };
    const answer = await ask("/v1/erasures", { method: "POST", json });
    expect(answer.body).toMatchObject({ dry_run: true, blockers: null });
    expect(registrar.callsOf("openErasure")[0]?.[0]).toMatchObject({ dry_run: true });
    const wrong = { subject: { identifiers: [JANE] }, dry_run: "true" };
    const refused = await ask("/v1/erasures", { method: "POST", json: wrong });
    expect(refused.body).toMatchObject({ status: 400, errors: [{ field: "dry_run" }] });
    expect(registrar.callsOf("openErasure")).toHaveLength(1);
  });

  it("takes an Idempotency-Key for a look or for an erasure, and not for both", async () => {
    const { ask } = await createHarness();
    const post = (dryRun: boolean) =>
      ask("/v1/erasures", {
        method: "POST",
        headers: { "idempotency-key": "once" },
        json: { subject: { identifiers: [JANE] }, ...(dryRun ? { dry_run: true } : {}) },
      });
    expect((await post(true)).body).toMatchObject({ id: "ers_1" });
    expect((await post(true)).body).toMatchObject({ id: "ers_1" });
    expect((await post(false)).body).toMatchObject({ code: "idempotency_conflict" });
  });

  it("takes the same Idempotency-Key again, per key of the API", async () => {
    const { ask, registrar } = await createHarness();
    const post = (value: string, key: string) =>
      ask("/v1/erasures", {
        method: "POST",
        key,
        json: { subject: { identifiers: [{ ...JANE, value }] } },
        headers: { "idempotency-key": "once" },
      });
    const writer = keyFor("erasures:write");
    const first = await post("a", writer);
    expect((await post("a", writer)).body).toEqual(first.body);
    expect((await post("b", writer)).body).toMatchObject({ code: "idempotency_conflict" });
    expect((await post("b", keyFor("*"))).body["id"]).toBe("ers_2");
    const keys = registrar.callsOf("openErasure").map(([, , idempotency]) => idempotency);
    expect(JSON.stringify(keys)).not.toContain('"a"');
  });

  it.each([
    ["user_identifier_key", ""],
    ["user_identifier_key", "   "],
    ["user_identifier_key", " jane"],
    ["user_identifier_key", "jane*"],
    ["user_identifier_key", "%"],
    ["user_identifier_key", "ja\u200bne"],
    ["user_identifier_key", "ja\u0000ne"],
    ["user_identifier_key", 7],
    ["user_identifier_key", null],
    ["client_session_id", true],
  ])("refuses the %s %j and opens nothing", async (type, value) => {
    const { ask, registrar } = await createHarness();
    const json = { subject: { identifiers: [{ type, value }] } };
    const answer = await ask("/v1/erasures", { method: "POST", json });
    expect(answer.body).toMatchObject({
      code: "invalid_request",
      errors: [{ field: "subject.identifiers[0].value" }],
    });
    expect(registrar.calls).toEqual([]);
  });

  it.each([
    [{ subject: { identifiers: [] } }, "subject.identifiers"],
    [{ subject: { identifiers: Array.from({ length: 21 }, () => JANE) } }, "subject.identifiers"],
    [{ subject: { identifiers: [{ ...JANE, type: "email" }] } }, "subject.identifiers[0].type"],
    [{ subject: { identifiers: [{ ...JANE, note: 1 }] } }, "subject.identifiers[0].note"],
    [
      { subject: { identifiers: [JANE, { type: "metadata:profile.mail", value: "a" }] } },
      "subject.identifiers[1].type",
    ],
    [{ subject: { identifiers: [JANE] }, regulation: "hipaa" }, "regulation"],
    [{ subject: { identifiers: [JANE] }, requested_at: "yesterday" }, "requested_at"],
    [{ subject: { identifiers: [JANE] }, requested_at: "2026-02-30T00:00:00Z" }, "requested_at"],
    [{ subject: { identifiers: [JANE] }, requested_at: "0000-01-01T00:00:00Z" }, "requested_at"],
    [
      { subject: { identifiers: [JANE] }, requested_at: "0000-01-01T00:00:00+01:00" },
      "requested_at",
    ],
    [{ subject: { identifiers: [JANE] }, requested_at: "2014-12-31T23:59:59Z" }, "requested_at"],
    [{ subject: { identifiers: [JANE] }, requested_at: "2026-09-01T12:05:01Z" }, "requested_at"],
    [{ subject: { identifiers: [JANE] }, reference: "x".repeat(201) }, "reference"],
    [{ subject: { identifiers: [JANE] }, reference: "a\nb" }, "reference"],
    [{}, "subject"],
  ])("refuses %j naming %s", async (json, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask("/v1/erasures", { method: "POST", json });
    expect(answer.status).toBe(400);
    expect(answer.body["errors"]).toMatchObject([{ field }]);
    expect(registrar.calls).toEqual([]);
  });

  it.each([
    " jane",
    "jane*",
    "%",
    "_",
    "ja\u200bne",
    "ja\u0000ne",
    "👩\u200d👧",
    "x".repeat(50_000),
  ])("takes %j where it is said to be meant, and hands it on as it is", async (value) => {
    const { ask, registrar } = await createHarness();
    const json = { subject: { identifiers: [{ ...JANE, value, exact: true }] } };
    expect((await ask("/v1/erasures", { method: "POST", json })).status).toBe(202);
    expect(registrar.callsOf("openErasure")[0]?.[0]).toMatchObject({
      identifiers: [{ type: "user_identifier_key", value }],
    });
    expect(JSON.stringify(registrar.calls)).not.toContain("exact");
  });

  it("takes a requested_at as far ahead as clocks may differ", async () => {
    const { ask } = await createHarness();
    const json = { subject: { identifiers: [JANE] }, requested_at: "2026-09-01T12:05:00Z" };
    expect((await ask("/v1/erasures", { method: "POST", json })).status).toBe(202);
  });

  it("takes metadata paths that a source declares, with a value of any type", async () => {
    const { ask } = await createHarness({
      SOURCES: '{"agent_sessions": {"person_paths": ["profile.customer_id"]}}',
    });
    for (const value of ["a", 7, true]) {
      const json = { subject: { identifiers: [{ type: "metadata:profile.customer_id", value }] } };
      expect((await ask("/v1/erasures", { method: "POST", json })).status).toBe(202);
    }
    const json = { subject: { identifiers: [{ type: "metadata:user_id", value: "a" }] } };
    const undeclared = await ask("/v1/erasures", { method: "POST", json });
    expect(undeclared.text).toContain("metadata:profile.customer_id");
    expect(undeclared.status).toBe(400);
  });

  it("erases a whole customer only when told so in as many words", async () => {
    const { ask, registrar } = await createHarness();
    const subject = { identifiers: [{ type: "customer_key", value: "acme" }] };
    for (const whole of [undefined, false]) {
      const json = { subject, whole_customer: whole };
      const answer = await ask("/v1/erasures", { method: "POST", json });
      expect(answer.body).toMatchObject({ errors: [{ field: "whole_customer" }] });
    }
    expect(registrar.calls).toEqual([]);
    const json = { subject, whole_customer: true };
    expect((await ask("/v1/erasures", { method: "POST", json })).status).toBe(202);
  });
});

describe("sources and scopes of an erasure", () => {
  it("are handed on as they are", async () => {
    const { ask, registrar } = await createHarness();
    const limits = { sources: ["client_sessions"], scopes: ["ws-a", "ws-b"] };
    const json = { subject: { identifiers: [JANE] }, ...limits };
    const answer = await ask("/v1/erasures", { method: "POST", json });
    expect(registrar.callsOf("openErasure")[0]?.[0]).toMatchObject(limits);
    expect(answer.body).toMatchObject({ limited_to: limits });
  });

  it.each([
    [{ sources: ["nope"] }, "sources[0]"],
    [{ sources: [] }, "sources"],
    [{ scopes: [] }, "scopes"],
    [{ scopes: [""] }, "scopes[0]"],
    [{ scopes: "ws-a" }, "scopes"],
  ])("refuses %j naming %s", async (limits, field) => {
    const { ask, registrar } = await createHarness();
    const json = { subject: { identifiers: [JANE] }, ...limits };
    const answer = await ask("/v1/erasures", { method: "POST", json });
    expect(answer.body["errors"]).toMatchObject([{ field }]);
    expect(registrar.calls).toEqual([]);
  });
});

describe("GET /v1/erasures", () => {
  it.each<[string, object]>([
    ["status=partial,stalled&open=true", { status: ["partial", "stalled"], open: true }],
    ["late=true&reference=case%201", { late: true, reference: "case 1" }],
    [
      "since=2026-08-01&until=2026-08-31",
      { since: Date.UTC(2026, 7, 1), until: Date.UTC(2026, 8, 1) },
    ],
  ])("asks for those of ?%s", async (query, filter) => {
    const { ask, registrar } = await createHarness();
    expect((await ask(`/v1/erasures?${query}`)).status).toBe(200);
    expect(registrar.callsOf("erasures").at(-1)).toEqual([{ limit: 20, cursor: null }, filter]);
  });

  it.each([
    ["open=1", "open"],
    ["late=false", "late"],
    ["reference=", "reference"],
    ["status=waiting", "status"],
  ])("refuses ?%s", async (query, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(`/v1/erasures?${query}`);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(registrar.calls).toEqual([]);
  });
});

describe("erasures that wait", () => {
  it("are listed by status, with a digest over those of the page that wait", async () => {
    const { ask, registrar } = await createHarness();
    for (const value of ["a", "b", "c"]) {
      const json = { subject: { identifiers: [{ ...JANE, value }] } };
      await ask("/v1/erasures", { method: "POST", json });
    }
    expect((await ask("/v1/erasures")).body).toMatchObject({ set_digest: null });
    for (const id of ["ers_1", "ers_3"]) {
      const known = registrar.erasuresById.get(id);
      if (known !== undefined) {
        registrar.erasuresById.set(id, { ...known, status: "needs_approval", plan_digest: id });
      }
    }
    const answer = await ask("/v1/erasures?status=needs_approval&limit=7");
    expect(registrar.callsOf("erasures").at(-1)).toEqual([
      { limit: 7, cursor: null },
      { status: ["needs_approval"] },
    ]);
    const waiting = ["ers_3", "ers_1"].map((id) => ({ id, plan_digest: id }));
    expect(answer.body).toMatchObject({ set_digest: setDigest(waiting) });
    const wrong = await ask("/v1/erasures?status=waiting");
    expect(wrong.body).toMatchObject({ code: "invalid_request", errors: [{ field: "status" }] });
  });

  it("are approved as a set", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/erasures", { method: "POST", json: { subject: { identifiers: [JANE] } } });
    const post = (json: object) =>
      ask("/v1/approvals", { method: "POST", key: keyFor("erasures:approve"), json });
    const answer = await post({ erasures: ["ers_1", "ers_2"], set_digest: "d" });
    expect(answer.status).toBe(200);
    expect(answer.body["data"]).toMatchObject([{ id: "ers_1" }]);
    expect(registrar.callsOf("approveErasures")).toEqual([
      [["ers_1", "ers_2"], "d", "erasures:approve"],
    ]);
    for (const [json, field] of [
      [{ erasures: [], set_digest: "d" }, "erasures"],
      [{ erasures: ["a", "a"], set_digest: "d" }, "erasures"],
      [{ erasures: ["a"] }, "set_digest"],
    ] as const) {
      expect((await post(json)).body["errors"]).toMatchObject([{ field }]);
    }
  });

  it.each([
    [{ kind: "not_found" } as const, "erasure_not_found"],
    [{ kind: "wrong_status", status: "completed" } as const, "wrong_status"],
    [{ kind: "wrong_digest" } as const, "plan_changed"],
    [{ kind: "same_key" } as const, "four_eyes"],
  ])("are all refused where one is: %j", async (refusal, code) => {
    const { ask, registrar } = await createHarness();
    registrar.refusal = refusal;
    const json = { erasures: ["ers_7"], set_digest: "d" };
    const answer = await ask("/v1/approvals", { method: "POST", json });
    expect(answer.body).toMatchObject({ code, detail: expect.stringContaining("ers_7") });
  });
});
