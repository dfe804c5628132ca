import { describe, expect, it } from "vitest";
import type { KeyScope } from "../../../src/config/keys.ts";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { Browser } from "../../support/browser.ts";
import type { PlanPageRequest, PlannedSession } from "../../../src/contract/custodian.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { createDeps, keyFor, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";
import { AT, sweepReport } from "../../support/openapi/reports.ts";

const PLANNED: PlannedSession = {
  scope: "ws_1",
  id: "cs_1",
  clause: 0,
  clock: "expires_at",
  threshold: NOW - 900_000,
  due_at: NOW - 3_600_000,
  newly: true,
  disposition: null,
};

/** Somebody signed in, with a sweep that is braked. */
async function open(
  scope: KeyScope = "*",
  change: Partial<SweepReport> = {},
  plan: readonly PlannedSession[] = [],
) {
  const asked: PlanPageRequest[] = [];
  const custodian = () =>
    custodianAnswers({
      planPage: (_id, request) => {
        asked.push(request);
        return Promise.resolve({ kind: "page", data: plan, next: null });
      },
    });
  const { deps, registrar } = createDeps({}, { custodian });
  const browser = new Browser(() => deps);
  await browser.signIn(scope === "*" ? ROOT_KEY : keyFor(scope));
  registrar.sweepsById.set("swp_1", { ...sweepReport("swp_1", "expired"), ...change });
  return { browser, registrar, asked };
}

