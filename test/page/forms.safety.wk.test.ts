import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/core/values/hash.ts";
import { Browser } from "../support/browser.ts";
import { createDeps } from "../support/openapi/harness.ts";

const KEY = "seam_lethe_of_a_tenant";

/** Somebody signed in by a key of some workspaces, or of all, where client sessions are at a provider. */
async function open(workspaces: readonly string[] | undefined) {
  const key = { name: "tenant", sha256: sha256(KEY), scopes: ["*"], workspaces };
  const { deps } = createDeps({
    API_KEYS: JSON.stringify([key]),
    SEAM_API_KEY: "seam_test_key_of_this_test",
  });
  const browser = new Browser(() => deps);
  await browser.signIn(KEY);
  return browser;
}

describe("the forms of pages", () => {
  it.each(["/", "/policies", "/erasures", "/holds", "/explain"])(
    "offer a key of some workspaces no source that it does not reach: %s",
    async (path) => {
      const { status, text } = await (await open(["w1"])).open(path);
      expect(status).toBe(200);
      expect(text).toContain("<form");
      expect(text).not.toMatch(/value="client_sessions"|source&quot;: &quot;client_sessions/);
    },
  );

  it.each(["/holds", "/explain"])("offer a key of everything every source: %s", async (path) => {
    const { text } = await (await open(undefined)).open(path);
    for (const source of ["client_sessions", "agent_sessions"]) {
      expect(text).toContain(`<option value="${source}"`);
    }
    const bound = await (await open(["w1"])).open(path);
    expect(bound.text).toContain('<option value="agent_sessions"');
  });

  it("name the sources that the key reaches in the step before an erasure", async () => {
    const fields = { type: "user_identifier_key", value: "jane_doe" };
    const browser = await open(["w1"]);
    const form = { form_token: await browser.token("/erasures"), ...fields };
    const { text } = await browser.submit("/erasures", form);
    expect(text).toContain("That cannot be undone");
    expect(text).toContain("<dd>agent_sessions</dd>");
    expect(text).not.toContain("client_sessions");
  });
});
