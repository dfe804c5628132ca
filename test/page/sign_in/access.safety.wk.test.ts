import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import {
  accessOf,
  AUDIENCE,
  certificates,
  signToken,
  TEAM,
  type Token,
} from "../../support/access.ts";
import { Browser } from "../../support/browser.ts";
import { createDeps, NOW, ROOT_KEY } from "../../support/openapi/harness.ts";

const ACCESS = accessOf([
  { email: "Jane@acme.test", name: "jane", scopes: ["*"] },
  { email: "kim@acme.test", name: "kim", scopes: ["*"] },
  { group: "privacy", name: "privacy-desk", scopes: ["erasures:read"] },
]);

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let ours: Pair;
let theirs: Pair;

beforeAll(async () => {
  ours = await generateKeyPair("RS256", { extractable: true });
  theirs = await generateKeyPair("RS256", { extractable: true });
});

const tokenOf = async ({
  key = ours.privateKey,
  ...more
}: Partial<Token> & { readonly key?: CryptoKey } = {}): Promise<string> =>
  signToken(key, { email: "jane@acme.test", ...more });

function open(variables: Readonly<Record<string, string>> = { ACCESS }) {
  const asked: string[] = [];
  const { deps, lines } = createDeps(variables, {
    fetch: async (input) => {
      asked.push(input instanceof Request ? input.url : String(input));
      return certificates(ours.publicKey);
    },
  });
  const browser = new Browser(() => deps);
  return { browser, asked, lines };
}

describe("signing in by Cloudflare Access", () => {
  it("takes a token of the team, and names its holder as ACCESS does", async () => {
    const { browser, asked, lines } = open();
    browser.access = await tokenOf();
    const { status, text } = await browser.open("/");
    expect(status).toBe(200);
    expect(text).toContain("<span>jane</span>");
    expect(asked).toEqual([`https://${TEAM}/cdn-cgi/access/certs`]);
    expect(text + JSON.stringify(lines)).not.toMatch(/jane@acme/i);
  });

  it("takes a group of the identity provider, with the scopes of that entry alone", async () => {
    const { browser } = open();
    browser.access = await tokenOf({ email: "joe@acme.test", groups: ["privacy"] });
    const { text } = await browser.open("/");
    expect(text).toContain('href="/erasures"');
    expect(text).not.toContain('href="/holds"');
  });

  it("lets a form pass with the token of the same person, and ends at Access", async () => {
    const { browser } = open();
    browser.access = await tokenOf();
    const form_token = await browser.token();
    expect((await browser.submit("/sign-out", { form_token: "x" })).status).toBe(403);
    expect((await browser.submit("/sign-out", { form_token })).location).toBe(
      "/cdn-cgi/access/logout",
    );
  });

  it.each<[string, () => Promise<string>]>([
    ["of another team", () => tokenOf({ issuer: "https://evil.cloudflareaccess.com" })],
    ["for another application", () => tokenOf({ audience: "b".repeat(64) })],
    ["that has expired", () => tokenOf({ ends: NOW / 1000 - 60 })],
    ["signed with another key", () => tokenOf({ key: theirs.privateKey })],
    ["of somebody whom ACCESS does not name", () => tokenOf({ email: "eve@acme.test" })],
    ["of an address that folds onto one of ACCESS", () => tokenOf({ email: "\u212Aim@acme.test" })],
    [
      "without a signature",
      () =>
        Promise.resolve(
          new UnsecuredJWT({ email: "jane@acme.test" })
            .setSubject("person-1")
            .setIssuer(`https://${TEAM}`)
            .setAudience(AUDIENCE)
            .setExpirationTime(NOW / 1000 + 60)
            .encode(),
        ),
    ],
    [
      "signed with the public key as a secret",
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(ours.publicKey)));
        return new SignJWT({ email: "jane@acme.test" })
          .setProtectedHeader({ alg: "HS256", kid: "k1" })
          .setSubject("person-1")
          .setIssuer(`https://${TEAM}`)
          .setAudience(AUDIENCE)
          .setExpirationTime(NOW / 1000 + 60)
          .sign(secret);
      },
    ],
    ["that is none", () => Promise.resolve("nothing")],
  ])("refuses a token %s", async (_, make) => {
    const { browser } = open();
    browser.access = await make();
    const { status, text } = await browser.open("/");
    expect(status).toBe(403);
    expect(text).not.toContain("Sign out");
    expect(text).not.toMatch(/acme\.test/);
  });

  it.each<[string, () => Promise<Response>]>([
    ["cannot be reached", () => Promise.reject(new TypeError("connection lost"))],
    ["answers with an error", () => Promise.resolve(new Response("no", { status: 502 }))],
    ["answers something else", () => Promise.resolve(Response.json({ keys: "none" }))],
  ])("lets nobody in, and says nothing of a token, where the team %s", async (_, fetch) => {
    const { deps, lines } = createDeps({ ACCESS }, { fetch });
    const browser = new Browser(() => deps);
    browser.access = await tokenOf();
    const { status, text } = await browser.open("/");
    expect([status, text.includes("is not valid")]).toEqual([503, false]);
    expect(text).toContain("certificates");
    expect(JSON.stringify(lines)).toContain("access.unreadable");
  });

  it("goes by the token alone where there is a cookie as well, with rights and with forms", async () => {
    const { browser } = open();
    await browser.signIn(ROOT_KEY);
    const form_token = await browser.token();
    browser.access = await tokenOf({ email: "joe@acme.test", groups: ["privacy"] });
    const { text } = await browser.open("/");
    expect(text).toContain("<span>privacy-desk</span>");
    expect(text).not.toContain('href="/holds"');
    expect((await browser.submit("/sign-out", { form_token })).status).toBe(403);
    browser.access = await tokenOf({ email: "eve@acme.test" });
    expect((await browser.open("/")).status).toBe(403);
  });

  it("asks the team once, however many tokens come, forged ones among them", async () => {
    const { browser, asked } = open();
    for (const key of [ours.privateKey, theirs.privateKey, ours.privateKey]) {
      browser.access = await tokenOf({ key });
      await browser.open("/");
    }
    expect(asked).toHaveLength(1);
  });

  it("opens no route of the API by a token", async () => {
    const { browser } = open();
    browser.access = await tokenOf();
    expect((await browser.open("/v1/sweeps")).status).toBe(401);
  });

  it("takes no token where ACCESS is not set", async () => {
    const { browser, asked } = open({});
    browser.access = await tokenOf();
    expect((await browser.open("/")).location).toContain("/sign-in");
    expect(asked).toEqual([]);
  });
});