describe("the pages of sweeps", () => {
  it("list sweeps, and lead to each", async () => {
    const { browser } = await open();
    for (const path of ["/", "/sweeps", "/sweeps?policy=expired"]) {
      const { status, text } = await browser.open(path);
      expect(status).toBe(200);
      expect(text).toContain('href="/sweeps/swp_1"');
    }
  });

  it("list those that are asked for, and ask again for the same", async () => {
    const { browser, registrar } = await open();
    const { text } = await browser.open(
      "/sweeps?policy=&status=braked&since=2026-08-01&removed=true",
    );
    const filter = { status: ["braked"], since: Date.UTC(2026, 7, 1), removed: true };
    expect(registrar.callsOf("sweeps").at(-1)).toEqual([{ limit: 50, cursor: null }, filter]);
    expect(text).toMatch(/<option value="braked" selected[^>]*>braked</);
    expect(text).toMatch(/name="removed" type="checkbox" value="true" checked/);
    expect((await browser.open("/sweeps?status=done")).status).toBe(400);
  });

  it("say why it was stopped where nobody did it", async () => {
    const { browser } = await open("*", { status: "superseded", stop_reason: "floors_changed" });
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toContain("floors changed.");
  });

  it("draw how what is past a clause comes to the plan, so that it adds up", async () => {
    const counts = {
      examined: 900,
      matched: 800,
      undated: 3,
      kept: 7,
      has_children: 0,
      held: 5,
      due: 38,
      resting: 4,
      beyond_budget: 24,
      planned: 10,
    };
    const { browser } = await open("*", { counts });
    const { text } = await browser.open("/sweeps/swp_1");
    const [funnel = ""] = /From the source to the plan.*?<\/table>/s.exec(text) ?? [];
    const rows = funnel.matchAll(/<th scope="row"[^>]*>([^<]+)<\/th><td class="number">(\d+)/g);
    expect(Array.from(rows, ([, name, value]) => `${name} ${value}`)).toEqual([
      "examined 900",
      "matched 800",
      "without a readable clock 3",
      "past a clause 50",
      "kept 7",
      "held 5",
      "due 38",
      "resting 4",
      "beyond the budget 24",
      "planned 10",
    ]);
  });

  it("say why a sweep waits, and what an approval would remove", async () => {
    const { browser } = await open();
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toContain("150 of 200 sessions are due, and the brake lets 50 % pass.");
    expect(text).toContain("Approve: remove up to 150 sessions");
  });

  it("say why above what approves it, once, and how one is left out beside its id", async () => {
    const { browser } = await open("*", {}, [PLANNED]);
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text.match(/the brake lets 50 % pass/g)).toHaveLength(1);
    expect(text).toMatch(/the brake lets 50 % pass.*Approve: remove up to/s);
    expect(text).toMatch(/cs_1<\/code>.*Leave it out.*<time/s);
  });

  it("warn of what stopped a plan while it waits, and tell it afterwards", async () => {
    const guard = "150 of 200 sessions are due, and the brake lets 50 % pass.";
    const { browser, registrar } = await open();
    expect((await browser.open("/sweeps/swp_1")).text).toContain(`<p class="note warn">${guard}`);
    const done = {
      ...sweepReport("swp_1", "expired"),
      status: "completed",
      finished_at: AT,
    } as const;
    registrar.sweepsById.set("swp_1", done);
    expect((await browser.open("/sweeps/swp_1")).text).toContain(
      `<p class="note">It waited for a person then: ${guard}`,
    );
  });

  it("show what `match` selects only where the sweep examined all of it", async () => {
    const { counts } = sweepReport("swp_1", "expired");
    const shown = async (examined: number, matched: number): Promise<string> => {
      const { browser } = await open("*", { counts: { ...counts, examined, matched } });
      return (await browser.open("/sweeps/swp_1")).text;
    };
    expect(await shown(200, 150)).toContain("matched");
    expect(await shown(1, 3002)).not.toContain("matched");
  });

  it("approve the plan that was shown, in the name of who is signed in", async () => {
    const { browser, registrar } = await open();
    const form = { form_token: await browser.token("/sweeps/swp_1"), plan_digest: "plan" };
    const answer = await browser.submit("/sweeps/swp_1/approve", form);
    expect([answer.status, answer.location]).toEqual([303, "/sweeps/swp_1"]);
    expect(registrar.calls).toContainEqual({
      method: "approveSweep",
      args: ["swp_1", "plan", "root"],
    });
  });

  it("say what the API refused, and change nothing", async () => {
    const { browser, registrar } = await open();
    registrar.refusal = { kind: "wrong_digest" };
    const form = { form_token: await browser.token("/sweeps/swp_1"), plan_digest: "another" };
    const answer = await browser.submit("/sweeps/swp_1/approve", form);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("plan_changed");
  });

  it("cancel a sweep", async () => {
    const { browser, registrar } = await open();
    const form = { form_token: await browser.token("/sweeps/swp_1") };
    expect((await browser.submit("/sweeps/swp_1/cancel", form)).status).toBe(303);
    expect(registrar.calls).toContainEqual({ method: "cancelSweep", args: ["swp_1", "root"] });
  });

  it("offer a key only what it may decide", async () => {
    const { browser, registrar } = await open("sweeps:read");
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).not.toContain("Approve: remove");
    expect(text).not.toContain("Cancel this sweep");
    const form = { form_token: await browser.token("/sweeps/swp_1"), plan_digest: "plan" };
    expect((await browser.submit("/sweeps/swp_1/approve", form)).status).toBe(403);
    expect(registrar.calls.map(({ method }) => method)).not.toContain("approveSweep");
  });

  it("lead a key that may see no session to none", async () => {
    const { browser } = await open("sweeps:read", {}, [PLANNED]);
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toContain("150 sessions");
    expect(text).not.toMatch(/longest overdue|role="alert"|\/sweeps\/swp_1\/plan/);
    const all = await open("*", {}, [PLANNED]);
    expect((await all.browser.open("/sweeps/swp_1")).text).toMatch(
      /longest overdue are these.*cs_1/s,
    );
  });

  it("show what somebody wrote as text", async () => {
    const { browser } = await open("*", { note: "<img src=x onerror=alert(1)>" });
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toContain("&lt;img src=x");
    expect(text).not.toContain("<img");
  });

  it("say how far the removals are, how fast, and what bounds them", async () => {
    const { browser } = await open("*", {
      status: "removing",
      dispositions: { deleted: 50, held: 10 },
      backlog: 100,
      drain_seconds: 50,
      speed: "rate",
    });
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toContain('<progress id="progress" max="150" value="60">');
    expect(text).toContain("2 sessions a second, about 1 min left");
    expect(text).toContain("the pace that the source allows");
  });

  it("tell what is left to do apart from what the time went into", async () => {
    const { browser } = await open("*", {
      status: "braked",
      finished_at: null,
      backlog: 1_170,
      speed: "connections",
    });
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toMatch(/Left to do<\/dt><dd>1,170<\/dd>/);
    expect(text).toMatch(/Time went into<\/dt><dd>calls to the source/);
    expect(text).not.toContain("under way: the source");
  });

  it("say of a preview what would newly go, how overdue, and show samples of it", async () => {
    const preview: Partial<SweepReport> = {
      trigger: "preview",
      mode: "observe",
      status: "observed",
      difference: { added: 40, removed: 2 },
      by_clause: [{ clock: "expires_at", after: "PT15M", dispositions: {} }],
    };
    const { browser, asked } = await open("*", preview, [PLANNED]);
    const { text } = await browser.open("/sweeps/swp_1");
    expect(text).toContain("Preview of expired");
    expect(text).toMatch(/40 more sessions.*are due, and 2 are due no longer/s);
    expect(text).toMatch(/1 hour<\/th>.*100.*longer<\/th>.*50/s);
    expect(text).toContain("Of what is new, the longest overdue");
    expect(text).toContain("15 minutes after <code>expires_at</code>");
    expect(text).toContain("cs_1");
    expect(asked).toEqual([{ limit: 10, after: 0, newly: true }]);
  });

  it("answer 404 for one that is not there", async () => {
    const { browser } = await open();
    expect((await browser.open("/sweeps/swp_2")).status).toBe(404);
  });

  it("refresh by themselves while a sweep is under way, and not after its end", async () => {
    const running = await open("*", { status: "removing" });
    expect((await running.browser.open("/sweeps/swp_1")).text).toContain("data-live");
    const ended = await open("*", { status: "completed" });
    expect((await ended.browser.open("/sweeps/swp_1")).text).not.toContain("data-live");
  });
});
