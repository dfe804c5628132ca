import { env } from "cloudflare:workers";
import { readVersion } from "../../../src/kv/policies.ts";
import { policyTargets } from "../../../src/kv/targets.ts";
import { parseConfig } from "../../../src/config/config.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { clearPolicies, createHarness, keyFor } from "../../support/openapi/harness.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "15h" }],
  mode: "enforce",
};

const TARGETS = policyTargets(parseConfig({}).sources);

beforeEach(clearPolicies);

describe("PUT /v1/policies/{id}", () => {
  it("answers and stores the stored form, with its digest as ETag", async () => {
    const { ask, registrar } = await createHarness();
    const put = await ask("/v1/policies/short", { method: "PUT", json: POLICY });
    expect(put.status).toBe(201);
    expect(put.body).toMatchObject({
      expire: [{ clock: "expires_at", after: "PT15H" }],
      budget: { items: 10_000 },
      brake: { percent: 50 },
      verify: 1,
    });
    expect(put.headers.get("etag")).toMatch(/^"[0-9a-f]{64}"$/);
    expect(JSON.parse((await env.POLICIES.get("policy:short")) ?? "")).toEqual(put.body);
    const again = await ask("/v1/policies/short");
    expect(again.body).toEqual(put.body);
    expect(again.headers.get("etag")).toBe(put.headers.get("etag"));
    expect(registrar.callsOf("writePolicy")).toEqual([
      ["short", expect.objectContaining({ id: "short" }), "root"],
    ]);
    expect((await ask("/v1/policies/short", { method: "PUT", json: put.body })).status).toBe(200);
  });

  it.each([
    [{ ...POLICY, expires: [] }, "expires"],
    [{ ...POLICY, expire: [{ clock: "expires_at", after: 15 }] }, "expire[0].after"],
    [{ ...POLICY, expire: [{ clock: "expires_at", after: "15" }] }, "expire[0].after"],
    [{ ...POLICY, expire: [{ clock: "last_active_at", after: "P1D" }] }, "expire[0].clock"],
    [{ ...POLICY, source: "nowhere" }, "source"],
    [{ ...POLICY, match: { metadata: { plan: "free" } } }, "match.metadata"],
    [{ ...POLICY, match: {} }, "match"],
    [{ ...POLICY, schedule: "every day" }, "schedule"],
  ])("refuses %j naming the field, and changes nothing", async (json, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask("/v1/policies/short", { method: "PUT", json });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(await env.POLICIES.get("policy:short")).toBeNull();
    expect(registrar.callsOf("writePolicy")).toEqual([]);
  });

  it("refuses an id that a KV key must not hold", async () => {
    const { ask } = await createHarness();
    const answer = await ask("/v1/policies/Short", { method: "PUT", json: POLICY });
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field: "id" }] });
  });

  it("writes only over what If-Match names, and with If-None-Match only what is new", async () => {
    const { ask, registrar } = await createHarness();
    const put = (headers: Record<string, string>) =>
      ask("/v1/policies/short", { method: "PUT", json: POLICY, headers });
    expect((await put({ "if-match": "*" })).status).toBe(412);
    const first = await put({ "if-none-match": "*" });
    expect(first.status).toBe(201);
    expect((await put({ "if-none-match": "*" })).body).toMatchObject({
      code: "precondition_failed",
    });
    expect((await put({ "if-match": '"another"' })).status).toBe(412);
    expect((await put({ "if-match": first.headers.get("etag") ?? "" })).status).toBe(200);
    const wrong = { method: "DELETE", headers: { "if-match": '"another"' } };
    expect((await ask("/v1/policies/short", wrong)).status).toBe(412);
    // What must not be there is: nothing to delete, by the caller's own word.
    const none = { method: "DELETE", headers: { "if-none-match": "*" } };
    expect((await ask("/v1/policies/short", none)).body).toMatchObject({
      code: "precondition_failed",
    });
    expect(registrar.callsOf("writePolicy")).toHaveLength(2);
  });

  it("tells the Registrar before KV, so that a failing KV stops more and never less", async () => {
    const failing = {
      get: env.POLICIES.get.bind(env.POLICIES),
      list: env.POLICIES.list.bind(env.POLICIES),
      put: () => Promise.reject(new Error("KV is down")),
      delete: () => Promise.reject(new Error("KV is down")),
    };
    const { ask, registrar, lines } = await createHarness({}, { policies: failing });
    const put = await ask("/v1/policies/short", { method: "PUT", json: POLICY });
    expect(put.body).toMatchObject({ code: "internal", status: 500 });
    expect(registrar.callsOf("writePolicy")).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain("KV is down");
  });

  it("writes nothing to KV when the Registrar cannot be told", async () => {
    const { ask, registrar } = await createHarness();
    registrar.fault = Object.assign(new Error("overloaded"), { overloaded: true });
    const put = await ask("/v1/policies/short", { method: "PUT", json: POLICY });
    expect(put.body).toMatchObject({ code: "unavailable", status: 503 });
    expect(put.headers.get("retry-after")).toBe("5");
    expect(await env.POLICIES.get("policy:short")).toBeNull();
  });
});

