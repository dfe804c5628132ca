import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/values/hash.ts";
import type { ApiDeps } from "../../../src/deps.ts";
import { Browser } from "../../support/browser.ts";
import { createDeps, keyFor, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";

const HOUR_MS = 3_600_000;

function open(variables: Readonly<Record<string, string>> = {}, overrides: Partial<ApiDeps> = {}) {
  const { deps, lines } = createDeps(variables, overrides);
  return { browser: new Browser(() => deps), lines, deps };
}

async function signedIn() {
  const world = open();
  await world.browser.signIn(ROOT_KEY);
  return world;
}

describe("signing in", () => {
  it("sends who is not signed in to sign in first, and back to where they were going", async () => {
    const { browser } = open();
    const first = await browser.open("/?since=7d");
    expect([first.status, first.location]).toEqual([303, "/sign-in?to=%2F%3Fsince%3D7d"]);
    const asked = await browser.open(first.location ?? "");
    expect(asked.text).toContain('name="to" value="/?since=7d"');
    const taken = await browser.submit("/sign-in", { key: ROOT_KEY, to: "/?since=7d" });
    expect([taken.status, taken.location]).toEqual([303, "/?since=7d"]);
    expect((await browser.open("/")).text).toContain("root");
  });

  it("refuses a key that is none, and keeps no cookie", async () => {
    const { browser } = open();
    for (const key of ["", "wrong", `${ROOT_KEY}x`, "x".repeat(5000)]) {
      const answer = await browser.signIn(key);
      expect([answer.status, browser.cookie]).toEqual([401, null]);
      expect(answer.text).not.toContain("xxxxx");
    }
  });

  it("sets a cookie that no script reads, no other site sends and no plain connection carries", async () => {
    const { browser } = open();
    const set = (await browser.signIn(ROOT_KEY)).headers.get("set-cookie") ?? "";
    for (const part of [
      "__Host-lethe=",
      "HttpOnly",
      "Secure",
      "SameSite=Strict",
      "Path=/",
      "Max-Age=28800",
    ]) {
      expect(set).toContain(part);
    }
    expect(set).not.toContain(ROOT_KEY);
    expect(set).not.toContain(sha256(ROOT_KEY));
  });

  it("ends after 8 hours, with the key, with the secret, and when one signs out", async () => {
    const { browser, deps } = await signedIn();
    const later = new Browser(() => ({ ...deps, now: () => NOW + 8 * HOUR_MS }));
    const without = new Browser(() => ({
      ...deps,
      config: {
        ...deps.config,
        api_keys: deps.config.api_keys.filter(({ name }) => name !== "root"),
      },
    }));
    const elsewhere = open({ LETHE_SECRET: "another secret, of more than 32 characters" }).browser;
    for (const other of [later, without, elsewhere]) {
      other.cookie = browser.cookie;
      expect((await other.open("/")).status).toBe(303);
    }
    expect((await browser.open("/")).status).toBe(200);
    await browser.submit("/sign-out", { form_token: await browser.token() });
    expect(browser.cookie).toBeNull();
  });

  it("lets a cookie do what its key may do now, and not what it could when it was signed in", async () => {
    const { browser, deps } = await signedIn();
    const form_token = await browser.token();
    const api_keys = deps.config.api_keys.map((key) =>
      key.name === "root" ? { ...key, scopes: ["holds:read" as const] } : key,
    );
    const less = new Browser(() => ({ ...deps, config: { ...deps.config, api_keys } }));
    less.cookie = browser.cookie;
    const { text } = await less.open("/");
    expect([text.includes('href="/holds"'), text.includes('href="/erasures"')]).toEqual([
      true,
      false,
    ]);
    const asked = { form_token, type: "user_identifier_key", value: "jane_doe" };
    expect((await less.submit("/erasures", asked)).status).toBe(403);
  });

  it("takes nothing for a cookie that was sealed for something else", async () => {
    const { browser, deps } = await signedIn();
    const { keyring } = deps.config;
    const opened = { key: sha256(ROOT_KEY), until: NOW + HOUR_MS, form_token: "x" };
    for (const [context, status] of [
      ["cursor:page sign-in", 303],
      ["page sign-in ", 303],
      ["page sign-in", 200],
    ] as const) {
      const sealed = keyring?.seal(JSON.stringify(opened), context, deps.random(12)) ?? "";
      browser.cookie = `__Host-lethe=${encodeURIComponent(sealed)}`;
      expect([context, (await browser.open("/")).status]).toEqual([context, status]);
    }
  });

  it("takes no cookie that was changed", async () => {
    const { browser } = await signedIn();
    const cookie = browser.cookie ?? "";
    for (let at = cookie.indexOf("=") + 1; at < cookie.length; at += 7) {
      browser.cookie =
        cookie.slice(0, at) + (cookie[at] === "A" ? "B" : "A") + cookie.slice(at + 1);
      expect((await browser.open("/")).status).toBe(303);
    }
  });

  it.each([
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/.//evil.example",
    "/a/..//evil.example/x?y",
    "/%2e/%2e%2e//evil.example",
    "",
  ])("goes nowhere else than here: %s", async (to) => {
    const { browser } = open();
    expect((await browser.submit("/sign-in", { key: ROOT_KEY, to })).location).toMatch(
      /^\/(?![/\\])/,
    );
  });

  it("writes neither the key nor the cookie into a log line", async () => {
    const { browser, lines } = await signedIn();
    await browser.open("/");
    const written = JSON.stringify(lines);
    expect(written).toContain('"key":"root"');
    expect(written).not.toContain(ROOT_KEY);
    expect(written).not.toContain((browser.cookie ?? "").split("=")[1]?.slice(12, 40));
  });
});

describe("a form", () => {
  it.each([
    ["of another origin", { origin: "https://evil.example" }],
    ["without an origin", { origin: "" }],
    ["with the origin of a file", { origin: "null" }],
    ["of another type", { "content-type": "text/plain" }],
  ])("%s is refused", async (_, headers) => {
    const { browser } = await signedIn();
    const answer = await browser.submit(
      "/sign-out",
      { form_token: await browser.token() },
      headers,
    );
    expect(answer.status).toBe(403);
    expect(browser.cookie).not.toBeNull();
    expect((await open().browser.submit("/sign-in", { key: ROOT_KEY }, headers)).status).toBe(403);
  });

  it("is refused as what it is where it is too large, and not read at all where it is of another origin", async () => {
    const { browser } = await signedIn();
    const large = { form_token: await browser.token(), key: "x".repeat(257 * 1024) };
    for (const path of ["/sign-out", "/sign-in"]) {
      const answer = await browser.submit(path, large);
      expect([answer.status, answer.text.includes("more than 256 KiB")]).toEqual([413, true]);
      const foreign = await browser.submit(path, large, { origin: "https://evil.example" });
      expect(foreign.status).toBe(403);
    }
    expect(browser.cookie).not.toBeNull();
  });

  it("is refused without the token of who is signed in", async () => {
    const { browser } = await signedIn();
    const { browser: other } = await signedIn();
    for (const token of ["", "x", await other.token()]) {
      expect((await browser.submit("/sign-out", { form_token: token })).status).toBe(403);
    }
  });
});

describe("every page", () => {
  it("is let run nothing but what this deployment serves", async () => {
    const { browser } = await signedIn();
    for (const path of ["/", "/sign-in"]) {
      const { headers, text } = await browser.open(path);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
      expect(text).not.toMatch(/ style=| on[a-z]+=|<script>|<style/);
    }
  });

  it("keeps its headers where it is refused, or is at fault", async () => {
    const fault = () => Promise.reject(new Error("broken"));
    const { browser } = open({}, { rateLimit: fault });
    const limited = open({}, { rateLimit: () => Promise.resolve(10) }).browser;
    const seen = [
      await browser.open("/"),
      await limited.open("/"),
      await open().browser.submit("/sign-in", { key: ROOT_KEY }, { origin: "null" }),
    ];
    expect(seen.map(({ status }) => status)).toEqual([500, 429, 403]);
    for (const { headers, text } of seen) {
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(text).not.toContain("broken");
    }
  });

  it("is no part of what CORS_ORIGINS opens", async () => {
    const { browser } = open({ CORS_ORIGINS: "https://ui.example" });
    for (const path of ["/", "/sign-in"]) {
      const { headers } = await browser.open(path);
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it("shows a key only what it may read", async () => {
    const { browser } = open();
    await browser.signIn(keyFor("holds:read"));
    const { text } = await browser.open("/");
    expect(text).toContain('href="/holds"');
    expect(text).not.toContain('href="/erasures"');
  });

  it("says which secret is missing, and how to set it", async () => {
    const { browser } = open({ API_KEYS: "", LETHE_SECRET: "" });
    for (const path of ["/", "/sign-in"]) {
      const answer = await browser.open(path);
      expect(answer.status).toBe(503);
      expect(answer.text).toContain("npx wrangler secret put API_KEYS");
      expect(answer.text).toContain("npx wrangler secret put LETHE_SECRET");
    }
  });
});
