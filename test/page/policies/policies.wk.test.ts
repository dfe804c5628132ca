import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { KeyScope } from "../../../src/config/keys.ts";
import { sha256 } from "../../../src/core/values/hash.ts";
import { Browser } from "../../support/browser.ts";
import { clearPolicies, createDeps, keyFor, ROOT_KEY } from "../../support/openapi/harness.ts";
import { AT, sweepReport } from "../../support/openapi/reports.ts";

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "observe",
};
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)></textarea>`;

beforeEach(clearPolicies);

/** Somebody signed in, with a policy that was saved by the page. */
async function open(scope: KeyScope = "*", document: object = POLICY) {
  const { deps, registrar } = createDeps();
  const root = new Browser(() => deps);
  await root.signIn(ROOT_KEY);
  const saved = await root.submit("/policies/save", {
    form_token: await root.token(),
    id: "expired",
    etag: "",
    document: JSON.stringify(document),
  });
  expect([saved.status, saved.location]).toEqual([303, "/policies/expired"]);
  const browser = new Browser(() => deps);
  await browser.signIn(scope === "*" ? ROOT_KEY : keyFor(scope));
  return { browser, registrar };
}

/** The fields that the forms of the policy's page carry. */
async function fieldsOf(browser: Browser) {
  const { text } = await browser.open("/policies/expired");
  const value = (name: string): string =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1]?.replaceAll("&quot;", '"') ?? "";
  return { form_token: value("form_token"), id: value("id"), etag: value("etag") };
}

async function stored(): Promise<unknown> {
  return env.POLICIES.get("policy:expired", "json");
}

describe("the pages of policies", () => {
  it("list policies with when each removes, and lead to each", async () => {
    const { browser } = await open();
    const { text } = await browser.open("/policies");
    expect(text).toContain('href="/policies/expired"');
    expect(text).toContain("15 minutes after <code>expires_at</code>");
  });

  it("do not say that nothing is removed to a key that may not see who removes it", async () => {
    await open();
    const key = { name: "tenant", sha256: sha256("seam_lethe_t"), scopes: ["*"] };
    const API_KEYS = JSON.stringify([{ ...key, workspaces: ["w1"] }]);
    const { deps } = createDeps({ API_KEYS });
    const tenant = new Browser(() => deps);
    await tenant.signIn("seam_lethe_t");
    const { text } = await tenant.open("/policies");
    expect(text).toContain("There are none that your key sees.");
    expect(text).not.toMatch(/nothing is removed|expired/);
  });

  it("say what a policy means, and draw its sweeps with a table behind them", async () => {
    const { browser, registrar } = await open();
    registrar.sweepsById.set("swp_1", {
      ...sweepReport("swp_1", "expired"),
      dispositions: { deleted: 1234, held: 5, already_absent: 2, unknown: 1 },
    });
    const { text } = await browser.open("/policies/expired");
    expect(text).toContain("Removed 15 minutes after <code>expires_at</code>.");
    expect(text).toContain("<rect");
    expect(text).toMatch(/2026-09-01 12:00<\/th>.*1,234.*>5<.*>2<.*>1</s);
  });

  it("draw what is planned and waits as a part of its own, and nothing as a sentence", async () => {
    const { browser, registrar } = await open();
    const braked = sweepReport("swp_1", "expired");
    registrar.sweepsById.set("swp_1", { ...braked, dispositions: {} });
    const { text } = await browser.open("/policies/expired");
    expect(text).toMatch(/The highest bar is 150\./);
    expect(text).toMatch(/planned, not settled<\/th>.*2026-09-01 12:00<\/th>.*>150</s);
    const counts = { ...braked.counts, planned: 0 };
    registrar.sweepsById.set("swp_1", { ...braked, counts, dispositions: {} });
    const { text: none } = await browser.open("/policies/expired");
    expect(none).toContain("There is nothing to draw");
    expect(none).not.toContain("The highest bar is");
  });

  it("say once what is wrong with a document, and of which field", async () => {
    const { browser } = await open();
    const fields = await fieldsOf(browser);
    const bad = await browser.submit("/policies/save", { ...fields, document: "{" });
    expect(bad.text.match(/is not JSON/g)).toHaveLength(1);
    expect(bad.text).toContain(": check quotes, commas and brackets.");
    const wrong = JSON.stringify({ ...POLICY, mode: "sometimes" });
    const { text } = await browser.submit("/policies/save", { ...fields, document: wrong });
    expect(text).toContain("<code>mode</code>: ");
    expect(text).not.toContain("<code>errors</code>");
  });

  it("show who wrote each version", async () => {
    const { browser, registrar } = await open();
    registrar.versionsPage = {
      data: [
        {
          no: 1,
          digest: "d",
          document: JSON.stringify(POLICY),
          writer: "ada",
          via: "api",
          at: AT,
          trusted_at: AT,
          trusted_by: "bob",
        },
      ],
      next_cursor: null,
    };
    const { text } = await browser.open("/policies/expired");
    expect(text).toContain("ada");
    expect(text).toContain("approved by bob");
  });

  it("save a document over the version that was shown, and over no other", async () => {
    const { browser } = await open();
    const fields = await fieldsOf(browser);
    const change = (days: number) => ({
      ...fields,
      document: JSON.stringify({
        ...POLICY,
        expire: [{ clock: "created_at", after: `P${days}D` }],
      }),
    });
    const saved = await browser.submit("/policies/save", change(30));
    expect([saved.status, saved.location]).toEqual([303, "/policies/expired"]);
    expect(await stored()).toMatchObject({ expire: [{ clock: "created_at", after: "P30D" }] });
    const late = await browser.submit("/policies/save", change(1));
    expect(late.status).toBe(412);
    expect(late.text).toContain("precondition_failed");
    expect(late.text).toContain("P1D");
    expect(await stored()).toMatchObject({ expire: [{ clock: "created_at", after: "P30D" }] });
  });

  it("write no new policy over one that is there", async () => {
    const { browser } = await open();
    const fields = { ...(await fieldsOf(browser)), etag: "" };
    const document = JSON.stringify({ ...POLICY, mode: "enforce" });
    const form = { ...fields, document, confirmed: "yes" };
    const answer = await browser.submit("/policies/save", form);
    expect(answer.text).toContain("precondition_failed");
    expect(await stored()).toMatchObject({ mode: "observe" });
  });

  it("ask before a document is saved that removes, and save just what was shown then", async () => {
    const { browser } = await open();
    const fields = await fieldsOf(browser);
    const document = JSON.stringify({ ...POLICY, mode: "enforce" }, null, 2);
    const step = await browser.submit("/policies/save", { ...fields, document });
    expect([step.status, step.text.includes("cannot be brought back")]).toEqual([200, true]);
    expect(await stored()).toMatchObject({ mode: "observe" });
    const shown = /name="document" value="([^"]*)"/.exec(step.text)?.[1] ?? "";
    expect(JSON.parse(shown.replaceAll("&quot;", '"'))).toEqual(JSON.parse(document));
    const form = { ...fields, document, confirmed: "yes" };
    expect((await browser.submit("/policies/save", form)).status).toBe(303);
    expect(await stored()).toMatchObject({ mode: "enforce" });
  });

  it("refuse a document with a key that would be lost, and keep what was typed", async () => {
    const { browser } = await open();
    const fields = await fieldsOf(browser);
    const document = `${JSON.stringify({ ...POLICY, match: { scope: ["a"] } }).slice(0, -1)}, "match": { "scope": ["*"] } }`;
    for (const path of ["/policies/save", "/policies/preview"]) {
      const answer = await browser.submit(path, { ...fields, document });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain("invalid_request");
      expect(answer.text).toContain("&quot;scope&quot;: [&quot;*&quot;]");
    }
    expect(await stored()).not.toHaveProperty("match");
  });

  it("preview an edited document beside the stored one, and store nothing", async () => {
    const { browser, registrar } = await open();
    const fields = await fieldsOf(browser);
    const document = JSON.stringify({ ...POLICY, expire: [{ clock: "created_at", after: "P7D" }] });
    const answer = await browser.submit("/policies/preview", { ...fields, document });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('href="/sweeps/swp_1"');
    expect(answer.text).toContain("Removed 7 days after <code>created_at</code>.");
    const [request] = registrar.callsOf("startPreview")[0] ?? [];
    expect(request).toMatchObject({
      policy: { id: "expired", policy: { expire: [{ clock: "created_at", after: "P7D" }] } },
      other: { expire: [{ clock: "expires_at", after: "PT15M" }] },
    });
    expect(await stored()).toMatchObject({ expire: [{ clock: "expires_at", after: "PT15M" }] });
  });

  it("turn the mode of the version that was shown", async () => {
    const { browser } = await open();
    const fields = await fieldsOf(browser);
    const asked = await browser.submit("/policies/mode", { ...fields, mode: "enforce" });
    expect(asked.text).toContain("What is removed cannot be brought back");
    expect(await stored()).toMatchObject({ mode: "observe" });
    const turned = await browser.submit("/policies/mode", {
      ...fields,
      mode: "enforce",
      confirmed: "yes",
    });
    expect(turned.location).toBe("/policies/expired");
    expect(await stored()).toMatchObject({ mode: "enforce" });
    const late = await browser.submit("/policies/mode", { ...fields, mode: "off" });
    expect(late.status).toBe(412);
    expect(await stored()).toMatchObject({ mode: "enforce" });
  });

  it("let an invalid document be replaced", async () => {
    const { browser } = await open();
    await env.POLICIES.put("policy:expired", `{ "source": "nowhere" }`);
    const { status, text } = await browser.open("/policies/expired");
    expect(status).toBe(409);
    expect(text).toContain("policy_invalid");
    const fields = await fieldsOf(browser);
    const saved = await browser.submit("/policies/save", {
      ...fields,
      document: JSON.stringify(POLICY),
    });
    expect(saved.status).toBe(303);
    expect(await stored()).toMatchObject(POLICY);
  });

  it("write nothing over a document that has become valid since the form was made", async () => {
    const { browser } = await open();
    await env.POLICIES.put("policy:expired", `{ "source": "nowhere" }`);
    const fields = await fieldsOf(browser);
    await env.POLICIES.put("policy:expired", JSON.stringify({ ...POLICY, mode: "off" }));
    const document = JSON.stringify({ ...POLICY, mode: "enforce" });
    const answer = await browser.submit("/policies/save", { ...fields, document });
    expect([answer.status, answer.text.includes("Look at it first")]).toEqual([409, true]);
    expect(await stored()).toMatchObject({ mode: "off" });
  });

  it("offer a key only what it may do, and refuse the rest", async () => {
    const { browser } = await open("policies:read");
    const { text } = await browser.open("/policies/expired");
    expect(text).toContain("15 minutes after");
    expect(text).not.toContain("<textarea");
    expect(text).not.toContain("Turn it off");
    const form_token = await browser.token();
    const fields = { form_token, id: "expired", etag: "*", document: JSON.stringify(POLICY) };
    const answer = await browser.submit("/policies/save", fields);
    expect(answer.text).toContain("forbidden");
  });

  it("show what somebody wrote as text", async () => {
    const { browser, registrar } = await open("*", {
      ...POLICY,
      description: HOSTILE,
      note: HOSTILE,
      match: { scope: [HOSTILE] },
    });
    registrar.versionsPage = {
      data: [
        {
          no: 1,
          digest: "d",
          document: JSON.stringify({ note: HOSTILE }),
          writer: HOSTILE,
          via: "api",
          at: AT,
          trusted_at: AT,
          trusted_by: HOSTILE,
        },
      ],
      next_cursor: null,
    };
    const fields = await fieldsOf(browser);
    const pages = [
      await browser.open("/policies"),
      await browser.open("/policies/expired"),
      await browser.submit("/policies/preview", { ...fields, document: HOSTILE }),
      await browser.submit("/policies/save", { ...fields, id: HOSTILE, document: HOSTILE }),
    ];
    for (const { text } of pages) {
      expect(text).not.toContain("<script>");
      expect(text).not.toContain("<img");
    }
    expect(pages[1]?.text).toContain("&lt;script&gt;");
  });

  it("answer 404 for one that is not there", async () => {
    const { browser } = await open();
    expect((await browser.open("/policies/other")).status).toBe(404);
  });
});
