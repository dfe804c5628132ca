import { describe, expect, it } from "vitest";
import type { KeyScope } from "../../../src/config/keys.ts";
import { UNTOLD_PART, type ErasureReport } from "../../../src/core/report/erasure.ts";
import { Browser } from "../../support/browser.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { createDeps, keyFor, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";
import { erasureReport } from "../../support/openapi/reports.ts";
import { holdRequest } from "../../support/hold_request.ts";

const REQUEST = {
  identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
  sources: null,
  scopes: null,
  regulation: "gdpr",
  requested_at: NOW,
  reference: "case-14",
  dry_run: false,
} as const;

const HOLD = holdRequest(
  { kind: "scope", source: "client_sessions", globs: ["w"] },
  { ground: { text: "x" }, review_at: NOW },
);

async function open(scope: KeyScope = "*", change: Partial<ErasureReport> = {}) {
  const why = { matched_by: ["user_identifier_key"], child_of: null, held_by: null };
  const made = { ...why, matched_by: [], child_of: { scope: "a", id: "ase_0" } };
  const sessions = [
    { scope: "w", id: "cs_1", disposition: "held", ...why, held_by: "hld_1" },
    { scope: "a", id: "ase_1", disposition: null, ...made },
  ] as const;
  const { deps, registrar, lines } = createDeps(
    {},
    {
      custodian: () =>
        custodianAnswers({
          soughtPage: () => Promise.resolve({ kind: "page", data: sessions, next: null }),
        }),
    },
  );
  await registrar.placeHold(HOLD, "root", null);
  const browser = new Browser(() => deps);
  await browser.signIn(scope === "*" ? ROOT_KEY : keyFor(scope));
  registrar.erasuresById.set("ers_1", { ...erasureReport("ers_1", REQUEST), ...change });
  return { browser, registrar, lines };
}

const WAITS = { status: "needs_approval", plan_digest: "plan" } as const;

