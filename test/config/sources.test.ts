import { describe, expect, it, test } from "vitest";
import { parseConfig, type Config } from "../../src/config/config.ts";

const SECRET = "a secret for tests, of more than 32 characters";

type Variables = Readonly<Record<string, unknown>>;

function read(env: Variables): Config {
  return parseConfig({ LETHE_SECRET: SECRET, ...env });
}

/** The problems of an environment that is right but for these variables, each as `field: message`. */
function problemsOf(env: Variables): string[] {
  return read(env).problems.map(({ field, message }) => `${field}: ${message}`);
}

function sources(given: unknown, env: Variables = {}): Config {
  return read({ SOURCES: JSON.stringify(given), ...env });
}

describe("SOURCES", () => {
  it("names further accounts, and adjusts the two there are", () => {
    const config = sources(
      {
        seam_eu: {
          provider: "seam",
          endpoint: "https://eu.example.com/",
          secret: "SEAM_EU_API_KEY",
          per_second: 20,
          settle_seconds: 5,
        },
        agent_sessions: {
          per_second: 50,
          person_paths: ["user_id", "profile.customer_id"],
          shared_children: true,
        },
      },
      { SEAM_EU_API_KEY: "seam_eu_key" },
    );
    expect(config.problems).toEqual([]);
    expect([...config.sources.keys()]).toEqual(["client_sessions", "agent_sessions", "seam_eu"]);
    expect(config.sources.get("seam_eu")).toMatchObject({
      provider: "seam",
      kind: "client_sessions",
      endpoint: "https://eu.example.com",
      credential: "seam_eu_key",
      per_second: 20,
      settle_seconds: 5,
    });
    expect(config.sources.get("agent_sessions")).toMatchObject({
      provider: "d1",
      per_second: 50,
      person_paths: ["user_id", "profile.customer_id"],
      shared_children: true,
    });
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "{seam: 1}", "SOURCES: not JSON"],
    ["a list", [], "SOURCES: not a JSON object"],
    ["null", "null", "SOURCES: not a JSON object"],
    ["a number", "5", "SOURCES: not a JSON object"],
    ["a bad name", { "Seam-EU": {} }, "SOURCES.Seam-EU: a name of a source is"],
    ["a source that is a text", { seam_eu: "seam" }, "SOURCES.seam_eu: not a JSON object"],
    [
      "an unknown key",
      { agent_sessions: { sharedChildren: true } },
      "SOURCES.agent_sessions.sharedChildren: unknown key",
    ],
    [
      "an unknown provider",
      { seam_eu: { provider: "postgres" } },
      "SOURCES.seam_eu.provider: write one of",
    ],
    [
      "shared_children as a text",
      { agent_sessions: { shared_children: "true" } },
      "SOURCES.agent_sessions.shared_children: not true or false",
    ],
    [
      "no person path",
      { agent_sessions: { person_paths: [] } },
      "SOURCES.agent_sessions.person_paths: too few",
    ],
    [
      "a path with a hole",
      { agent_sessions: { person_paths: ["a..b"] } },
      "SOURCES.agent_sessions.person_paths[0]: write a dotted path",
    ],
    [
      "a path that is a number",
      { agent_sessions: { person_paths: [1] } },
      "SOURCES.agent_sessions.person_paths[0]: not a text",
    ],
    [
      "no pace",
      { agent_sessions: { per_second: 0 } },
      "SOURCES.agent_sessions.per_second: too small",
    ],
    [
      "a pace as a text",
      { agent_sessions: { per_second: "5" } },
      "SOURCES.agent_sessions.per_second: not a number",
    ],
    [
      "settling for ever",
      { agent_sessions: { settle_seconds: 3601 } },
      "SOURCES.agent_sessions.settle_seconds: too large",
    ],
    [
      "settling backwards",
      { agent_sessions: { settle_seconds: -1 } },
      "SOURCES.agent_sessions.settle_seconds: too small",
    ],
    [
      "a secret itself",
      { client_sessions: { secret: "seam_abc123" } },
      "SOURCES.client_sessions.secret: write the name of a secret",
    ],
    [
      "our own secret",
      { client_sessions: { secret: "LETHE_SECRET" } },
      "SOURCES.client_sessions.secret: this secret is Lethe's own",
    ],
    ["__proto__", '{"__proto__":{"provider":"d1"}}', "SOURCES.__proto__: this key cannot be used"],
  ])("%s: there is no source at all, and the problem is named", (_name, value, problem) => {
    const config = read({
      SOURCES: typeof value === "string" ? value : JSON.stringify(value),
      SEAM_API_KEY: "k",
    });
    expect(config.sources.size).toBe(0);
    expect(config.four_eyes).toBe(true);
    const found = config.problems.map(({ field, message }) => `${field}: ${message}`);
    expect(found).toContainEqual(expect.stringContaining(problem));
  });

  it("never repeats a secret that was pasted in the place of its name", () => {
    const config = sources({ client_sessions: { secret: "seam_abc123" } });
    expect(JSON.stringify(config.problems)).not.toContain("seam_abc123");
  });

  it("regression: a table of wrangler.toml counts like a text", () => {
    const config = read({ SOURCES: { agent_sessions: { shared_children: true } } });
    expect(config.sources.get("agent_sessions")?.shared_children).toBe(true);
    expect(read({ SOURCES: { agent_sessions: { shared: true } } }).sources.size).toBe(0);
  });

  test.each<[string, Variables, string, string]>([
    [
      "no provider",
      { other: { secret: "K" } },
      "other",
      "SOURCES.other.provider: name one of seam, vectara, d1",
    ],
    [
      "a name that every object inherits",
      { constructor: { per_second: 1 } },
      "constructor",
      "SOURCES.constructor.provider: name one of",
    ],
    [
      "a further embedded store",
      { other: { provider: "d1" } },
      "other",
      "SOURCES.other.provider: d1 cannot serve",
    ],
    [
      "a provider of the other kind",
      { client_sessions: { provider: "vectara" } },
      "client_sessions",
      "SOURCES.client_sessions.provider: vectara cannot serve",
    ],
  ])("%s: that source is left out, the others stay", (_name, given, name, problem) => {
    const config = sources(given, { K: "k" });
    expect(config.sources.has(name)).toBe(false);
    expect(config.sources.has("agent_sessions")).toBe(true);
    expect(
      config.problems.map(({ field, message }) => `${field}: ${message}`).join("\n"),
    ).toContain(problem);
  });

  it("may name a further account what every object inherits", () => {
    const config = sources({ constructor: { provider: "seam", secret: "K" } }, { K: "k" });
    expect(config.problems).toEqual([]);
    expect(config.sources.get("constructor")).toMatchObject({
      kind: "client_sessions",
      credential: "k",
    });
  });
});

