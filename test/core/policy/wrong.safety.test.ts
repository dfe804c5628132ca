import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parsePolicy, Policy, type PolicyTarget } from "../../../src/core/policy/policy.ts";

const TARGETS: ReadonlyMap<string, PolicyTarget> = new Map([
  [
    "agent_sessions",
    { clocks: ["last_active_at", "created_at"], matches_metadata: true, has_parents: true },
  ],
]);

const VALID = {
  description: "text",
  source: "agent_sessions",
  expire: [{ clock: "created_at", after: "P30D" }],
  mode: "enforce",
  match: { scope: ["agt_*"], metadata: { "a.b": "x" } },
  keep: { min_age: "P1D", latest: 1 },
  budget: { items: 10, per_second: 1 },
  brake: { items: 10, percent: 10 },
  schedule: { cron: "0 3 * * *", zone: "Europe/Berlin", jitter: "PT5M" },
  approval: "changes",
  children: "together",
  verify: 1,
  note: "text",
};

type Path = readonly (string | number)[];

/** Every place of the document, the inner ones included. */
function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) {
    return [at];
  }
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const inner = (entries as [string | number, unknown][]).flatMap(([key, one]) =>
    placesOf(one, [...at, key]),
  );
  return at.length === 0 ? inner : [at, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) {
    return by;
  }
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<number, unknown>)
    : { ...(value as object) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

/** As `field` names a place in an error. */
function nameOf(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`,
    "",
  );
}

const WRONG: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["0", 0],
  ["-1", -1],
  ["1.5", 1.5],
  ["1e300", 1e300],
  ["2^53", 2 ** 53],
  ["an empty text", ""],
  ["a blank", " "],
  ["a text", "nonsense here"],
  ["a digit as a text", "7"],
  ["a long text", "x".repeat(2000)],
  ["an empty list", []],
  ["a list of null", [null]],
  ["a list of lists", [[]]],
  ["a long list", Array.from({ length: 200 }, () => "x")],
  ["an empty object", {}],
  ["an object", { nonsense: 1 }],
  ["an object of null", { clock: null, after: null, items: null }],
];

/** What these values are where they are right after all: nothing else may pass. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  description: ["an empty text", "a blank", "a text", "a digit as a text"],
  note: ["an empty text", "a blank", "a text", "a digit as a text"],
  source: [],
  "match.scope[0]": ["a blank", "a text", "a digit as a text"],
  "match.scope": [],
  "match.metadata": ["an object"],
  "match.metadata.a.b": [
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "an empty text",
    "a blank",
    "a text",
    "a digit as a text",
  ],
  keep: ["an empty object"],
  budget: ["an empty object"],
  brake: ["an empty object"],
  "budget.per_second": ["1.5"],
  "brake.percent": ["1.5"],
  verify: ["0", "1.5"],
};

describe("every field of a policy, wrong in every way", () => {
  const cases = placesOf(VALID).flatMap((path) =>
    WRONG.map(([what, value]) => [nameOf(path), what, path, value] as const),
  );

  it("begins with a document that is right, and holds every field there is", () => {
    expect(parsePolicy(VALID, TARGETS).ok).toBe(true);
    expect(Object.keys(VALID).toSorted()).toEqual(Object.keys(Policy.shape).toSorted());
  });

  test.each(cases)("%s as %s", (name, what, path, value) => {
    const parsed = parsePolicy(replaced(VALID, path, value), TARGETS);
    const isRight = RIGHT[name]?.includes(what) ?? false;
    expect(parsed.ok).toBe(isRight);
    const errors = parsed.ok ? [] : parsed.error;
    expect(errors.length > 0).toBe(!isRight);
    // Each names the place, or one within it, and says more than a word.
    expect(errors.filter(({ field }) => !field.startsWith(name))).toEqual([]);
    expect(errors.filter(({ message }) => !/\S \S/.test(message))).toEqual([]);
  });

  test.each(placesOf(VALID).map((path) => [nameOf(path), path] as const))(
    "%s with a key too many, or an item too many that is nothing",
    (name, path) => {
      const at = path.reduce<unknown>(
        (value, key) => (value as Record<string, unknown>)[key],
        VALID,
      );
      if (typeof at !== "object" || at === null) {
        return;
      }
      const more = Array.isArray(at) ? [...at, null] : { ...at, nonsense: null };
      const parsed = parsePolicy(replaced(VALID, path, more), TARGETS);
      const fields = parsed.ok ? [] : parsed.error.map(({ field }) => field);
      expect(fields.length).toBeGreaterThan(0);
      expect(fields.every((field) => field.startsWith(name))).toBe(true);
    },
  );
});

describe("whatever is read as a policy", () => {
  it("never throws, and what passes reads the same again", () => {
    // A zero is stored without its sign.
    const anything = fc
      .jsonValue({ maxDepth: 4 })
      .map((value): unknown => JSON.parse(JSON.stringify(value)));
    const almost = fc
      .tuple(fc.constantFrom(...placesOf(VALID)), anything)
      .map(([path, value]) => replaced(VALID, path, value));
    let passed = 0;
    fc.assert(
      fc.property(fc.oneof(anything, almost), (document) => {
        const parsed = parsePolicy(document, TARGETS);
        passed += parsed.ok ? 1 : 0;
        const stored: unknown = parsed.ok ? JSON.parse(JSON.stringify(parsed.value)) : null;
        expect(parsed.ok ? parsePolicy(stored, TARGETS) : parsed).toEqual(parsed);
      }),
      { numRuns: 5000 },
    );
    expect(passed).toBeGreaterThan(15);
  });
});
