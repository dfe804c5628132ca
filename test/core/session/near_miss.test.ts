import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  likelySpellings,
  nearMissesOf,
  noNearMisses,
} from "../../../src/core/session/near_miss.ts";
import { INCOMPARABLE } from "../../../src/core/session/person.ts";
import type { Scalar, Session } from "../../../src/core/session/session.ts";
import { matchSubject } from "../../../src/core/session/subject.ts";

function session(values: readonly Scalar[], type = "metadata:user_id"): Session {
  return {
    scope: "agt_a",
    id: "ase_1",
    clocks: {},
    activity_read: true,
    busy: false,
    person: [{ type, values }],
    parent: null,
    version: 0,
    metadata: null,
  };
}

function near(asked: Scalar, stored: readonly Scalar[], type = "metadata:user_id") {
  const identifiers = [{ type: "user_identifier_key", value: asked }];
  const found = nearMissesOf(identifiers)(noNearMisses(false), session(stored, type));
  return Object.entries(found).flatMap(([kind, n]) => (n === 1 ? [kind] : []));
}

describe("a value that only looks like the one that was asked for", () => {
  test.each<[Scalar, Scalar, string]>([
    ["7", 7, "type"],
    ["true", true, "type"],
    ["Jane", "jane", "case"],
    ["STRASSE", "straße", "case"],
    ["caf\u00E9", "cafe\u0301", "unicode"],
    ["jane", "ja\u200Bne", "unicode"],
    ["jane", "ｊａｎｅ", "unicode"],
    ["jane", "jane ", "blanks"],
    ["jane", "\u00A0jane", "blanks"],
    [" jane", "jane ", "blanks"],
  ])("%j and %j: %s", (asked, stored, kind) => {
    expect(near(asked, [stored])).toEqual(["sessions", kind]);
    expect(near(stored, [asked])).toEqual(["sessions", kind]);
  });

  test("counts a session once, under each kind of difference", () => {
    expect(near("JANE ", ["jane", "Jane", "bob"])).toEqual(["sessions", "case", "blanks"]);
    expect(near(" Jane", [" jane"])).toEqual(["sessions", "case"]);
  });

  test.each<[Scalar, Scalar]>([
    ["jane", "jane_doe"],
    ["jane", "joan"],
    ["7", 77],
    ["jane", INCOMPARABLE],
    ["NaN", INCOMPARABLE],
  ])("%j and %j do not look alike", (asked, stored) => {
    expect(near(asked, [stored])).toEqual([]);
  });

  test("in a field that the identifier is not about is none", () => {
    expect(near("Jane", ["jane"], "customer_key")).toEqual([]);
  });

  test("is never one that matches, and is found from both sides", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom("a", "A", " a", "a ", "\u00E1", "a\u0301", "1", "", "true"),
      fc.constantFrom<Scalar>(1, true),
    );
    fc.assert(
      fc.property(value, value, (one, other) => {
        const identifiers = [{ type: "metadata:user_id", value: one }];
        const matches = matchSubject(identifiers, session([other])).kind === "match";
        const found = near(one, [other]);
        expect(matches && found.length > 0).toBe(false);
        expect(near(other, [one])).toEqual(found);
      }),
    );
  });
});

describe("likelySpellings", () => {
  test("are few, and look like the value", () => {
    const value = fc.string({
      unit: fc.constantFrom("a", "B", " ", "\u00E9", "e\u0301", "İ", "ß"),
    });
    fc.assert(
      fc.property(value, (text) => {
        const spellings = likelySpellings(text);
        expect(spellings.length).toBeLessThanOrEqual(9);
        expect(spellings).not.toContain(text);
      }),
    );
    expect(likelySpellings("jane doe")).toEqual(
      expect.arrayContaining(["JANE DOE", "Jane Doe", " jane doe", "jane doe "]),
    );
    expect(likelySpellings(" Jane@X.com")).toContain("jane@x.com");
  });
});

test("the likely spellings of all values of a request fit into one that is bound", () => {
  const longest = Array.from({ length: 20 }, () => likelySpellings("\uFDFA".repeat(1000)));
  expect(longest[0]?.length).toBeGreaterThan(0);
  expect(Buffer.byteLength(JSON.stringify(longest.flat()))).toBeLessThan(2_000_000);
  expect(likelySpellings("J".repeat(1001))).toEqual([]);
});