describe("secrets and endpoints", () => {
  test.each<[string, unknown, Variables, string]>([
    [
      "named and not set",
      { seam_eu: { provider: "seam", secret: "SEAM_EU_API_KEY" } },
      {},
      "SOURCES.seam_eu.secret: the secret SEAM_EU_API_KEY is not set",
    ],
    [
      "not named",
      { seam_eu: { provider: "seam" } },
      { SEAM_API_KEY: "k" },
      "SOURCES.seam_eu.secret: name the secret that holds the key",
    ],
    [
      "named in capitals like something inherited",
      { seam_eu: { provider: "seam", secret: "CONSTRUCTOR" } },
      {},
      "SOURCES.seam_eu.secret: the secret CONSTRUCTOR is not set",
    ],
    ["a table", { seam_eu: { provider: "seam", secret: "K" } }, { K: {} }, "K: write a text"],
    [
      "of a provider that was asked for",
      { client_sessions: { provider: "seam" } },
      {},
      "SOURCES.client_sessions.secret: the secret SEAM_API_KEY is not set",
    ],
    [
      "of a default source, renamed",
      { client_sessions: { secret: "MY_KEY" } },
      { SEAM_API_KEY: "k" },
      "SOURCES.client_sessions.secret: the secret MY_KEY is not set",
    ],
  ])("a secret %s is a problem, and no other is used", (_name, given, env, problem) => {
    const config = sources(given, env);
    expect(config.problems.map(({ field, message }) => `${field}: ${message}`)).toContain(problem);
    const [name = ""] = Object.keys(given as object);
    expect(config.sources.get(name)).toMatchObject({ provider: "seam", credential: null });
  });

  it("a default source goes upstream by another secret when SOURCES names one", () => {
    const config = sources({ client_sessions: { secret: "MY_KEY" } }, { MY_KEY: "k" });
    expect(config.sources.get("client_sessions")).toMatchObject({
      provider: "seam",
      credential: "k",
    });
  });

  it("a default source stays embedded when SOURCES says so", () => {
    const config = sources({ client_sessions: { provider: "d1" } }, { SEAM_API_KEY: "k" });
    expect(config.sources.get("client_sessions")).toMatchObject({
      provider: "d1",
      endpoint: null,
      credential: null,
    });
  });

  test.each([
    "https://eu.example.com",
    "https://eu.example.com/base",
    "https://eu.example.com:8443",
    "http://127.0.0.1:9001",
    "http://127.1.2.3:9001",
    "http://127.1:9001",
    "http://localhost:9001",
    "http://[::1]:9001",
  ])("%s is an endpoint", (endpoint) => {
    const config = read({ SEAM_API_KEY: "k", SEAM_ENDPOINT: `${endpoint}/` });
    expect(config.problems).toEqual([]);
    expect(config.sources.get("client_sessions")?.endpoint).toBe(endpoint);
  });

  test.each([
    "http://eu.example.com",
    "http://0.0.0.0:9001",
    "http://10.0.0.1",
    "http://192.168.1.1",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://user@127.0.0.1:9001",
    "http://127.0.0.1@example.com",
    "https://user:password@eu.example.com",
    "https://eu.example.com?key=1",
    "https://eu.example.com#x",
    "ftp://eu.example.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "eu.example.com",
    "127.0.0.1:9001",
    "https://",
    "not a URL",
  ])("%s is no endpoint, and the source is left out", (endpoint) => {
    const config = read({ SEAM_API_KEY: "k", SEAM_ENDPOINT: endpoint });
    expect(config.sources.has("client_sessions")).toBe(false);
    expect(config.sources.has("agent_sessions")).toBe(true);
    expect(config.problems.map(({ field }) => field)).toEqual(["SEAM_ENDPOINT"]);
    const named = sources({ client_sessions: { endpoint } }, { SEAM_API_KEY: "k" });
    expect(named.sources.has("client_sessions")).toBe(false);
    expect(named.problems.map(({ field }) => field)).toEqual(["SOURCES.client_sessions.endpoint"]);
  });

  it("two sources on one account are a problem: it would be counted and asked twice", () => {
    const twin = { provider: "seam", endpoint: "https://eu.example.com/", secret: "KEY_A" };
    const other = { provider: "seam", endpoint: "https://eu.example.com", secret: "KEY_B" };
    const same = sources({ seam_a: twin, seam_b: other }, { KEY_A: "k", KEY_B: "k" });
    expect(same.problems).toEqual([
      {
        field: "SOURCES.seam_b",
        message: "reaches the same account as seam_a: take one of the two away",
      },
    ]);
    const two = sources({ seam_a: twin, seam_b: other }, { KEY_A: "k", KEY_B: "l" });
    expect(two.problems).toEqual([]);
  });

  it("an endpoint without a key is a problem: nothing goes there", () => {
    expect(problemsOf({ VECTARA_ENDPOINT: "https://eu.example.com" })).toEqual([
      "VECTARA_ENDPOINT: not used: agent_sessions is embedded until VECTARA_API_KEY is set",
    ]);
    const config = sources({ client_sessions: { endpoint: "https://eu.example.com" } });
    expect(config.problems.map(({ field }) => field)).toEqual(["SOURCES.client_sessions.endpoint"]);
    expect(config.sources.get("client_sessions")?.provider).toBe("d1");
  });
});
