import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../src/core/values/hash.ts";
import { clearPolicies, createHarness, keyFor } from "../../support/openapi/harness.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15H" }],
  mode: "enforce",
};

beforeEach(clearPolicies);

async function putAll(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await env.POLICIES.put(`policy:${id}`, JSON.stringify(POLICY));
  }
}

test("the state of a policy is a route of its own: the document stays what was PUT", async () => {
  const { ask, registrar } = await createHarness();
  await putAll(["a"]);
  const state = await ask("/v1/policies/a/state");
  expect(state.body).toEqual(registrar.state);
  expect(registrar.callsOf("policyStates")).toEqual([
    [[{ id: "a", shown: expect.objectContaining({ source: "client_sessions" }) }]],
  ]);
  const document = await ask("/v1/policies/a");
  expect(document.body).toMatchObject(POLICY);
  expect(document.body).not.toHaveProperty("state");
  expect(document.headers.get("etag")).toMatch(/^"[0-9a-f]{64}"$/);
});

test("an invalid policy has one, and a policy that is not there has none", async () => {
  const { ask, registrar } = await createHarness();
  await env.POLICIES.put("policy:wrong", "{}");
  expect((await ask("/v1/policies/wrong/state")).status).toBe(200);
  expect(registrar.callsOf("policyStates")).toEqual([[[{ id: "wrong", shown: "policy_invalid" }]]]);
  expect((await ask("/v1/policies/none/state")).body).toMatchObject({ code: "policy_not_found" });
});

test("the list has the state of each of its page, in one call", async () => {
  const { ask, registrar } = await createHarness();
  await putAll(["a", "b", "c"]);
  await env.POLICIES.put("policy:bad", "{}");
  const { body } = await ask("/v1/policies?limit=3");
  expect(body["data"]).toMatchObject(
    ["a", "b", "bad"].map((id) => ({ id, state: registrar.state })),
  );
  const [[asked] = []] = registrar.callsOf("policyStates");
  expect(asked).toMatchObject([{ id: "a" }, { id: "b" }, { id: "bad", shown: "policy_invalid" }]);
});

test("a key without sweeps:read sees the list without states", async () => {
  const { ask, registrar } = await createHarness();
  await putAll(["a"]);
  const { body } = await ask("/v1/policies", { key: keyFor("policies:read") });
  expect(body["data"]).toMatchObject([{ id: "a", policy: POLICY, state: null }]);
  expect(registrar.callsOf("policyStates")).toEqual([]);
});

test("a key with both scopes sees them", async () => {
  const key = "seam_lethe_reads_both";
  const scopes = ["policies:read", "sweeps:read"];
  const API_KEYS = JSON.stringify([{ name: "viewer", sha256: sha256(key), scopes }]);
  const { ask, registrar } = await createHarness({ API_KEYS });
  await putAll(["a"]);
  const { body } = await ask("/v1/policies", { key });
  expect(body["data"]).toMatchObject([{ id: "a", state: registrar.state }]);
});
