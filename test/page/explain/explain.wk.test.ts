import { describe, expect, it } from "vitest";
import { Browser } from "../../support/browser.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { createDeps, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";

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
