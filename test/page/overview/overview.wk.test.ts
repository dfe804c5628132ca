import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, inject, it } from "vitest";
import type { KeyScope } from "../../../src/config/keys.ts";
import { Browser } from "../../support/browser.ts";
import { erasureReport } from "../../support/openapi/reports.ts";
import { clearPolicies, createDeps, keyFor, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";

const SINCE = new Date(NOW - 3_600_000).toISOString();

const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
};

const REQUEST = {
  identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
  sources: null,
  scopes: null,
  regulation: "gdpr",
  requested_at: NOW,
  reference: null,
  dry_run: false,
} as const;

beforeEach(clearPolicies);
beforeEach(() => applyD1Migrations(env.STORE, inject("migrations")));

async function open(scope: KeyScope = "*") {
  const { deps, registrar } = createDeps();
  const browser = new Browser(() => deps);
  await browser.signIn(scope === "*" ? ROOT_KEY : keyFor(scope));
  return { browser, registrar };
}

describe("the overview", () => {
  it("says that nothing needs a person, when nothing does", async () => {
    const { browser } = await open();
    const { text } = await browser.open("/");
    expect(text).toContain("Nothing does.");
    expect(text).toContain("Removals are on, in every source.");
  });

  it("says what needs a person, since when, and leads there", async () => {
    const { browser, registrar } = await open();
    registrar.healthReport = {
      ...registrar.healthReport,
      attention: [
        {
          code: "braked",
          since: SINCE,
          about: { kind: "sweep", id: "swp_1" },
          message: "150 of 200 are due <b>",
          settle: { method: "POST", path: "/v1/sweeps/swp_1/approve" },
        },
      ],
      attention_more: { braked: 2 },
    };
    const { text } = await browser.open("/");
    expect(text).toContain('href="/sweeps/swp_1"');
    expect(text).toContain("1 hour ago");
    expect(text).toContain("150 of 200 are due &lt;b&gt;");
    expect(text).toContain("And 2 more");
  });

  const MATTERS = [
    {
      code: "paused",
      since: SINCE,
      about: { kind: "deployment", id: null },
      message: `anna paused every source until ${new Date(NOW + 3_600_000).toISOString()}: look`,
      settle: { method: "PUT", path: "/v1/switch", body: { paused: false } },
    },
    {
      code: "braked",
      since: SINCE,
      about: { kind: "sweep", id: "swp_1" },
      message: "A sweep waits.",
      settle: { method: "POST", path: "/v1/sweeps/swp_1/approve" },
    },
    {
      code: "needs_approval",
      since: SINCE,
      about: { kind: "erasure", id: "ers_1" },
      message: "An erasure waits.",
      settle: { method: "POST", path: "/v1/erasures/ers_1/approve" },
    },
    {
      code: "no_completed_sweep",
      since: SINCE,
      about: { kind: "policy", id: "p" },
      message: "None has completed.",
      settle: { method: "POST", path: "/v1/sweeps", body: { policy: "p" } },
    },
    {
      code: "hold_review_due",
      since: SINCE,
      about: { kind: "hold", id: "hld_1" },
      message: "Its review date has passed.",
      settle: { method: "POST", path: "/v1/holds/hld_1/release" },
    },
  ] as const;

  /** The forms in what needs a person, by the path each is sent to. */
  const formsIn = (text: string): string[] => {
    const [, list = ""] = /<section id="attention"(.*?)<\/section>/s.exec(text) ?? [];
    return [...list.matchAll(/action="([^"]+)"/g)].map(([, path = ""]) => path);
  };

  it("has the button of what one call settles, and the way alone to what has to be seen first", async () => {
    const { browser, registrar } = await open();
    registrar.healthReport = { ...registrar.healthReport, attention: MATTERS };
    const { text } = await browser.open("/");
    expect(formsIn(text)).toEqual(["/switch/resume", "/sweeps/swp_1/cancel", "/policies/sweep"]);
    expect(text).toContain(`name="since" value="${SINCE}"`);
    expect(text).toContain('href="/erasures/ers_1"');
    expect(text).toContain('href="/holds/hld_1"');
    expect(text).toContain("(in 1 hour)");
  });

  it.each([
    ["switch:write", ["/switch/resume"]],
    ["sweeps:run", ["/sweeps/swp_1/cancel", "/policies/sweep"]],
    ["sweeps:approve", []],
    ["holds:write", []],
  ] as const)("has no button that a key of %s may not press", async (scope, forms) => {
    const { browser, registrar } = await open(scope);
    registrar.healthReport = { ...registrar.healthReport, attention: MATTERS };
    const { text } = await browser.open("/");
    expect(formsIn(text)).toEqual(forms);
    expect(text).toContain('href="/sweeps/swp_1"');
  });

  it("tries a failing source by the policies of that source that run", async () => {
    const { browser, registrar } = await open();
    const documents = {
      p: POLICY,
      off: { ...POLICY, mode: "off" },
      other: { source: "agent_sessions", expire: [{ clock: "created_at", after: "P1Y" }] },
    };
    for (const [id, document] of Object.entries(documents)) {
      await env.POLICIES.put(`policy:${id}`, JSON.stringify(document));
    }
    const matter = {
      code: "source_failing",
      since: SINCE,
      about: { kind: "source", id: "client_sessions" },
      message: "It failed.",
      settle: { method: "POST", path: "/v1/sweeps" },
    } as const;
    registrar.healthReport = { ...registrar.healthReport, attention: [matter] };
    const { text } = await browser.open("/");
    expect(formsIn(text)).toEqual(["/policies/sweep"]);
    expect(text).toContain("Sweep p now");
  });

  it("starts a sweep of a policy that observes, and goes on to it", async () => {
    const { browser, registrar } = await open();
    await env.POLICIES.put("policy:p", JSON.stringify({ ...POLICY, mode: "observe" }));
    const form_token = await browser.token();
    const answer = await browser.submit("/policies/sweep", { form_token, id: "p" });
    expect([answer.status, answer.location]).toEqual([303, "/sweeps/swp_1"]);
    expect(registrar.callsOf("startSweep")).toMatchObject([[{ id: "p" }, "root", null]]);
  });

  it("asks before it starts a sweep that removes, and starts none of a policy that is not there", async () => {
    const { browser, registrar } = await open();
    await env.POLICIES.put("policy:p", JSON.stringify({ ...POLICY, mode: "enforce" }));
    const form_token = await browser.token();
    const form = { form_token, id: "p" };
    const asked = await browser.submit("/policies/sweep", form);
    expect(asked.status).toBe(200);
    expect(asked.text).toContain("Removed 15 minutes after <code>expires_at</code>");
    expect((await browser.submit("/policies/sweep", { form_token, id: "none" })).status).toBe(404);
    expect(registrar.callsOf("startSweep")).toEqual([]);
    const answer = await browser.submit("/policies/sweep", { ...form, confirmed: "yes" });
    expect([answer.status, answer.location]).toEqual([303, "/sweeps/swp_1"]);
    expect(registrar.callsOf("startSweep")).toHaveLength(1);
  });

  it("says of each source how fast it may be called, of its limit, and when it last answered", async () => {
    const { browser, registrar } = await open();
    const health = { status: "ok", detail: null, at: SINCE, since: SINCE } as const;
    const pace = { breaker: "open", rate: 2.5, limit: 10, at: SINCE, answered_at: SINCE } as const;
    const shown = async (told: typeof pace | null): Promise<string> => {
      const sources = { client_sessions: { ...health, pace: told } };
      registrar.healthReport = { ...registrar.healthReport, sources };
      const { text } = await browser.open("/");
      return /<section id="sources".*?<\/section>/s.exec(text)?.[0] ?? "";
    };
    const told = await shown(pace);
    expect(told).toContain("2.5 of 10 calls a second");
    expect(told).toContain('class="tag bad">open<');
    expect(told).toContain("1 hour ago");
    expect(await shown(null)).toContain("not known");
  });

  it("shows what was removed by day, and sums it up", async () => {
    const { browser, registrar } = await open();
    registrar.sums = {
      rows: [
        { day: "2026-09-01", disposition: "deleted", count: 5, gone: 5 },
        { day: "2026-08-30", disposition: "already_absent", count: 20, gone: 20 },
        { day: "2026-08-30", disposition: "held", count: 3, gone: 0 },
        { day: "2026-08-03", disposition: "deleted", count: 1000, gone: 1000 },
      ],
      totals: {},
    };
    const { text } = await browser.open("/");
    const figures = [...text.matchAll(/class="figure">([\d,]+)<\/span> gone ([^<]+)</g)];
    expect(figures.map(([, count, span]) => [count, span])).toEqual([
      ["5", "today (UTC)"],
      ["25", "in 7 days, with today"],
      ["1,025", "in 30 days, with today"],
    ]);
    expect(text.match(/<th scope="row">2026-0[89]-\d\d</g)).toHaveLength(30);
  });

  it("shows the erasures that have not ended, the nearest date first", async () => {
    const { browser, registrar } = await open();
    const days = ["2026-09-20", "2026-09-05", "2026-09-11"];
    for (const day of days) {
      const report = erasureReport(`ers_${day}`, REQUEST);
      registrar.erasuresById.set(report.id, { ...report, due_at: `${day}T00:00:00.000Z` });
    }
    const { text } = await browser.open("/");
    expect([...text.matchAll(/href="\/erasures\/ers_([0-9-]+)"/g)].map(([, day]) => day)).toEqual(
      days.toSorted(),
    );
    const [[, filter] = []] = registrar.callsOf("erasures");
    expect(filter).toMatchObject({ open: true });
  });

  it("says how each policy is doing", async () => {
    const { browser, registrar } = await open();
    await env.POLICIES.put("policy:p", JSON.stringify(POLICY));
    registrar.state = {
      ...registrar.state,
      removals_24h: { deleted: 1234 },
      backlog: null,
      waits_for: ["braked", "observe"],
    };
    const { text } = await browser.open("/");
    expect(text).toContain('href="/policies/p"');
    expect(text).toContain("1,234");
    expect(text).toContain("not known");
    expect(text).toContain("braked, observe");
  });

  it("pauses one source or all, with a reason, and lets them go on", async () => {
    const { browser, registrar } = await open();
    const form_token = await browser.token();
    for (const [source, named] of [
      ["every source", null],
      ["client_sessions", "client_sessions"],
    ] as const) {
      const paused = await browser.submit("/switch/pause", { form_token, source, reason: "look" });
      expect([paused.status, paused.location]).toEqual([303, "/#switch"]);
      expect(registrar.calls).toContainEqual({
        method: "turnSwitch",
        args: [{ source: named, pause: { until: null, reason: "look" } }, "root"],
      });
      const { text } = await browser.open("/");
      const since = /name="since" value="([^"]+)"/.exec(text)?.[1] ?? "";
      await browser.submit("/switch/resume", { form_token, source, since });
      expect(registrar.calls).toContainEqual({
        method: "turnSwitch",
        args: [{ source: named, pause: null }, "root"],
      });
    }
  });

  it.each(["every source", "client_sessions"])(
    "ends no pause of %s that stands in place of the one that was seen",
    async (source) => {
      const { browser, registrar } = await open();
      const form_token = await browser.token();
      await browser.submit("/switch/pause", { form_token, source, reason: "an incident" });
      for (const since of ["", SINCE]) {
        const answer = await browser.submit("/switch/resume", { form_token, source, since });
        expect(answer.status).toBe(409);
        expect(answer.text).toContain("root has paused removals again (an incident)");
      }
      expect(registrar.callsOf("turnSwitch")).toHaveLength(1);
    },
  );

  it("says of a switch that some source does not obey yet that it is turned", async () => {
    const { browser, registrar } = await open();
    registrar.inForce = { client_sessions: true, agent_sessions: false };
    const form_token = await browser.token();
    const pause = { form_token, source: "every source", reason: "an incident" };
    const { status, text } = await browser.submit("/switch/pause", pause);
    expect(status).toBe(503);
    expect(text).toContain("The switch is turned, and not yet everywhere");
    expect(text).not.toContain("The switch was not turned");
  });

  it("refuses a pause without a reason", async () => {
    const { browser, registrar } = await open();
    const form_token = await browser.token();
    const answer = await browser.submit("/switch/pause", { form_token, source: "every source" });
    expect(answer.status).toBe(400);
    expect(registrar.calls.map(({ method }) => method)).not.toContain("turnSwitch");
  });

  it("offers no switch to a key that may not turn it", async () => {
    const { browser } = await open("switch:read");
    const { text } = await browser.open("/");
    expect(text).toContain("The switch");
    expect(text).not.toContain("Pause removals");
  });
});