describe("GET and DELETE /v1/policies", () => {
  it("lists page by page, invalid policies with what is wrong", async () => {
    const { ask } = await createHarness();
    for (const id of ["a", "b", "c"]) {
      await ask(`/v1/policies/${id}`, { method: "PUT", json: POLICY });
    }
    await env.POLICIES.put("policy:bad", "{");
    await env.POLICIES.put("policy:large", "x".repeat(65 * 1024));
    await env.POLICIES.put("unrelated", "{}");
    const first = await ask("/v1/policies?limit=2");
    expect(first.body["data"]).toMatchObject([{ id: "a", errors: [] }, { id: "b" }]);
    const second = await ask(`/v1/policies?limit=2&cursor=${String(first.body["next_cursor"])}`);
    expect(second.body["data"]).toMatchObject([
      {
        id: "bad",
        policy: null,
        digest: null,
        errors: [{ message: expect.stringMatching(/JSON/) }],
      },
      { id: "c" },
    ]);
    const last = await ask(`/v1/policies?cursor=${String(second.body["next_cursor"])}`);
    expect(last.body).toMatchObject({
      data: [{ id: "large", errors: [{ message: expect.stringMatching(/65536 bytes/) }] }],
      next_cursor: null,
    });
    expect((await ask("/v1/policies/bad")).body).toMatchObject({ code: "policy_invalid" });
  });

  it("pages past ids that are none, in any script and of any length", async () => {
    const { ask } = await createHarness();
    const ids = ["a", "политика", "\u{1F512} lock", "z".repeat(505)];
    for (const id of ids) {
      await env.POLICIES.put(`policy:${id}`, JSON.stringify(POLICY));
    }
    const seen: unknown[] = [];
    let query = "limit=1";
    for (;;) {
      const page = await ask(`/v1/policies?${query}`);
      expect(page.status).toBe(200);
      seen.push(...(page.body["data"] as unknown[]));
      const next = page.body["next_cursor"];
      if (typeof next !== "string") {
        break;
      }
      query = `limit=1&cursor=${next}`;
    }
    expect(seen).toMatchObject(
      ids
        .toSorted()
        .map((id) => (id === "a" ? { id, errors: [] } : { id, errors: [{ field: "id" }] })),
    );
  });

  it.each([
    "limit=0",
    "limit=101",
    "limit=ten",
    "limit=1&limit=2",
    "cursor=%00",
    "cursor=a",
    "page=2",
  ])("refuses ?%s", async (query) => {
    const { ask } = await createHarness();
    const answer = await ask(`/v1/policies?${query}`);
    expect(answer.body).toMatchObject({ code: "invalid_request", status: 400 });
    expect(answer.body["errors"]).toMatchObject([{ field: query.split("=")[0] }]);
  });

  it("deletes, telling the Registrar, and then has it no more", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/policies/short", { method: "PUT", json: POLICY });
    const deleted = await ask("/v1/policies/short", {
      method: "DELETE",
      key: keyFor("policies:write"),
    });
    expect(deleted.status).toBe(204);
    expect(deleted.text).toBe("");
    expect(registrar.callsOf("writePolicy").at(-1)).toEqual(["short", null, "policies:write"]);
    expect((await ask("/v1/policies/short")).body).toMatchObject({ code: "policy_not_found" });
    expect((await ask("/v1/policies/short", { method: "DELETE" })).status).toBe(404);
  });
});

