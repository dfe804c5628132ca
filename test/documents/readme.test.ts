import { describe, expect, test } from "vitest";
import { createApp } from "../../src/api/app.ts";
import { describe as describeApi } from "../../src/api/docs.ts";
import { policyTargets } from "../../src/kv/targets.ts";
import { configurationProblems } from "../../src/api/health.ts";
import { parseConfig } from "../../src/config/config.ts";
import { KEY_SCOPES } from "../../src/config/keys.ts";
import { DISPOSITIONS } from "../../src/core/count/disposition.ts";
import { parsePolicy, Policy } from "../../src/core/policy/policy.ts";
import { IDENTIFIER_TYPES } from "../../src/core/session/subject.ts";
import { headerLine } from "../../scripts/start/report.ts";
import { paintFor } from "../../scripts/start/paint.ts";
import { ENDPOINTS } from "../../src/store/client_sessions/endpoints.ts";
import { blocksOf, codeIn, rowsOf, sectionOf, textOf } from "./text.ts";

const README = textOf("README.md");
const SECRET = "a secret for tests, of more than 32 characters";
const WEBHOOK_SECRET = `whsec_${Buffer.from("a webhook secret for tests").toString("base64")}`;

const CONFIG = textOf("docs/CONFIG.md");
const POLICIES = textOf("docs/POLICIES.md");
const ERASURES = textOf("docs/ERASURES.md");

/** The first JSON document under a heading. */
function exampleIn(text: string, heading: string): string {
  const [block = ""] = blocksOf(sectionOf(text, heading), "json");
  return block;
}

describe("the table of routes", () => {
  interface Operation {
    readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  }
  const { paths } = describeApi(createApp()) as unknown as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const declared = new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security = [] }]) => [
        `${method.toUpperCase()} ${path}`,
        security.flatMap((one) => Object.values(one).flat()),
      ]),
    ),
  );
  const rows = rowsOf(sectionOf(textOf("docs/API.md"), "Routes"));
  const written = new Map(
    rows.flatMap(([routes = "", scope = ""]) =>
      codeIn(routes)
        .filter((route) => /^[A-Z]+ /.test(route))
        .map((route) => [route, codeIn(scope)] as const),
    ),
  );

  test("has every route of the OpenAPI document, and no other", () => {
    expect(declared.size).toBeGreaterThan(15);
    expect([...written.keys()].toSorted()).toEqual([...declared.keys()].toSorted());
  });

  test("names the key scope of each", () => {
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(declared));
    const scopes = new Set([...written.values()].flat());
    expect([...scopes].filter((scope) => !KEY_SCOPES.some((one) => one === scope))).toEqual([]);
  });

  test("names every endpoint of the embedded client sessions", () => {
    const face = rows.flatMap(([routes = ""]) =>
      codeIn(routes).flatMap((route) => /^\/client_sessions\/\{(.+)\}$/.exec(route)?.[1] ?? []),
    );
    expect(face.join().split(",").toSorted()).toEqual([...ENDPOINTS.keys()].toSorted());
  });
});

describe("the documents' configuration", () => {
  /** Every variable that is asked for, whatever is set. */
  function variablesRead(): Set<string> {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, unknown>>(
      {},
      {
        get(_, name) {
          asked.add(String(name));
          return undefined;
        },
      },
    );
    parseConfig(env);
    return asked;
  }

  test("has a row for every variable that is read, and for no other", () => {
    const named = rowsOf(sectionOf(CONFIG, "Variables")).flatMap(([cell = ""]) => codeIn(cell));
    expect(named.toSorted()).toEqual([...variablesRead()].toSorted());
  });

  test("and the example of every variable", () => {
    const example = textOf(".dev.vars.example");
    const missing = [...variablesRead()].filter((name) => !example.includes(`${name}=`));
    expect(missing).toEqual([]);
  });

  test("has examples that are right, once their secrets are set", () => {
    const config = parseConfig({
      LETHE_SECRET: SECRET,
      API_KEYS: JSON.stringify([{ name: "me", sha256: "0".repeat(64), scopes: ["*"] }]),
      SOURCES: exampleIn(CONFIG, "Sources"),
      SEAM_EU_API_KEY: "seam_x",
      WEBHOOKS: exampleIn(ERASURES, "Deletion webhooks"),
      HOOK_SECRET: WEBHOOK_SECRET,
      HOOK_SECRET_OLD: WEBHOOK_SECRET,
    });
    expect(configurationProblems(config)).toEqual([]);
    expect([...config.sources.keys()].toSorted()).toEqual([
      "agent_sessions",
      "client_sessions",
      "seam_eu",
    ]);
    expect(config.webhooks.get("user-deleted")?.secrets).toHaveLength(2);
  });
});

describe("the documents' words", () => {
  test("show a policy that is one, and name every field", () => {
    const { sources } = parseConfig({ LETHE_SECRET: SECRET });
    const parsed = parsePolicy(JSON.parse(exampleIn(POLICIES, "A policy")), policyTargets(sources));
    expect(parsed).toMatchObject({ ok: true, value: { mode: "enforce" } });
    const fields = rowsOf(sectionOf(POLICIES, "A policy")).flatMap(([cell = ""]) => codeIn(cell));
    expect(fields.toSorted()).toEqual(Object.keys(Policy.shape).toSorted());
  });

  test("name every disposition and every type of identifier", () => {
    const promises = codeIn(sectionOf(README, "What it promises"));
    expect(promises).toEqual(expect.arrayContaining([...DISPOSITIONS]));
    expect(codeIn(sectionOf(ERASURES, "Asking for one"))).toEqual(
      expect.arrayContaining([...IDENTIFIER_TYPES, "metadata:<path>"]),
    );
  });

  test("are few in the README", () => {
    expect(Buffer.byteLength(README)).toBeLessThanOrEqual(12 * 1024);
  });

  test("show the table that npm start prints", () => {
    expect(README).toContain(`    ${headerLine(23, paintFor(false, undefined))}\n`);
  });
});
