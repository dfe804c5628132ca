import { beforeEach, describe, expect, it } from "vitest";
import { clearPolicies, createHarness, keyFor, NOW } from "../../support/openapi/harness.ts";

const DAY = 86_400_000;
const at = (ms: number): string => new Date(NOW + ms).toISOString();

const HOLD = {
  selector: { kind: "session", source: "client_sessions", scope: "w1", id: "a" },
  ground: { article: "17(3)(e)" },
  owner: "legal",
  review_at: at(30 * DAY),
};

beforeEach(clearPolicies);

describe("GET /v1/holds", () => {
  it("asks for those of a reference, and those due for review", async () => {
    const { ask, registrar } = await createHarness();
    for (const query of ["reference=case-1", "review_due=true", "reference=a&review_due=true"]) {
      expect((await ask(`/v1/holds?${query}`)).status).toBe(200);
    }
    expect(registrar.callsOf("holds").map(([, filter]) => filter)).toEqual([
      { reference: "case-1" },
      { review_due: true },
      { reference: "a", review_due: true },
    ]);
    const wrong = await ask("/v1/holds?review_due=yes");
    expect(wrong.body).toMatchObject({ errors: [{ field: "review_due" }] });
  });
});

describe("GET /v1/holds/{id}", () => {
  it("names the sessions of a person to keys alone that may see sessions", async () => {
    const { ask, registrar } = await createHarness();
    const selector = {
      kind: "subject",
      identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
    };
    const placed = await ask("/v1/holds", { method: "POST", json: { ...HOLD, selector } });
    registrar.leftOut = [
      { source: "client_sessions", scope: "w1", id: "cs_jane", job: null, at: at(-DAY) },
    ];
    const path = `/v1/holds/${String(placed.body["id"])}`;
    expect((await ask(path)).text).toContain("cs_jane");
    const { status, text } = await ask(path, { key: keyFor("holds:read") });
    expect([status, text.includes("cs_jane")]).toEqual([200, false]);
  });
});

