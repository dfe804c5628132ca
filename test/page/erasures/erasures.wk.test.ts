import { describe, expect, it } from "vitest";
import type { KeyScope } from "../../../src/config/keys.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { Browser } from "../../support/browser.ts";
import { createDeps, keyFor, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";
import { erasureReport } from "../../support/openapi/reports.ts";

const REQUEST = {
  identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
  sources: null,
  scopes: null,
  regulation: "gdpr",
  requested_at: NOW,
  reference: "case-14",
  dry_run: false,
} as const;

async function open(scope: KeyScope = "*", change: Partial<ErasureReport> = {}) {
  const { deps, registrar, lines } = createDeps();
  const browser = new Browser(() => deps);
  await browser.signIn(scope === "*" ? ROOT_KEY : keyFor(scope));
  registrar.erasuresById.set("ers_1", { ...erasureReport("ers_1", REQUEST), ...change });
  return { browser, registrar, lines };
}

const WAITS = { status: "needs_approval", plan_digest: "plan" } as const;

describe("the pages of erasures", () => {
  it("ask for an erasure, and show the person nowhere again", async () => {
    const { browser, registrar, lines } = await open();
    const answer = await browser.submit("/erasures", {
      form_token: await browser.token("/erasures"),
      type: "user_identifier_key",
      value: "john_roe",
      reference: "case-15",
      regulation: "gdpr",
    });
    expect(answer.status).toBe(303);
    expect(answer.location).toMatch(/^\/erasures\/ers_/);
    expect(registrar.calls).toContainEqual({
      method: "openErasure",
      args: [
        expect.objectContaining({
          identifiers: [{ type: "user_identifier_key", value: "john_roe" }],
          sources: null,
          scopes: null,
          reference: "case-15",
        }),
        "root",
        null,
        null,
      ],
    });
    const seen = [
      answer,
      await browser.open(answer.location ?? ""),
      await browser.open("/erasures"),
    ];
    for (const { text, headers } of seen) {
      expect(text + JSON.stringify([...headers])).not.toContain("john_roe");
    }
    expect(JSON.stringify(lines)).not.toContain("john_roe");
  });

  it("refuse a whole business that was not confirmed, and one that is no person's path", async () => {
    const { browser, registrar } = await open();
    const form_token = await browser.token("/erasures");
    for (const type of ["customer_key", "metadata:nowhere"]) {
      const answer = await browser.submit("/erasures", { form_token, type, value: "acme" });
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain("acme");
    }
    expect(registrar.calls.map(({ method }) => method)).not.toContain("openErasure");
  });

  it("approve the plan that was shown", async () => {
    const { browser, registrar } = await open("*", WAITS);
    const form = { form_token: await browser.token("/erasures/ers_1"), plan_digest: "plan" };
    expect((await browser.submit("/erasures/ers_1/approve", form)).location).toBe(
      "/erasures/ers_1",
    );
    expect(registrar.calls).toContainEqual({
      method: "approveErasure",
      args: ["ers_1", "plan", "root"],
    });
  });

  it("promise no number where an approval is of whatever is found", async () => {
    const { browser } = await open("*", WAITS);
    const { text } = await browser.open("/erasures/ers_1");
    expect(text).toContain("sessions, and what a read-back still finds");
    expect(text).not.toContain("remove up to");
  });

  it.each([
    ["completed", "good"],
    ["partial", "warn"],
  ] as const)("show the statement of one that is %s as a %s one", async (status, tone) => {
    const { browser } = await open("*", { status, statement: "This may be said." });
    const { text } = await browser.open("/erasures/ers_1");
    expect(text).toContain(`<p class="note ${tone}">This may be said.</p>`);
  });

  it("cancel an erasure", async () => {
    const { browser, registrar } = await open();
    const form_token = await browser.token("/erasures/ers_1");
    expect((await browser.submit("/erasures/ers_1/cancel", { form_token })).status).toBe(303);
    expect(registrar.calls).toContainEqual({ method: "cancelErasure", args: ["ers_1", "root"] });
  });

  it("offer a key only what it may do", async () => {
    const { browser } = await open("erasures:read", WAITS);
    expect((await browser.open("/erasures")).text).not.toContain("Erase a person");
    const { text } = await browser.open("/erasures/ers_1");
    expect(text).not.toContain("Approve: remove");
    expect(text).not.toContain("Cancel this erasure");
  });

  it("list by status, and show what somebody wrote as text", async () => {
    const { browser } = await open("*", { reference: "<script>x</script>" });
    const { text } = await browser.open("/erasures?status=queued");
    expect(text).toContain("&lt;script&gt;x");
    expect(text).not.toContain("<script>x");
  });
});
