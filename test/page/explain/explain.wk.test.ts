import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CustodianAnswers, ExplainAnswer } from "../../../src/contract/custodian.ts";
import { Browser } from "../../support/browser.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { clearPolicies, createDeps, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";
import { holdRequest } from "../../support/hold_request.ts";

const FOUND = {
  kind: "searched",
  live: [],
  planned: [],
  removed: null,
  is_whole: true,
} as const;
const EXPLAINED: ExplainAnswer = {
  kind: "explained",
  session: { clocks: { expires_at: NOW }, busy: false, activity: "read" },
  policies: [
    {
      id: "p",
      verdict: "not_due",
      clause: 0,
      clock: "expires_at",
      threshold: NOW,
      due_at: NOW,
      unmatched_by: null,
      stops: [],
    },
    {
      id: "q",
      verdict: "not_matched",
      clause: null,
      clock: null,
      threshold: null,
      due_at: null,
      unmatched_by: "match.scope",
      stops: [],
    },
  ],
  planned: [],
  removed: null,
  hold: null,
};
const NOT_SEARCHED = { ...FOUND, is_whole: false };

/** The page over one source that answers as a test says, and another that cannot be searched. */
async function openPage(answers: Partial<CustodianAnswers>) {
  const policy = {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT15M" }],
  };
  await clearPolicies();
  for (const id of ["p", "q"]) {
    await env.POLICIES.put(`policy:${id}`, JSON.stringify(policy));
  }
  const { deps } = createDeps(
    {},
    {
      custodian: (source) =>
        custodianAnswers(
          source === "client_sessions" ? answers : { find: () => Promise.resolve(NOT_SEARCHED) },
        ),
    },
  );
  const hold = holdRequest(
    { kind: "session", source: "client_sessions", scope: "ws_1", id: "cs_1" },
    { ground: { text: "litigation" }, review_at: NOW + 86_400_000 },
  );
  await deps.registrar.placeHold(hold, "anna", null);
  const browser = new Browser(() => deps);
  await browser.signIn(ROOT_KEY);
  return { browser };
}

async function ask(browser: Browser, fields: Readonly<Record<string, string>>) {
  const token = await browser.token("/explain");
  return browser.submit("/explain", { form_token: token, ...fields });
}

describe("the page that explains a session", () => {
  it("tells what the API tells, and writes the session into no URL", async () => {
    const removed = { job: null, disposition: "deleted", at: NOW, clause: 0, due_at: NOW } as const;
    const { deps, lines } = createDeps(
      {},
      {
        custodian: () =>
          custodianAnswers({
            explain: () =>
              Promise.resolve({
                kind: "explained",
                session: null,
                policies: [],
                planned: [],
                removed,
                hold: null,
              }),
          }),
      },
    );
    const browser = new Browser(() => deps);
    await browser.signIn(ROOT_KEY);
    const { status, text } = await browser.submit("/explain", {
      form_token: await browser.token("/explain"),
      source: "client_sessions",
      scope: "ws_1",
      id: " cs_secret ",
    });
    expect(status).toBe(200);
    expect(text).toContain("<code>cs_secret</code> in ws_1 of client_sessions");
    expect(text).toContain("Gone: Lethe removed it");
    expect(JSON.stringify(lines)).not.toContain("cs_secret");
  });

  it("needs the id alone, and says what each policy makes of the session", async () => {
    const asked: unknown[] = [];
    const { browser } = await openPage({
      find: () => Promise.resolve({ ...FOUND, live: ["ws_1"] }),
      explain: (request) => {
        asked.push(request.ref);
        return Promise.resolve({ ...EXPLAINED, hold: "hld_1" });
      },
    });
    const { text } = await ask(browser, { id: "cs_1", source: "", scope: "" });
    expect(text).toContain("<code>cs_1</code> in ws_1 of client_sessions");
    expect(text).toContain("removed 15 minutes after <code>expires_at</code>");
    expect(text).toContain("by <code>match.scope</code>");
    expect(text).toContain("hld_1");
    expect(text).toContain("agent_sessions: not searched");
    expect(asked).toEqual([{ scope: "ws_1", id: "cs_1" }]);
  });

  it("offers the places where several sessions have the id", async () => {
    const { browser } = await openPage({
      find: () => Promise.resolve({ ...FOUND, live: ["ws_1", "ws_2"] }),
    });
    const { text } = await ask(browser, { id: "cs_1", source: "client_sessions", scope: "" });
    expect(text).toContain("Several sessions have this id");
    expect(text).toContain("In ws_1 of client_sessions");
    expect(text).toContain("In ws_2 of client_sessions");
  });

  it("does not say that a session is gone that was not looked for everywhere", async () => {
    const { browser } = await openPage({
      find: () => Promise.resolve({ ...FOUND, is_whole: false }),
    });
    const { text } = await ask(browser, { id: "cs_1", source: "", scope: "" });
    expect(text).toContain("It was not found where it was looked for.");
  });

  it("says what is wrong with a question", async () => {
    const { deps } = createDeps();
    const browser = new Browser(() => deps);
    await browser.signIn(ROOT_KEY);
    const { text } = await browser.submit("/explain", {
      form_token: await browser.token("/explain"),
      source: "nowhere",
      scope: "",
      id: "cs_1",
    });
    expect(text).toContain("invalid_request");
  });
});