describe("POST /v1/holds", () => {
  it("hands the hold over, with the times read, and answers where it is", async () => {
    const { ask, registrar } = await createHarness();
    const answer = await ask("/v1/holds", {
      method: "POST",
      json: {
        ...HOLD,
        ends_at: at(DAY),
        public_reason: "kept for a claim",
        reference: "case-1",
        clear_own_expiry: true,
      },
    });
    expect(answer).toMatchObject({
      status: 201,
      body: { id: "hld_1", status: "in_force", reference: "case-1", too_late: { count: 1 } },
    });
    expect(answer.headers.get("location")).toBe("/v1/holds/hld_1");
    expect(registrar.callsOf("placeHold")).toEqual([
      [
        {
          selector: HOLD.selector,
          ground: HOLD.ground,
          owner: "legal",
          review_at: NOW + 30 * DAY,
          ends_at: NOW + DAY,
          public_reason: "kept for a claim",
          reference: "case-1",
          clear_own_expiry: true,
        },
        "root",
        null,
      ],
    ]);
    expect((await ask("/v1/holds/hld_1")).body).toMatchObject({ id: "hld_1" });
    expect((await ask("/v1/holds?limit=5")).body).toMatchObject({ data: [{ id: "hld_1" }] });
  });

  it("takes values that look like a mistake where they are said to be meant", async () => {
    const { ask, registrar } = await createHarness();
    const key = { type: "user_identifier_key", value: " jane* " };
    const fields = { "case.name": "ja\u200cne", "case.no": "", long: "x".repeat(900) };
    const selectors = [
      { kind: "subject", identifiers: [key] },
      { kind: "metadata", source: null, fields },
    ];
    for (const [given, stored] of [
      [{ kind: "subject", identifiers: [{ ...key, exact: true }] }, selectors[0]],
      [{ ...selectors[1], exact: true }, selectors[1]],
    ]) {
      const json = { ...HOLD, selector: given };
      expect((await ask("/v1/holds", { method: "POST", json })).status).toBe(201);
      expect(registrar.callsOf("placeHold").at(-1)?.[0]).toMatchObject({ selector: stored });
      const refused = await ask("/v1/holds", {
        method: "POST",
        json: { ...HOLD, selector: { ...given, exact: false } },
      });
      expect(refused.status).toBe(400);
    }
    expect(JSON.stringify(registrar.calls)).not.toContain("exact");
    const json = { ...HOLD, selector: selectors[1] };
    expect((await ask("/v1/holds", { method: "POST", json })).body["errors"]).toMatchObject([
      { field: "selector.fields.case.name" },
      { field: "selector.fields.case.no" },
    ]);
  });

  it("never repeats the values that name somebody", async () => {
    const { ask } = await createHarness();
    for (const selector of [
      { kind: "subject", identifiers: [{ type: "user_identifier_key", value: "jane_doe" }] },
      { kind: "metadata", fields: { "case.name": "jane_doe" } },
    ]) {
      const placed = await ask("/v1/holds", { method: "POST", json: { ...HOLD, selector } });
      expect(placed.status).toBe(201);
      expect(placed.text).not.toContain("jane_doe");
    }
    expect((await ask("/v1/holds")).text).not.toContain("jane_doe");
  });

  it("is 503 while a source does not obey, and names the hold and the source", async () => {
    const { ask, registrar } = await createHarness();
    registrar.inForce = { client_sessions: true, agent_sessions: false };
    const answer = await ask("/v1/holds", { method: "POST", json: HOLD });
    expect(answer).toMatchObject({
      status: 503,
      body: { code: "not_in_force", errors: [{ field: "agent_sessions" }] },
    });
    expect(answer.body["detail"]).toContain("hld_1");
    expect(answer.headers.get("location")).toBe("/v1/holds/hld_1");
    expect(answer.headers.has("retry-after")).toBe(true);
  });

  it("is placed once under one Idempotency-Key", async () => {
    const { ask, registrar } = await createHarness();
    const post = (owner: string) =>
      ask("/v1/holds", {
        method: "POST",
        json: { ...HOLD, owner },
        headers: { "idempotency-key": "once" },
      });
    expect((await post("legal")).body["id"]).toBe("hld_1");
    expect((await post("legal")).body["id"]).toBe("hld_1");
    expect((await post("other")).body).toMatchObject({ code: "idempotency_conflict" });
    expect(registrar.holdsById.size).toBe(1);
  });

  it.each<[string, object, string]>([
    ["no selector", { selector: undefined }, "selector"],
    ["an empty selector", { selector: {} }, "selector.kind"],
    ["a list for a selector", { selector: [] }, "selector"],
    ["an unknown kind", { selector: { kind: "all" } }, "selector.kind"],
    [
      "a session without its scope",
      { selector: { ...HOLD.selector, scope: undefined } },
      "selector.scope",
    ],
    ["a session without an id", { selector: { ...HOLD.selector, id: "" } }, "selector.id"],
    ["an unknown source", { selector: { ...HOLD.selector, source: "crm" } }, "selector.source"],
    ["two selectors in one", { selector: { ...HOLD.selector, globs: ["*"] } }, "selector.globs"],
    ["no identifiers", { selector: { kind: "subject", identifiers: [] } }, "selector.identifiers"],
    [
      "an unknown type of identifier",
      { selector: { kind: "subject", identifiers: [{ type: "email", value: "x" }] } },
      "selector.identifiers[0].type",
    ],
    [
      "a wildcard for a person",
      { selector: { kind: "subject", identifiers: [{ type: "user_identifier_key", value: "*" }] } },
      "selector.identifiers[0].value",
    ],
    [
      "no globs",
      { selector: { kind: "scope", source: "client_sessions", globs: [] } },
      "selector.globs",
    ],
    [
      "an empty glob",
      { selector: { kind: "scope", source: "client_sessions", globs: [""] } },
      "selector.globs[0]",
    ],
    ["no metadata", { selector: { kind: "metadata", fields: {} } }, "selector.fields"],
    [
      "a path that is none",
      { selector: { kind: "metadata", fields: { "a..b": 1 } } },
      "selector.fields.a..b",
    ],
    [
      "a number that is not exact",
      { selector: { kind: "metadata", fields: { a: 2 ** 60 } } },
      "selector.fields.a",
    ],
    [
      "metadata of a source that has none",
      { selector: { kind: "metadata", source: "client_sessions", fields: { a: 1 } } },
      "selector.source",
    ],
    ["no ground", { ground: undefined }, "ground"],
    ["a letter that is none", { ground: { article: "17(3)(f)" } }, "ground"],
    ["an article and a text", { ground: { article: "17(3)(a)", text: "x" } }, "ground"],
    ["an empty text", { ground: { text: "" } }, "ground.text"],
    ["no owner", { owner: undefined }, "owner"],
    ["an owner of control characters", { owner: "a\u0007b" }, "owner"],
    ["no review", { review_at: undefined }, "review_at"],
    ["a review in the past", { review_at: at(-1) }, "review_at"],
    ["a review more than a year away", { review_at: at(366 * DAY) }, "review_at"],
    ["a review that is no time", { review_at: "tomorrow" }, "review_at"],
    ["an end in the past", { ends_at: at(0) }, "ends_at"],
    ["an end that is absurd", { ends_at: "2100-01-01T00:00:00Z" }, "ends_at"],
    ["an unknown key", { until: at(DAY) }, "until"],
    ["a public reason too long", { public_reason: "x".repeat(501) }, "public_reason"],
    ["a word for clear_own_expiry", { clear_own_expiry: "yes" }, "clear_own_expiry"],
  ])("refuses %s", async (_what, change, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask("/v1/holds", { method: "POST", json: { ...HOLD, ...change } });
    expect(answer.body).toMatchObject({ status: 400, code: "invalid_request" });
    const errors = answer.body["errors"] as { field: string; message: string }[];
    expect(errors.map((one) => one.field)).toContain(field);
    expect(errors.every(({ message }) => message.length > 8)).toBe(true);
    expect(registrar.callsOf("placeHold")).toEqual([]);
  });

  it("takes a review exactly a year away", async () => {
    const { ask } = await createHarness();
    const answer = await ask("/v1/holds", {
      method: "POST",
      json: { ...HOLD, review_at: "2027-09-01T12:00:00Z" },
    });
    expect(answer.status).toBe(201);
  });

  it("is 409 when there are more than can be kept", async () => {
    const { ask, registrar } = await createHarness();
    registrar.placeHold = async () => ({ kind: "too_many" });
    const answer = await ask("/v1/holds", { method: "POST", json: HOLD });
    expect(answer.body).toMatchObject({ status: 409, code: "too_many_holds" });
  });
});

