import { describe, expect, it, test } from "vitest";
import { configurationProblems } from "../../src/api/health.ts";
import { parseConfig, type Config } from "../../src/config/config.ts";
import { VARIABLES } from "../../src/config/variables.ts";

const SECRET = "a secret for tests, of more than 32 characters";

type Variables = Readonly<Record<string, unknown>>;

function read(env: Variables): Config {
  return parseConfig({ LETHE_SECRET: SECRET, ...env });
}

function problemsOf(env: Variables): string[] {
  return read(env).problems.map(({ field, message }) => `${field}: ${message}`);
}

describe("a source whose secret is misspelt", () => {
  test.each([
    ["client_sessions", "SEAM_API_KYE", "SEAM_API_KEY", "seam"],
    ["client_sessions", "SEAM_APIKEY", "SEAM_API_KEY", "seam"],
    ["client_sessions", "seam_api_key", "SEAM_API_KEY", "seam"],
    ["client_sessions", "SEAM_KEY", "SEAM_API_KEY", "seam"],
    ["agent_sessions", "VECTRA_API_KEY", "VECTARA_API_KEY", "vectara"],
  ])("%s with %s does not fall back to the embedded store", (source, stray, name, provider) => {
    const config = read({ [stray]: "a key" });
    expect(config.sources.get(source)).toMatchObject({ provider, credential: null });
    expect(config.problems).toEqual([
      { field: name, message: `not set, but ${stray} is: rename it, or remove it` },
    ]);
  });

  it("does so neither where SOURCES names it", () => {
    const SOURCES = JSON.stringify({ client_sessions: { secret: "MY_SEAM_KEY" } });
    const config = read({ SOURCES, MY_SEAM_KYE: "k" });
    expect(config.sources.get("client_sessions")).toMatchObject({
      provider: "seam",
      credential: null,
    });
    expect(problemsOf({ SOURCES, MY_SEAM_KYE: "k" })).toEqual([
      "SOURCES.client_sessions.secret: the secret MY_SEAM_KEY is not set, but MY_SEAM_KYE is: rename it, or remove it",
    ]);
  });

  it("is left out where its endpoint is misspelt: its key may be meant for another place", () => {
    const env = { VECTARA_API_KEY: "k", VECTARA_ENDPONT: "https://eu.example.com" };
    expect(read(env).sources.has("agent_sessions")).toBe(false);
    expect(read(env).unusable_sources).toEqual(["agent_sessions"]);
    expect(problemsOf(env)).toEqual([
      "VECTARA_ENDPOINT: not set, but VECTARA_ENDPONT is: rename it, or remove it",
    ]);
  });

  it("regression: a table in the place of its key does not embed it", () => {
    const config = read({ SEAM_API_KEY: {} });
    expect(config.sources.get("client_sessions")).toMatchObject({
      provider: "seam",
      credential: null,
    });
    expect(problemsOf({ SEAM_API_KEY: {} })).toEqual(["SEAM_API_KEY: write a text"]);
  });

  it("is left out with all others where SOURCES itself is misspelt", () => {
    const config = read({ SOURCE: '{"agent_sessions":{"shared_children":true}}' });
    expect(config.sources.size).toBe(0);
    expect(config.problems.map(({ field }) => field)).toEqual(["SOURCES"]);
  });
});

