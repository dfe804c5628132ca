import { Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parsePolicy } from "../../../src/core/policy/policy.ts";
import { documentOf, policySchema } from "../../../src/core/policy/json_schema.ts";
import { textOf } from "../../documents/text.ts";

const TARGETS = new Map([
  ["agent_sessions", { clocks: ["last_active_at", "created_at"], matches_metadata: true }],
]);
const validator = new Validator(policySchema(), "2020-12", false);
const BASE = { source: "agent_sessions", expire: [{ clock: "last_active_at", after: "P30D" }] };

function isPolicy(file: unknown): boolean {
  return parsePolicy(documentOf(file), TARGETS).ok;
}

describe("the JSON Schema of policies", () => {
  it("is published as it is: else run npm run schema", () => {
    expect(JSON.parse(textOf("docs/policy.schema.json"))).toEqual(
      JSON.parse(JSON.stringify(policySchema())),
    );
  });

  /** Mostly absent, so that a document is wrong in few places at once. */
  const some = <T>(values: readonly T[]) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...values) },
    );
  const file = fc.record(
    {
      $schema: some(["../docs/policy.schema.json"]),
      description: fc.string(),
      source: fc.constant("agent_sessions"),
      expire: fc.array(
        fc.record({
          clock: fc.constantFrom("last_active_at", "created_at", "created_at", "expires_at"),
          after: fc.constantFrom(
            "P90D",
            "P6M",
            "P30D",
            "30d",
            "12h",
            "P1Y2M3W",
            "P1Y2M10DT2H30M",
            "PT0S",
            "2w",
            "P101Y",
            "30",
            "1m",
            "",
          ),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      mode: some(["off", "observe", "enforce", "live"]),
      match: some<unknown>([
        { scope: ["a*"] },
        { metadata: { "a.b": 1 } },
        { metadata: { ".": 1 } },
        {},
        null,
      ]),
      keep: some<unknown>([{ min_age: "P1D" }, { latest: 3 }, { latest: 0 }, { min_age: 1 }]),
      budget: some<unknown>([
        {},
        { items: 1, per_second: 0.2 },
        { per_second: 0.1 },
        { items: 1.5 },
      ]),
      brake: some<unknown>([{ percent: 100 }, { percent: 0 }, { items: 1 }, { percentage: 1 }]),
      schedule: some<unknown>([
        "0 3 * * *",
        { cron: "0 3 * * MON", zone: "Europe/Berlin", jitter: "PT15M" },
        { cron: "0 3 * * *" },
        { cron: "0 3 * * *", zone: "UTC", tz: "UTC" },
        5,
      ]),
      verify: some([0, 1, 100, 101]),
      note: fc.string(),
      other: some([1]),
    },
    { requiredKeys: ["source", "expire"] },
  );

  it("lets every policy through", () => {
    let valid = 0;
    fc.assert(
      fc.property(file, (one) => {
        const document: unknown = JSON.parse(JSON.stringify(one));
        const isRight = isPolicy(document);
        valid += isRight ? 1 : 0;
        expect(isRight ? validator.validate(document).errors : []).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(valid).toBeGreaterThan(20);
  });

  test.each<[string, object]>([
    ["an unknown key", { ...BASE, dry_run: true }],
    ["no source", { expire: BASE.expire }],
    ["no clause", { ...BASE, expire: [] }],
    ["a bare number for a duration", { ...BASE, expire: [{ clock: "created_at", after: "30" }] }],
    ["an unknown mode", { ...BASE, mode: "live" }],
    ["a clock there is none of", { ...BASE, expire: [{ clock: "updated_at", after: "P1D" }] }],
    ["a brake above 100 %", { ...BASE, brake: { percent: 101 } }],
    ["a schedule without zone", { ...BASE, schedule: { cron: "0 3 * * *" } }],
    [
      "an unknown key of a schedule",
      { ...BASE, schedule: { cron: "0 3 * * *", zone: "UTC", tz: 1 } },
    ],
  ])("refuses %s, as the API does", (_, document) => {
    expect([validator.validate(document).valid, isPolicy(document)]).toEqual([false, false]);
  });
});

describe("a policy file", () => {
  it("may name its schema, which is no part of the policy", () => {
    const file = { $schema: "../docs/policy.schema.json", ...BASE };
    expect(documentOf(file)).toEqual(BASE);
    expect(isPolicy(file)).toBe(true);
    expect(parsePolicy(file, TARGETS).ok).toBe(false);
  });

  it("loses nothing else", () => {
    const document = JSON.parse('{"__proto__": {"mode": "enforce"}, "$schemas": 1}') as object;
    expect(Object.keys(documentOf(document) as object)).toEqual(["__proto__", "$schemas"]);
    expect([null, [1], "text", 5].map(documentOf)).toEqual([null, [1], "text", 5]);
  });
});
