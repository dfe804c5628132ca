import { describe, expect, it, test } from "vitest";
import { parseConfig, readConfig, type Config } from "../../src/config/config.ts";
import { DEFAULT_WORKSPACE } from "../../src/config/keys.ts";
import { sha256 } from "../../src/core/values/hash.ts";

const SECRET = "a secret for tests, of more than 32 characters";
const HASH = sha256("seam_lethe_one");

type Variables = Readonly<Record<string, unknown>>;

function read(env: Variables): Config {
  return parseConfig({ LETHE_SECRET: SECRET, ...env });
}

/** The problems of an environment that is right but for these variables, each as `field: message`. */
function problemsOf(env: Variables): string[] {
  return read(env).problems.map(({ field, message }) => `${field}: ${message}`);
}

const key = (fields: Variables = {}): Variables => ({
  name: "ops",
  sha256: HASH,
  scopes: ["*"],
  ...fields,
});

describe("the defaults", () => {
  it("need no account: both sources are embedded, and nothing is open", () => {
    const config = read({});
    expect(config.problems).toEqual([]);
    expect([...config.sources.values()]).toEqual(
      ["client_sessions", "agent_sessions"].map((name) => ({
        name,
        provider: "d1",
        kind: name,
        endpoint: null,
        credential: null,
        per_second: null,
        settle_seconds: 10,
        person_paths: ["user_identifier_key", "user_id"],
        shared_children: false,
      })),
    );
    expect(config).toMatchObject({
      api_keys: [],
      erasure_max_sessions: 1000,
      four_eyes: false,
      calls_per_slice: 900,
      cors_origins: [],
    });
    expect(config.webhooks.size).toBe(0);
    expect(config.keyring?.key_id).toMatch(/^[0-9a-f]{8}$/);
  });

  it("go upstream where a key is set", () => {
    const config = read({ SEAM_API_KEY: "seam_key", VECTARA_API_KEY: "zut_key" });
    expect(config.problems).toEqual([]);
    expect(config.sources.get("client_sessions")).toMatchObject({
      provider: "seam",
      endpoint: "https://connect.getseam.com",
      credential: "seam_key",
      per_second: 5,
      settle_seconds: 60,
    });
    expect(config.sources.get("agent_sessions")).toMatchObject({
      provider: "vectara",
      endpoint: "https://api.vectara.io",
      credential: "zut_key",
      per_second: 5,
      settle_seconds: 60,
    });
  });

  it("are the same for variables that are set to nothing", () => {
    const empty = {
      SEAM_API_KEY: "",
      SEAM_ENDPOINT: "",
      SOURCES: "",
      WEBHOOKS: "",
      API_KEYS: "",
      FOUR_EYES: "",
      PLAN: "",
    };
    expect(read(empty).problems).toEqual([]);
    expect([...read(empty).sources.values()]).toEqual([...read({}).sources.values()]);
  });

  it("are read once for one environment", () => {
    const env = { LETHE_SECRET: SECRET } as unknown as Env;
    expect(readConfig(env)).toBe(readConfig(env));
    expect(Object.isFrozen(readConfig(env))).toBe(true);
  });
});

describe("LETHE_SECRET", () => {
  test.each<[unknown]>([[undefined], [""], ["short"], ["x".repeat(31)], [{}], [["x".repeat(32)]]])(
    "%j is no secret, so there is no keyring",
    (secret) => {
      const config = parseConfig({ LETHE_SECRET: secret });
      expect(config.keyring).toBeNull();
      expect(config.problems.map(({ field }) => field)).toContain("LETHE_SECRET");
    },
  );

  it("may be any text of 32 characters", () => {
    expect(parseConfig({ LETHE_SECRET: "x".repeat(32) }).keyring).not.toBeNull();
  });
});

