import { describe, expect, test } from "vitest";
import { policyTargets } from "../../src/kv/targets.ts";
import { configurationProblems } from "../../src/api/health.ts";
import { parseConfig } from "../../src/config/config.ts";
import { VARIABLES } from "../../src/config/variables.ts";
import { DISPOSITIONS } from "../../src/core/count/disposition.ts";
import { parsePolicy, Policy } from "../../src/core/policy/policy.ts";
import { IDENTIFIER_TYPES } from "../../src/core/session/subject.ts";
import { headerLine } from "../../scripts/start/screen/report.ts";
import { paintFor } from "../../scripts/start/screen/paint.ts";
import { blocksOf, codeIn, sectionOf, textOf } from "./text.ts";

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

  test("is made from every variable that is read, and no other", () => {
    expect(Object.keys(VARIABLES).toSorted()).toEqual([...variablesRead()].toSorted());
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
  test("show a policy that is one, and tell every field", () => {
    const { sources } = parseConfig({ LETHE_SECRET: SECRET });
    const parsed = parsePolicy(JSON.parse(exampleIn(POLICIES, "A policy")), policyTargets(sources));
    expect(parsed).toMatchObject({ ok: true, value: { mode: "enforce" } });
    const items = sectionOf(POLICIES, "A policy").match(/^- [^:]+:/gm) ?? [];
    const fields = items.flatMap(codeIn);
    expect(fields.toSorted()).toEqual(Object.keys(Policy.shape).toSorted());
  });

  test("tell every disposition and name every type of identifier", () => {
    expect(DISPOSITIONS).toHaveLength(11);
    expect(README).toContain("one of eleven [dispositions](docs/GLOSSARY.md#dispositions)");
    const told = sectionOf(textOf("docs/GLOSSARY.md"), "Dispositions").match(/^- `\w+`: /gm) ?? [];
    expect(told.flatMap(codeIn)).toEqual(DISPOSITIONS);
    expect(codeIn(sectionOf(ERASURES, "Asking for one"))).toEqual(
      expect.arrayContaining([...IDENTIFIER_TYPES, "metadata:<path>"]),
    );
  });

  test("are few in the README", () => {
    expect(Buffer.byteLength(README)).toBeLessThanOrEqual(12 * 1024);
  });

  test("show the table that npm start prints", () => {
    expect(README).toContain(`    ${headerLine(23, paintFor(false, {}))}\n`);
  });
});