describe("POST /v1/holds/{id}/release", () => {
  it("releases once", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/holds", { method: "POST", json: HOLD });
    const release = () => ask("/v1/holds/hld_1/release", { method: "POST", json: {} });
    expect(await release()).toMatchObject({ status: 200, body: { status: "released" } });
    expect(await release()).toMatchObject({ status: 409, body: { code: "wrong_status" } });
    expect(registrar.callsOf("releaseHold")).toEqual([
      ["hld_1", "root"],
      ["hld_1", "root"],
    ]);
  });

  it("is 404 when there is none", async () => {
    const { ask } = await createHarness();
    expect((await ask("/v1/holds/hld_9")).body).toMatchObject({ code: "hold_not_found" });
    const answer = await ask("/v1/holds/hld_9/release", { method: "POST", json: {} });
    expect(answer.body).toMatchObject({ code: "hold_not_found" });
  });
});

describe("/v1/switch", () => {
  it("pauses all, or one source, and takes the pause away", async () => {
    const { ask, registrar } = await createHarness();
    const put = (json: object) => ask("/v1/switch", { method: "PUT", json });
    expect(await put({ paused: true, reason: "incident 7" })).toMatchObject({
      status: 200,
      body: { all: { by: "root", reason: "incident 7", until: null } },
    });
    expect(
      await put({ paused: true, source: "client_sessions", reason: "x", until: at(DAY) }),
    ).toMatchObject({ body: { sources: { client_sessions: { until: at(DAY) } } } });
    expect(await put({ paused: false })).toMatchObject({ body: { all: null } });
    expect((await ask("/v1/switch")).body).toMatchObject({
      all: null,
      sources: { client_sessions: { reason: "x" } },
      in_force: { client_sessions: true, agent_sessions: true },
    });
    expect(registrar.callsOf("turnSwitch").map(([change]) => change)).toEqual([
      { source: null, pause: { until: null, reason: "incident 7" } },
      { source: "client_sessions", pause: { until: NOW + DAY, reason: "x" } },
      { source: null, pause: null },
    ]);
  });

  it("is 503 while a source does not obey", async () => {
    const { ask, registrar } = await createHarness();
    registrar.inForce = { client_sessions: false, agent_sessions: false };
    const answer = await ask("/v1/switch", { method: "PUT", json: { paused: true, reason: "x" } });
    expect(answer.body).toMatchObject({ status: 503, code: "not_in_force" });
    expect(answer.body["errors"]).toHaveLength(2);
  });

  it.each<[object, string]>([
    [{}, "paused"],
    [{ paused: "yes" }, "paused"],
    [{ paused: true }, "reason"],
    [{ paused: true, reason: "" }, "reason"],
    [{ paused: true, reason: "x", source: "crm" }, "source"],
    [{ paused: true, reason: "x", until: at(-1) }, "until"],
    [{ paused: true, reason: "x", until: "soon" }, "until"],
    [{ paused: false, reason: "x" }, "reason"],
    [{ paused: false, until: at(DAY) }, "until"],
    [{ paused: true, reason: "x", all: true }, "all"],
  ])("refuses %j", async (json, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask("/v1/switch", { method: "PUT", json });
    expect(answer.body).toMatchObject({ status: 400, errors: [{ field }] });
    expect(registrar.callsOf("turnSwitch")).toEqual([]);
  });

  it("takes away the pause that a source has left behind, and none of a name that was misspelt", async () => {
    const { ask, registrar } = await createHarness();
    const json = { paused: false, source: "crm" };
    const none = await ask("/v1/switch", { method: "PUT", json });
    expect(none.body).toMatchObject({ status: 400, errors: [{ field: "source" }] });
    expect(registrar.callsOf("turnSwitch")).toEqual([]);
    const pause = { until: null, by: "root", reason: "x", at: new Date(NOW).toISOString() };
    registrar.switchReport = { ...registrar.switchReport, sources: { crm: pause } };
    expect((await ask("/v1/switch", { method: "PUT", json })).status).toBe(200);
  });
});
