import { describe, expect, it, test } from "vitest";
import { parseConfig, type Config } from "../../src/config/config.ts";

const SECRET = "a secret for tests, of more than 32 characters";

type Variables = Readonly<Record<string, unknown>>;

function read(env: Variables): Config {
  return parseConfig({ LETHE_SECRET: SECRET, ...env });
}

const hook = (fields: Variables = {}): Variables => ({
  "user-deleted": {
    dialect: "standard",
    secrets: ["HOOK_SECRET"],
    identifiers: { "data.id": "user_identifier_key" },
    ...fields,
  },
});

describe("WEBHOOKS", () => {
  it("are read with their secrets, those that are set", () => {
    const declared = hook({ secrets: ["HOOK_SECRET", "HOOK_SECRET_OLD"] });
    const config = read({ WEBHOOKS: JSON.stringify(declared), HOOK_SECRET: "whsec_new" });
    expect(config.problems).toEqual([
      { field: "WEBHOOKS.user-deleted.secrets", message: "the secret HOOK_SECRET_OLD is not set" },
    ]);
    expect(config.webhooks.get("user-deleted")).toEqual({
      dialect: "standard",
      secrets: ["whsec_new"],
      identifiers: { "data.id": "user_identifier_key" },
      max_per_hour: 100,
      unsearchable: [],
    });
  });

  it("that map to what no source can search by are a problem that names the field", () => {
    const identifiers = { "data.id": "user_identifier_key", "data.crm": "metadata:crm.id" };
    const declared = { WEBHOOKS: JSON.stringify(hook({ identifiers })), HOOK_SECRET: "whsec_new" };
    const config = read(declared);
    expect(config.problems).toEqual([
      {
        field: "WEBHOOKS.user-deleted.identifiers.data.crm",
        message: expect.stringContaining("no source can search by metadata:crm.id"),
      },
    ]);
    expect(config.webhooks.get("user-deleted")?.unsearchable).toEqual(["metadata:crm.id"]);
    const paths = { agent_sessions: { person_paths: ["user_id", "crm.id"] } };
    expect(read({ ...declared, SOURCES: JSON.stringify(paths) }).problems).toEqual([]);
  });

  it("may name the sources and scopes that they mean; one that is not there refuses all", () => {
    const limits = { sources: ["client_sessions"], scopes: ["ws-a"] };
    const known = read({ WEBHOOKS: JSON.stringify(hook(limits)), HOOK_SECRET: "whsec_new" });
    expect(known.problems).toEqual([]);
    expect(known.webhooks.get("user-deleted")).toMatchObject({ ...limits, unsearchable: [] });
    const wrong = hook({ sources: ["client_sessions", "nope"] });
    const unknown = read({ WEBHOOKS: JSON.stringify(wrong), HOOK_SECRET: "whsec_new" });
    expect(unknown.problems).toEqual([
      { field: "WEBHOOKS.user-deleted.sources", message: expect.stringContaining("nope") },
    ]);
    expect(unknown.webhooks.get("user-deleted")?.unsearchable).toEqual(["user_identifier_key"]);
    const paths = hook({ sources: ["agent_sessions"], identifiers: { id: "client_session_id" } });
    const elsewhere = read({ WEBHOOKS: JSON.stringify(paths), HOOK_SECRET: "whsec_new" });
    expect(elsewhere.webhooks.get("user-deleted")?.unsearchable).toEqual(["client_session_id"]);
  });

  it("are held against no source where none is known: that is the problem", () => {
    const config = read({ WEBHOOKS: JSON.stringify(hook()), HOOK_SECRET: "s", SOURCES: "{" });
    expect(config.problems.map(({ field }) => field)).toEqual(["SOURCES"]);
    expect(config.webhooks.get("user-deleted")?.unsearchable).toEqual(["user_identifier_key"]);
  });

  it("without any secret are a problem, and let nothing in", () => {
    const config = read({ WEBHOOKS: JSON.stringify(hook()) });
    expect(config.problems).toEqual([
      { field: "WEBHOOKS.user-deleted.secrets", message: "the secret HOOK_SECRET is not set" },
    ]);
    expect(config.webhooks.get("user-deleted")?.secrets).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "{", "WEBHOOKS: not JSON"],
    ["a list", [hook()], "WEBHOOKS: not a JSON object"],
    [
      "a bad name",
      { "User Deleted": hook()["user-deleted"] },
      "WEBHOOKS.User Deleted: a name of a hook is",
    ],
    [
      "an unknown dialect",
      hook({ dialect: "clerk" }),
      "WEBHOOKS.user-deleted.dialect: write one of",
    ],
    ["no secrets", hook({ secrets: [] }), "WEBHOOKS.user-deleted.secrets: too few"],
    [
      "six secrets",
      hook({ secrets: ["A", "B", "C", "D", "E", "F"] }),
      "WEBHOOKS.user-deleted.secrets: too many",
    ],
    [
      "a secret itself",
      hook({ secrets: ["whsec_abc"] }),
      "WEBHOOKS.user-deleted.secrets[0]: write the name of a secret",
    ],
    [
      "our own secret",
      hook({ secrets: ["LETHE_SECRET"] }),
      "WEBHOOKS.user-deleted.secrets[0]: this secret is Lethe's own",
    ],
    [
      "no identifiers",
      hook({ identifiers: {} }),
      "WEBHOOKS.user-deleted.identifiers: name at least one field",
    ],
    [
      "an unknown type",
      hook({ identifiers: { "data.id": "email" } }),
      "WEBHOOKS.user-deleted.identifiers.data.id: one of user_identifier_key",
    ],
    [
      "an empty path",
      hook({ identifiers: { "data.id": "metadata:" } }),
      "WEBHOOKS.user-deleted.identifiers.data.id: one of user_identifier_key",
    ],
    [
      "a whole customer",
      hook({ identifiers: { "data.org": "customer_key" } }),
      "WEBHOOKS.user-deleted.identifiers.data.org: a delivery cannot say",
    ],
    ["no hour", hook({ max_per_hour: 0 }), "WEBHOOKS.user-deleted.max_per_hour: too small"],
    ["an unknown key", hook({ secret: "A" }), "WEBHOOKS.user-deleted.secret: unknown key"],
    ["__proto__ as a hook", '{"__proto__":{}}', "WEBHOOKS.__proto__: this key cannot be used"],
    [
      "__proto__ as a field",
      '{"a":{"dialect":"standard","secrets":["A"],"identifiers":{"data.id":"user_identifier_key","__proto__":"user_identity_id"}}}',
      "WEBHOOKS.a.identifiers.__proto__: this key cannot be used",
    ],
  ])("%s: there is no hook, and the problem is named", (_name, value, problem) => {
    const config = read({
      WEBHOOKS: typeof value === "string" ? value : JSON.stringify(value),
      HOOK_SECRET: "x",
    });
    expect(config.webhooks.size).toBe(0);
    const found = config.problems.map(({ field, message }) => `${field}: ${message}`);
    expect(found).toContainEqual(expect.stringContaining(problem));
  });

  it("may be called what every object inherits", () => {
    const config = read({
      WEBHOOKS: JSON.stringify({ constructor: hook()["user-deleted"] }),
      HOOK_SECRET: "x",
    });
    expect([...config.webhooks.keys()]).toEqual(["constructor"]);
  });
});