describe("a variable that is misspelt", () => {
  test.each<[string, string, Partial<Config>]>([
    ["MIN_AGES", "P30D", { floors: { approval: null, brake_percent_max: null, min_age: "P100Y" } }],
    ["BRAKE_PERCENT", "5", { floors: { approval: null, brake_percent_max: 0, min_age: null } }],
    ["APROVAL", "every", { floors: { approval: "every", brake_percent_max: null, min_age: null } }],
    ["ERASURE_MAX_SESSION", "5", { erasure_max_sessions: 0 }],
    ["FOUREYES", "on", { four_eyes: true }],
    ["PLANS", "free", { calls_per_slice: 40 }],
    ["REPORT_KEPT", "P900D", { reports_kept: null }],
    ["CALLBACK_SECRETS", "whsec_x", { callback: null }],
    ["API_KEY", "[]", { api_keys: [] }],
  ])("counts as one that is wrong, as strict as can be: %s", (stray, value, expected) => {
    expect(read({ [stray]: value })).toMatchObject(expected);
    expect(problemsOf({ [stray]: value })).toEqual([
      expect.stringContaining(`: not set, but ${stray} is`),
    ]);
  });

  it("is none where the right one is set, or where it is set to nothing", () => {
    const both = { SEAM_API_KEY: "k", SEAM_API_KEY2: "spare" };
    expect(problemsOf(both)).toEqual([]);
    expect(read(both).sources.get("client_sessions")).toMatchObject({ credential: "k" });
    expect(problemsOf({ SEAM_APIKEY: "" })).toEqual([]);
  });

  it("is none where SOURCES or WEBHOOKS names it, as text or as a table", () => {
    const sources = { seam_2: { provider: "seam", secret: "SEAM_API_KEY_2" } };
    for (const SOURCES of [sources, JSON.stringify(sources)]) {
      const config = read({ SOURCES, SEAM_API_KEY_2: "k" });
      expect(config.problems).toEqual([]);
      expect(config.sources.get("client_sessions")?.provider).toBe("d1");
    }
    const hook = {
      dialect: "standard",
      secrets: ["API_KEYZ"],
      identifiers: { id: "user_identifier_key" },
    };
    const WEBHOOKS = JSON.stringify({ hook });
    expect(problemsOf({ WEBHOOKS, API_KEYZ: "whsec_x" })).toEqual([]);
  });

  it("is said by /healthz and instead of that no key is set, without its value", () => {
    const env = { LETHE_SECERT: "pssst", API_KEY: "hush" };
    const problems = configurationProblems(parseConfig(env));
    expect(problems).toEqual([
      { field: "LETHE_SECRET", message: "not set, but LETHE_SECERT is: rename it, or remove it" },
      { field: "API_KEYS", message: "not set, but API_KEY is: rename it, or remove it" },
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/pssst|hush/);
  });
});

describe("every variable, and the binding that may be left out", () => {
  const names = [...Object.keys(VARIABLES), "METRICS"];
  const swapped = (name: string): string => name.replace(/^(.)(.)/, "$2$1");
  const other: readonly (readonly [string, (name: string) => string])[] = [
    ["two letters are swapped", swapped],
    ["a letter is missing", (name) => name.slice(0, 3) + name.slice(4)],
    ["it is in small letters", (name) => name.toLowerCase()],
  ];

  test.each(names.flatMap((name) => other.map(([how, slip]) => [name, how, slip(name)] as const)))(
    "%s is a problem by its name where %s, and its value is not told",
    (name, _, stray) => {
      expect(stray).not.toBe(name);
      const given = name === "METRICS" ? { writeDataPoint: () => "hush-hush" } : "hush-hush";
      const env = { [stray]: given, ...(name === "LETHE_SECRET" ? {} : { LETHE_SECRET: SECRET }) };
      const problems = configurationProblems(parseConfig(env));
      expect(problems).toContainEqual({
        field: name,
        message: `not set, but ${stray} is: rename it, or remove it`,
      });
      expect(JSON.stringify(problems)).not.toContain("hush-hush");
    },
  );

  test.each(names)("%s is none where it is set itself, or nothing is", (name) => {
    const unset = parseConfig({ LETHE_SECRET: SECRET });
    expect(unset.problems.filter(({ field }) => field === name)).toEqual([]);
    expect(
      problemsOf({ [name]: "x", [swapped(name)]: "y" }).filter((one) => one.includes("rename it")),
    ).toEqual([]);
  });
});

describe("a secret that is named and missing", () => {
  it("is one that CALLBACK_URL needs: nothing is sent, and both names are told", () => {
    const env = { CALLBACK_URL: "https://hooks.test/x", CALLBACK_HOSTS: "hooks.test" };
    expect(read(env).callback).toBeNull();
    expect(problemsOf(env)).toEqual(["CALLBACK_SECRET: set it: nothing is sent without"]);
    expect(read({ ...env, CALLBACK_SECERT: "whsec_x" }).callback).toBeNull();
  });

  it("is a problem of its hook, also beside one that is set", () => {
    const identifiers = { "data.id": "user_identifier_key" };
    const hook = { dialect: "standard", secrets: ["HOOK_SECRET", "HOOK_OLD"], identifiers };
    const WEBHOOKS = JSON.stringify({ deleted: hook });
    const env = { WEBHOOKS, HOOK_SECRET: "whsec_new", HOOK_ODL: "whsec_old" };
    expect(read(env).webhooks.get("deleted")?.secrets).toEqual(["whsec_new"]);
    expect(problemsOf(env)).toEqual([
      "WEBHOOKS.deleted.secrets: the secret HOOK_OLD is not set, but HOOK_ODL is: rename it, or remove it",
    ]);
  });
});
