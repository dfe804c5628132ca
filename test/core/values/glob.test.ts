import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { matchesGlob } from "../../../src/core/values/glob.ts";

/** The definition, letter by letter: slow and plainly right. */
function reference(pattern: string, text: string): boolean {
  if (pattern === "") {
    return text === "";
  }
  if (pattern.startsWith("*")) {
    return reference(pattern.slice(1), text) || (text !== "" && reference(pattern, text.slice(1)));
  }
  return text !== "" && pattern[0] === text[0] && reference(pattern.slice(1), text.slice(1));
}

describe("globs", () => {
  it("match what the definition matches", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "*", "."), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "a", "b", "."), maxLength: 9 });
    fc.assert(
      fc.property(pattern, text, (one, other) => {
        expect(matchesGlob(one, other)).toBe(reference(one, other));
      }),
      { numRuns: 20_000 },
    );
  });

  it("treat nothing but the star as special", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("*")),
        fc.string(),
        (literal, text) => {
          expect(matchesGlob(literal, text)).toBe(literal === text);
          expect(matchesGlob(`${literal}*`, text)).toBe(text.startsWith(literal));
          expect(matchesGlob(`*${literal}`, text)).toBe(text.endsWith(literal));
          expect(matchesGlob(`*${literal}*`, text)).toBe(text.includes(literal));
        },
      ),
    );
  });

  test.each([
    ["", "a", false],
    ["", "", true],
    ["*", "", true],
    ["**", "anything", true],
    ["a*a", "a", false],
    ["ab*ba", "aba", false],
    ["a*b*a", "aba", true],
    ["*aa*a", "aa", false],
    ["b887bf84-*", "b887bf84-9849-4454-a562-cf84293d9781", true],
    ["b887bf84-*", "b887bf8-", false],
    ["agt_?", "agt_1", false],
    ["agt_.", "agt_1", false],
    ["[a-z]", "a", false],
    ["AGT_*", "agt_1", false],
    ["%", "agt_1", false],
  ])("%j on %j is %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it("take long hostile patterns in their stride", () => {
    expect(matchesGlob(`${"*a".repeat(50)}b`, "a".repeat(100_000))).toBe(false);
  });
});
