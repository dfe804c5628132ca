import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/api/app.ts";
import { addPages } from "../../src/page/pages.tsx";
import { Browser } from "../support/browser.ts";
import { createDeps, ROOT_KEY } from "../support/openapi/harness.ts";

const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

function open() {
  const { deps, registrar } = createDeps();
  const browser = new Browser(() => deps);
  const app = createApp(() => deps, addPages);
  const get = async (path: string, headers: Record<string, string>) => {
    const answer = await app.request(`https://lethe.test${path}`, { headers }, env);
    return {
      status: answer.status,
      type: answer.headers.get("content-type") ?? "",
      policy: answer.headers.get("content-security-policy") ?? "",
      text: await answer.text(),
    };
  };
  return { browser, registrar, get };
}

describe("a path that is none", () => {
  it("is a page for a browser, with the way to others for who is signed in", async () => {
    const { browser, get } = open();
    const out = await get("/swepes", { accept: HTML });
    expect([out.status, out.type]).toEqual([404, "text/html; charset=UTF-8"]);
    expect(out.text).toContain("There is no such page");
    expect(out.text).not.toContain('aria-label="Main"');
    expect(out.policy).toContain("default-src 'none'");
    await browser.signIn(ROOT_KEY);
    const inside = await get("/sweeps/a/b/c", { accept: HTML, cookie: browser.cookie ?? "" });
    expect([inside.status, inside.type]).toEqual([404, "text/html; charset=UTF-8"]);
    expect(inside.text).toContain('aria-label="Main"');
    expect(inside.text).toContain('<a href="/">Go to the overview</a>');
  });

  it("shows nothing of what was in the address", async () => {
    const { get } = open();
    const { text } = await get("/%3Cscript%3Ealert(1)%3C/script%3E", { accept: HTML });
    expect(text).not.toContain("alert(1)");
  });

  it.each([
    ["/swepes", "*/*", "application/problem+json"],
    ["/v1/nothing", HTML, "application/problem+json"],
    ["/metrics/nothing", HTML, "application/problem+json"],
    // The embedded store answers as the provider that it stands for.
    ["/v2/nothing", HTML, "application/json"],
    ["/client_sessions/nothing", HTML, "text/plain;charset=UTF-8"],
  ])("stays what it is for callers of the API: %s for %s", async (path, accept, type) => {
    const { get } = open();
    const headers = { accept, authorization: `Bearer ${ROOT_KEY}` };
    const answer = await get(path, headers);
    expect([answer.status, answer.type]).toEqual([404, type]);
  });
});

describe("a page that breaks, or is asked in a way that it does not answer", () => {
  it("says so in a page, with the request's id", async () => {
    const { browser, registrar, get } = open();
    await browser.signIn(ROOT_KEY);
    const headers = { accept: HTML, cookie: browser.cookie ?? "" };
    const wrong = await get("/switch/pause", headers);
    expect([wrong.status, wrong.type]).toEqual([405, "text/html; charset=UTF-8"]);
    registrar.fault = new Error("a bug");
    const broken = await get("/sweeps", headers);
    expect([broken.status, broken.type]).toEqual([500, "text/html; charset=UTF-8"]);
    expect(broken.text).toMatch(/request req_/);
    expect(broken.text).not.toContain("a bug");
  });
});
