import { generateKeyPair } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/values/hash.ts";
import { accessOf, certificates, signToken } from "../../support/access.ts";
import { Browser } from "../../support/browser.ts";
import { idsIn } from "../../support/d1.ts";
import { clean, ended, newestOf, put, versionOf } from "../../support/guard_world.ts";
import { createDeps } from "../../support/openapi/harness.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

// One person with an API key and an entry of ACCESS, both under one name.

const ACCESS = accessOf([
  { email: "alice@acme.test", name: "alice", scopes: ["*"] },
  { email: "ben@acme.test", name: "ben", scopes: ["*"] },
]);
const KEY = "seam_lethe_of_alice";
const API_KEYS = JSON.stringify([{ name: "alice", sha256: sha256(KEY), scopes: ["*"] }]);

const engine = await openWorld();
const pair = await generateKeyPair("RS256", { extractable: true });

beforeEach(async () => {
  await clean(engine);
  await engine.configure({ APPROVAL: "every", FOUR_EYES: "on" });
  await addClientSessions([{ id: "a" }, { id: "b" }]);
});

/** A browser behind Access, in the real Registrar's world; null: without Access, with the API key. */
async function open(email: string | null): Promise<Browser> {
  const { deps } = createDeps(
    { ACCESS, API_KEYS },
    {
      registrar: engine.registrar,
      fetch: async () => certificates(pair.publicKey),
    },
  );
  const browser = new Browser(() => deps);
  if (email === null) {
    await browser.signIn(KEY);
  } else {
    browser.access = await signToken(pair.privateKey, { email });
  }
  return browser;
}

async function approve(browser: Browser, id: string, digest: string | null) {
  const form_token = await browser.token(`/sweeps/${id}`);
  return browser.submit(`/sweeps/${id}/approve`, { form_token, plan_digest: digest ?? "" });
}

describe("four eyes, where one person has an API key and an entry of ACCESS under one name", () => {
  test.each([
    ["a sweep started with the key is not approved by Access", null, "alice@acme.test"],
    ["a sweep started by Access is not approved with the key", "alice@acme.test", null],
  ])("%s, and by another person it is", async (_, starter, approver) => {
    await put(engine, versionOf(), "ci");
    const first = await open(starter);
    const sweep = { form_token: await first.token(), id: "p", confirmed: "yes" };
    expect((await first.submit("/policies/sweep", sweep)).status).toBe(303);
    const { id, status, plan_digest: digest, started_by: by } = await newestOf(engine);
    expect([status, by?.name]).toEqual(["needs_approval", "alice"]);
    const refused = await approve(await open(approver), id, digest);
    expect([refused.status, refused.text.includes("four_eyes")]).toEqual([403, true]);
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
    expect((await approve(await open("ben@acme.test"), id, digest)).status).toBe(303);
    expect(await ended(engine, id)).toMatchObject({
      status: "completed",
      approved_by: [{ name: "ben" }],
      dispositions: { deleted: 2 },
    });
  });
});
