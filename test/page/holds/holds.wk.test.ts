import { describe, expect, it } from "vitest";
import type { KeyScope } from "../../../src/config/keys.ts";
import { Browser, type Seen } from "../../support/browser.ts";
import { createDeps, keyFor, ROOT_KEY } from "../../support/openapi/harness.ts";

const REVIEW = "2027-03-01";

async function open(scope: KeyScope = "*") {
  const { deps, registrar } = createDeps();
  const browser = new Browser(() => deps);
  await browser.signIn(scope === "*" ? ROOT_KEY : keyFor(scope));
  return { browser, registrar };
}

async function place(browser: Browser): Promise<Seen> {
  return browser.submit("/holds/session", {
    form_token: await browser.token("/holds"),
    source: "client_sessions",
    scope: "ws_1",
    id: "cs_1",
    "session-reason": "litigation <b>",
    "session-owner": "legal",
    "session-review": REVIEW,
  });
}

describe("the page of holds", () => {
  it("places a hold on a session, in the name of who is signed in", async () => {
    const { browser, registrar } = await open();
    const answer = await place(browser);
    expect([answer.status, answer.location]).toEqual([303, "/holds/hld_1"]);
    const { text } = await browser.open("/holds");
    expect(text).toContain("session cs_1 in ws_1 of client_sessions");
    expect(text).toContain("litigation &lt;b&gt;");
    expect(registrar.calls).toContainEqual({
      method: "placeHold",
      args: [
        expect.objectContaining({
          selector: { kind: "session", source: "client_sessions", scope: "ws_1", id: "cs_1" },
          review_at: Date.UTC(2027, 2, 1, 23, 59, 59),
        }),
        "root",
        null,
      ],
    });
  });

  it("places a hold on a person, and shows the value nowhere again", async () => {
    const { browser } = await open();
    const answer = await browser.submit("/holds/person", {
      form_token: await browser.token("/holds"),
      type: "user_identifier_key",
      value: "jane_doe",
      "person-reason": "litigation",
      "person-owner": "legal",
      "person-review": REVIEW,
    });
    expect(answer.status).toBe(303);
    const { text } = await browser.open("/holds");
    expect(text).toContain("a person, by user_identifier_key");
    expect(text).not.toContain("jane_doe");
  });

  it("says what is wrong with a hold, and places none", async () => {
    const { browser, registrar } = await open();
    const answer = await browser.submit("/holds/session", {
      form_token: await browser.token("/holds"),
      source: "nowhere",
      scope: "ws_1",
      id: "cs_1",
      "session-reason": "litigation",
      "session-owner": "legal",
      "session-review": "2026-01-01",
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("selector.source");
    expect(answer.text).toContain("review_at");
    expect(registrar.calls.map(({ method }) => method)).not.toContain("placeHold");
  });

  it("shows one hold: what it says, what it matches now, and what it holds back", async () => {
    const { browser, registrar } = await open();
    await place(browser);
    const hold = registrar.holdsById.get("hld_1");
    if (hold === undefined) {
      throw new Error("the hold of this test is not there");
    }
    registrar.holdsById.set("hld_1", { ...hold, reference: "case <b>" });
    registrar.heldBack = [
      { job: "swp_9", policy: "idle", source: "client_sessions", held: 3, by_this_alone: false },
    ];
    const left = { source: "client_sessions", scope: "ws_1", id: "cs_1", at: hold.placed_at };
    registrar.leftOut = [
      { ...left, job: "swp_9" },
      { ...left, id: "cs_2", job: "ers_9" },
    ];
    const { status, text } = await browser.open("/holds/hld_1");
    expect(status).toBe(200);
    for (const said of [
      "Hold case &lt;b&gt;",
      "It binds session cs_1 in ws_1 of client_sessions",
      "litigation &lt;b&gt;",
      "1 session",
      "not counted",
      'href="/sweeps/swp_9"',
      'href="/erasures/ers_9"',
      "<code>cs_2</code>",
      'href="/holds/hld_1/release"',
    ]) {
      expect(text).toContain(said);
    }
    expect(text).not.toContain("No session matches it");
    const sources = { client_sessions: 0 };
    registrar.holdsById.set("hld_1", {
      ...hold,
      matches: { counted_at: hold.placed_at, sources },
    });
    expect((await browser.open("/holds/hld_1")).text).toContain("No session matches it");
  });

  it("says of a hold that is none where the others are", async () => {
    const { browser } = await open();
    const { status, text } = await browser.open("/holds/hld_none");
    expect(status).toBe(404);
    expect(text).toContain("hold_not_found");
    expect(text).toContain('<a href="/holds">Go to holds</a>');
  });

  it("releases a hold after a step that shows what may be removed then", async () => {
    const { browser, registrar } = await open();
    await place(browser);
    expect((await browser.open("/holds")).text).not.toContain(
      '<button type="submit" class="danger"',
    );
    const step = await browser.open("/holds/hld_1/release");
    expect(step.text).toContain("Released, the hold on session cs_1");
    expect(step.text).toContain("What it matches now");
    expect(step.text).toContain("A plan from before the hold may name sessions that it keeps");
    expect(registrar.callsOf("releaseHold")).toEqual([]);
    const form_token = await browser.token("/holds/hld_1/release");
    const answer = await browser.submit("/holds/hld_1/release", { form_token });
    expect([answer.status, answer.location]).toEqual([303, "/holds/hld_1"]);
    expect(registrar.callsOf("releaseHold")).toEqual([["hld_1", "root"]]);
    expect((await browser.open("/holds/hld_1/release")).status).toBe(409);
  });

  it("fills in a session that is to be left out of a plan, without writing it into a URL", async () => {
    const { browser } = await open();
    const { status, text } = await browser.submit("/holds/prepare", {
      form_token: await browser.token("/holds"),
      source: "client_sessions",
      scope: "ws_1",
      id: 'cs_1"><b>',
    });
    expect(status).toBe(200);
    expect(text).toContain('value="cs_1&quot;&gt;&lt;b&gt;"');
  });

  it("chooses no other source for a session of one that is configured no more", async () => {
    const { browser } = await open();
    const { text } = await browser.submit("/holds/prepare", {
      form_token: await browser.token("/holds"),
      source: "old_agents",
      scope: "a",
      id: "ase_1",
    });
    expect(/<option value="([^"]+)" selected/.exec(text)?.[1]).toBe("old_agents");
  });

  it("says of a hold that some source does not obey yet that it is placed", async () => {
    const { browser, registrar } = await open();
    registrar.inForce = { client_sessions: true, agent_sessions: false };
    const answer = await browser.submit("/holds/session", {
      form_token: await browser.token("/holds"),
      source: "client_sessions",
      scope: "ws_1",
      id: "cs_1",
      "session-reason": "litigation",
      "session-owner": "legal",
      "session-review": REVIEW,
    });
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("The hold is placed, and not yet in force everywhere");
    expect(answer.text).not.toContain("The hold was not placed");
  });

  it("offers no form to a key that may only read", async () => {
    const { browser } = await open("holds:read");
    const { text } = await browser.open("/holds");
    expect(text).not.toContain("Place the hold");
    expect((await browser.open("/holds/hld_none/release")).status).toBe(404);
  });
});