describe("GET /v1/policies/{id}/versions", () => {
  it("answers the versions there have been, page by page", async () => {
    const { ask, registrar } = await createHarness();
    const at = "2026-09-01T12:00:00.000Z";
    const trusted = { trusted_at: at, trusted_by: "carol" };
    registrar.versionsPage = {
      data: [
        { no: 8, digest: null, document: null, writer: "ben", via: "api", at, ...trusted },
        {
          no: 7,
          digest: "d".repeat(64),
          document: JSON.stringify(POLICY),
          writer: null,
          via: "kv",
          at,
          ...trusted,
        },
      ],
      next_cursor: "7",
    };
    const first = await ask("/v1/policies/p/versions?limit=2", { key: keyFor("policies:read") });
    expect(first.body["data"]).toEqual([
      { no: 8, digest: null, policy: null, writer: "ben", via: "api", at, ...trusted },
      { no: 7, digest: "d".repeat(64), policy: POLICY, writer: null, via: "kv", at, ...trusted },
    ]);
    await ask(`/v1/policies/p/versions?cursor=${String(first.body["next_cursor"])}`);
    expect(registrar.callsOf("policyVersions")).toEqual([
      ["p", 2, null],
      ["p", 20, 7],
    ]);
  });

  it("answers 404 of a policy that there never was, and 400 to what is no cursor", async () => {
    const { ask } = await createHarness();
    expect((await ask("/v1/policies/p/versions")).body).toMatchObject({ code: "policy_not_found" });
    for (const cursor of ["a", btoa("0"), btoa("-1"), btoa("1e3"), btoa("x")]) {
      expect((await ask(`/v1/policies/p/versions?cursor=${cursor}`)).body).toMatchObject({
        code: "invalid_request",
        errors: [{ field: "cursor" }],
      });
    }
  });
});

describe("writers that reach KV in another order than the Registrar", () => {
  it("leave the newest version there, whoever comes last", async () => {
    const { ask, registrar } = await createHarness();
    const newest = readVersion("p", { ...POLICY, note: "newest" }, TARGETS);
    registrar.newestPolicy = async () => (newest.ok ? newest.value : null);
    await ask("/v1/policies/p", { method: "PUT", json: POLICY });
    expect(JSON.parse((await env.POLICIES.get("policy:p")) ?? "")).toMatchObject({
      note: "newest",
    });
    await ask("/v1/policies/p", { method: "DELETE" });
    expect(JSON.parse((await env.POLICIES.get("policy:p")) ?? "")).toMatchObject({
      note: "newest",
    });
    registrar.newestPolicy = async () => null;
    await ask("/v1/policies/p", { method: "PUT", json: POLICY });
    expect(await env.POLICIES.get("policy:p")).toBeNull();
  });
});

describe("a policy of which KV shows an older version", () => {
  it("is read as it counts, with the ETag that a write can cite", async () => {
    const { ask, registrar } = await createHarness();
    await ask("/v1/policies/p", { method: "PUT", json: POLICY });
    const newest = readVersion("p", { ...POLICY, note: "newest" }, TARGETS);
    if (!newest.ok) {
      throw new Error("no policy");
    }
    registrar.versionsToShow = async () => [{ kind: "newer", version: newest.value }];
    const read = await ask("/v1/policies/p");
    expect(read.body).toMatchObject({ note: "newest" });
    expect(read.headers.get("etag")).toBe(`"${newest.value.digest}"`);
    expect((await ask("/v1/policies")).body).toMatchObject({
      data: [{ id: "p", digest: newest.value.digest, policy: { note: "newest" } }],
    });
    registrar.versionsToShow = async () => [{ kind: "gone" }];
    expect((await ask("/v1/policies/p")).body).toMatchObject({ code: "policy_not_found" });
    expect((await ask("/v1/policies")).body).toMatchObject({ data: [] });
  });
});
