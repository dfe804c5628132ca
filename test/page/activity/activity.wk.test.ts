import { describe, expect, it } from "vitest";
import type { Activity } from "../../../src/core/report/activity.ts";
import type { KeyScope } from "../../../src/config/keys.ts";
import { sha256 } from "../../../src/core/values/hash.ts";
import { Browser } from "../../support/browser.ts";
import { createDeps, keyFor, ROOT_KEY } from "../../support/openapi/harness.ts";

const AT = "2026-09-01T11:00:00.000Z";
const ENTRIES: readonly Activity[] = [
  {
    id: "act_3",
    at: AT,
    actor: null,
    kind: "sweep.stopped",
    object: { kind: "sweep", id: "swp_1" },
    code: "policy_off",
  },
  {
    id: "act_2",
    at: AT,
    actor: "<b>anna</b>",
    kind: "policy.written",
    object: { kind: "policy", id: "p" },
    code: null,
  },
  {
    id: "act_1",
    at: AT,
    actor: "ben",
    kind: "switch.paused",
    object: { kind: "source", id: "*" },
    code: null,
  },
];

async function open(key: string, variables: Readonly<Record<string, string>> = {}) {
  const { deps, registrar } = createDeps(variables);
  registrar.activityPage = { data: ENTRIES, next_cursor: "act_1" };
  const browser = new Browser(() => deps);
  await browser.signIn(key);
  return { browser, registrar };
}

describe("the page of activity", () => {
  it("says who did what, with the way to it and to what is older", async () => {
    const { browser } = await open(keyFor("activity:read"));
    const { text } = await browser.open("/activity");
    expect(text).toContain("&lt;b&gt;anna&lt;/b&gt;");
    expect(text).toContain('<a href="/policies/p">p</a>');
    expect(text).toContain('<a href="/sweeps/swp_1">swp_1</a>');
    expect(text).toContain("nobody known");
    expect(text).toContain("Its policy was turned off.");
    expect(text).toContain("all sources");
    expect(text).toMatch(/href="\/activity\?cursor=[^"]+" rel="next"/);
  });

  it("asks for what is filtered, and leaves out what is not said", async () => {
    const { browser, registrar } = await open(ROOT_KEY);
    await browser.open("/activity?actor=ben&kind=hold.placed&object=&since=2026-08-01&until=");
    expect(registrar.callsOf("activity").at(-1)).toEqual([
      { limit: 50, cursor: null },
      { actor: "ben", kind: ["hold.placed"], since: Date.UTC(2026, 7, 1) },
    ]);
    const wrong = await browser.open("/activity?since=soon");
    expect(wrong.status).toBe(400);
  });

  it.each<[KeyScope, boolean]>([
    ["activity:read", true],
    ["sweeps:read", false],
  ])("is in the navigation of a key with %s: %s", async (scope, isShown) => {
    const { browser } = await open(keyFor(scope));
    expect((await browser.open("/")).text.includes('href="/activity"')).toBe(isShown);
  });

  it("is not shown to a key that is bound to workspaces", async () => {
    const key = { name: "tenant", sha256: sha256("seam_lethe_t"), scopes: ["*"] };
    const { browser } = await open("seam_lethe_t", {
      API_KEYS: JSON.stringify([{ ...key, workspaces: ["w1"] }]),
    });
    const { text } = await browser.open("/sweeps");
    expect(text).toContain('href="/holds"');
    expect(text).not.toContain('href="/activity"');
    expect((await browser.open("/activity")).status).toBe(403);
  });
});