describe("API_KEYS", () => {
  it("are read, with the workspace of the documents unless others are named", () => {
    const both = [key(), key({ name: "app", sha256: sha256("two"), workspaces: ["w1"] })];
    const config = read({ API_KEYS: JSON.stringify(both) });
    expect(config.problems).toEqual([]);
    expect(config.api_keys.map(({ workspaces }) => workspaces)).toEqual([
      [DEFAULT_WORKSPACE],
      ["w1"],
    ]);
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "seam_lethe_one", "API_KEYS: not JSON"],
    ["no list", key(), "API_KEYS: not a list: write a list"],
    ["an empty list", [], "API_KEYS: too few"],
    [
      "a key in the clear",
      [{ name: "ops", key: "x", scopes: ["*"] }],
      "API_KEYS[0].key: unknown key",
    ],
    ["no name", [key({ name: undefined })], "API_KEYS[0].name: missing: write a text"],
    ["an empty name", [key({ name: "" })], "API_KEYS[0].name: too short"],
    ["a long name", [key({ name: "x".repeat(101) })], "API_KEYS[0].name: too long"],
    ["no hash", [key({ sha256: undefined })], "API_KEYS[0].sha256"],
    [
      "a short hash",
      [key({ sha256: "abc" })],
      "API_KEYS[0].sha256: the lower-case hex SHA-256 of the key",
    ],
    [
      "a hash in capitals",
      [key({ sha256: HASH.toUpperCase() })],
      "API_KEYS[0].sha256: the lower-case hex SHA-256 of the key",
    ],
    ["no scopes", [key({ scopes: [] })], "API_KEYS[0].scopes: too few"],
    [
      "an unknown scope",
      [key({ scopes: ["sweeps:read", "admin"] })],
      "API_KEYS[0].scopes[1]: write one of",
    ],
    ["no workspace", [key({ workspaces: [] })], "API_KEYS[0].workspaces: too few"],
    ["an empty workspace", [key({ workspaces: [""] })], "API_KEYS[0].workspaces[0]: too short"],
    [
      "one name twice",
      [key(), key({ sha256: sha256("two") })],
      "API_KEYS: two keys have the same name",
    ],
    [
      "one key under two names",
      [key(), key({ name: "other" })],
      "API_KEYS: two names have the same key",
    ],
    [
      "one wrong key among right ones",
      [key(), key({ name: "b", sha256: sha256("b"), scopes: ["nothing"] })],
      "API_KEYS[1].scopes[0]",
    ],
  ])("%s: nothing is open, and the problem is named", (_name, value, problem) => {
    const config = read({ API_KEYS: typeof value === "string" ? value : JSON.stringify(value) });
    expect(config.api_keys).toEqual([]);
    const found = config.problems.map(({ field, message }) => `${field}: ${message}`);
    expect(found).toContainEqual(expect.stringContaining(problem));
  });
});

describe("FOUR_EYES", () => {
  const remote = { SEAM_API_KEY: "k" };
  const loopback = { SEAM_API_KEY: "k", SEAM_ENDPOINT: "http://127.0.0.1:9001" };

  test.each<[string, Variables, boolean]>([
    ["all embedded", {}, false],
    ["one on loopback", loopback, false],
    ["one upstream", remote, true],
    ["one upstream among loopback", { ...loopback, VECTARA_API_KEY: "k" }, true],
    ["no source at all", { SOURCES: "{" }, true],
    ["on, and all embedded", { FOUR_EYES: "on" }, true],
    ["off, and one upstream", { ...remote, FOUR_EYES: "off" }, false],
    ["a word that is neither", { FOUR_EYES: "no" }, true],
    ["true, from a table", { FOUR_EYES: true }, true],
    ["off in capitals", { ...remote, FOUR_EYES: "OFF" }, true],
  ])("%s", (_name, env, expected) => {
    expect(read(env).four_eyes).toBe(expected);
  });

  test.each<[unknown]>([["no"], ["OFF"], [" off"], [false]])("%j is a problem", (value) => {
    expect(problemsOf({ FOUR_EYES: value })).toEqual(['FOUR_EYES: write "on" or "off"']);
  });
});

describe("the other variables", () => {
  test.each<[unknown, number]>([
    ["1", 1],
    ["250", 250],
    [250, 250],
    ["999999999", 999_999_999],
  ])("ERASURE_MAX_SESSIONS %j", (value, expected) => {
    expect(read({ ERASURE_MAX_SESSIONS: value })).toMatchObject({
      erasure_max_sessions: expected,
      problems: [],
    });
  });

  test.each<[unknown]>([
    ["0"],
    ["-1"],
    ["1.5"],
    ["1e3"],
    ["1,000"],
    ["many"],
    [" 10"],
    ["9999999999"],
    [0],
    [true],
  ])("ERASURE_MAX_SESSIONS %j is a problem, and every erasure waits", (value) => {
    expect(read({ ERASURE_MAX_SESSIONS: value }).erasure_max_sessions).toBe(0);
    expect(problemsOf({ ERASURE_MAX_SESSIONS: value })[0]).toMatch(
      /^ERASURE_MAX_SESSIONS: write a whole number/,
    );
  });

  test.each<[string | undefined, number, number]>([
    [undefined, 900, 0],
    ["free", 40, 0],
    ["paid", 900, 0],
    ["Free", 40, 1],
    ["enterprise", 40, 1],
  ])("PLAN %s: %d calls, %d problems", (plan, calls, problems) => {
    const config = read({ PLAN: plan });
    expect(config.calls_per_slice).toBe(calls);
    expect(config.tick_minutes).toBe(calls === 900 ? 1 : 2);
    expect(config.problems.length).toBe(problems);
  });

  it("CORS_ORIGINS are origins", () => {
    const config = read({ CORS_ORIGINS: "https://app.example.com, http://localhost:3000" });
    expect(config.cors_origins).toEqual(["https://app.example.com", "http://localhost:3000"]);
    expect(config.problems).toEqual([]);
  });

  test.each([
    "*",
    "null",
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://*.example.com/",
  ])("CORS_ORIGINS %s is a problem, and not used", (value) => {
    const config = read({ CORS_ORIGINS: `${value},https://ok.example.com` });
    expect(config.cors_origins).toEqual(["https://ok.example.com"]);
    expect(config.problems.map(({ field }) => field)).toEqual(["CORS_ORIGINS"]);
  });
});