describe("the pages of erasures", () => {
  it("list those that are asked for: open, late, of a status, by their reference", async () => {
    const { browser, registrar } = await open();
    const { text } = await browser.open(
      "/erasures?status=partial&open=true&late=true&reference=case-14",
    );
    expect(text).toMatch(/name="late" type="checkbox" value="true" checked/);
    expect(text).toContain('value="case-14"');
    const [, filter] = registrar.callsOf("erasures").at(-1) ?? [];
    expect(filter).toMatchObject({ open: true, late: true, reference: "case-14" });
  });

  it("ask for an erasure, and show the person nowhere again", async () => {
    const { browser, registrar, lines } = await open();
    const form = {
      form_token: await browser.token("/erasures"),
      type: "user_identifier_key",
      value: "john_roe",
      reference: "case-15",
      regulation: "gdpr",
    };
    const step = await browser.submit("/erasures", form);
    expect(step.text).toContain("That cannot be undone");
    expect(step.text).toContain("client_sessions, agent_sessions");
    expect(registrar.callsOf("openErasure")).toEqual([]);
    const answer = await browser.submit("/erasures", { ...form, confirmed: "yes" });
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

  it("ask once by a form that is sent twice, and again by one that says something else", async () => {
    const { browser, registrar } = await open();
    const { text } = await browser.open("/erasures");
    const field = (name: string) =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(text)?.[1] ?? "";
    const form = {
      form_token: field("form_token"),
      once: field("once"),
      confirmed: "yes",
      type: "user_identifier_key",
      value: "john_roe",
    };
    const untold = { ...form, once: "" };
    const sent = [form, form, { ...form, value: "jane_doe" }, untold, untold];
    const places: (string | null)[] = [];
    for (const fields of sent) {
      places.push((await browser.submit("/erasures", fields)).location);
    }
    expect(places.map((place) => place?.split("_")[1])).toEqual(["2", "2", "3", "4", "5"]);
    expect(JSON.stringify(registrar.callsOf("openErasure").map(([, , key]) => key))).not.toContain(
      "john_roe",
    );
    const other = /name="once" value="([^"]+)"/.exec((await browser.open("/erasures")).text)?.[1];
    expect(other).not.toBe(form.once);
  });

  it("do not say that nothing was asked for where Lethe is at fault and may have recorded it", async () => {
    const { browser, registrar } = await open();
    const form = {
      form_token: await browser.token("/erasures"),
      type: "user_identifier_key",
      confirmed: "yes",
    };
    registrar.fault = Object.assign(new Error("gone"), { retryable: true });
    const { status, text } = await browser.submit("/erasures", { ...form, value: "john_roe" });
    expect(status).toBe(503);
    expect(text).toContain("<h1>It is not known whether this was done</h1>");
    expect(text).toContain('<a href="/erasures">See how it stands</a>');
    expect(text).not.toMatch(/Not asked for|john_roe/);
  });

  it("print a statement in plain words: removed, left and why, and what providers keep", async () => {
    const part = {
      ...UNTOLD_PART,
      found: 9,
      dispositions: { deleted: 4, absent_after_attempt: 1, held: 2, unknown: 1, already_absent: 1 },
      verified_at: ["2026-09-01T12:00:00.000Z", "2026-09-01T13:30:00.000Z"],
      not_erased: ["Query history."],
    };
    const none = { ...UNTOLD_PART, status: "failed" as const, unattributable: 3 };
    const { browser } = await open("*", {
      status: "partial",
      finished_at: "2026-09-02T08:15:00.000Z",
      requested_at: "2026-09-01T11:00:00.000Z",
      identifier_types: ["user_identifier_key"],
      sources: { seam: part, vectara: none },
    });
    const { text } = await browser.open("/erasures/ers_1");
    const [printed = "", screen = ""] = text.split('<div class="on-screen"><h2>The record');
    for (const said of [
      "5 sessions were removed, in 1 of 2 systems.",
      "Not everything could be searched or removed",
      "the GDPR (Art. 17)",
      "2026-09-01 11:00 UTC",
      "2026-09-02 08:15 UTC",
      "2026-09-01 13:30 UTC",
      "a user&#39;s key",
      "1 had gone before",
      "1 of the removed gave no clear answer",
      "2 left: a hold",
      "1 perhaps left",
      "it could not be searched",
      "3 name nobody",
      "seam: Query history.",
    ]) {
      expect(printed).toContain(said);
    }
    expect(printed).not.toMatch(
      /absent_after|already_absent|user_identifier_key|not_searched|dispositions/,
    );
    expect(screen).toContain("absent after attempt");
  });

  it("look first, and show what would go, why, and what stands against it", async () => {
    const { browser, registrar } = await open();
    const page = await browser.open("/erasures");
    // Enter in a field presses the first button of a form.
    expect(page.text.indexOf('name="dry_run"')).toBeLessThan(page.text.indexOf("Erase in every"));
    await browser.submit("/erasures", {
      form_token: await browser.token("/erasures"),
      type: "user_identifier_key",
      value: "john_roe",
      dry_run: "true",
    });
    expect(registrar.callsOf("openErasure")).toMatchObject([
      [{ dry_run: true }, "root", null, null],
    ]);
    const blockers = [
      { code: "held", source: "client_sessions", sessions: 1 },
      { code: "conflict", source: null, sessions: null },
    ] as const;
    const looked = await open("*", { dry_run: true, status: "observed", blockers });
    const { text } = await looked.browser.open("/erasures/ers_1");
    for (const said of ["What stands against it", "A hold binds these", "cs_1", "ase_1", "hld_1"]) {
      expect(text).toContain(said);
    }
    expect(text).toContain("matches by user_identifier_key");
    expect(text).toMatch(/was made by <code>ase_0<\/code>/);
    expect(text).not.toContain("Approve: remove");
    expect((await looked.browser.open("/erasures")).text).toContain("dry run");
  });

  it("show sessions to a key that may see them, and to no other", async () => {
    for (const [scope, isShown] of [
      ["*", true],
      ["erasures:read", false],
    ] as const) {
      const { browser } = await open(scope, { dry_run: true, status: "observed", blockers: [] });
      const { text } = await browser.open("/erasures/ers_1");
      expect([scope, text.includes("cs_1")]).toEqual([scope, isShown]);
      expect(text).toContain("Nothing: the erasure would remove all");
    }
  });

  it("refuse a whole business that was not confirmed, and one that is no person's path", async () => {
    const { browser, registrar } = await open();
    const form_token = await browser.token("/erasures");
    for (const type of ["customer_key", "metadata:nowhere"]) {
      const answer = await browser.submit("/erasures", {
        form_token,
        type,
        value: "acme",
        confirmed: "yes",
      });
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
