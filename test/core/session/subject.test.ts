import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Scalar } from "../../../src/core/session/session.ts";
import {
  canSearch,
  isIdentifierType,
  namesSomebody,
  type Identifier,
} from "../../../src/core/session/subject.ts";
import { AT_ID, AT_KEY, given, IDENTITY, KEY, outcome, session } from "../../support/subjects.ts";

const AT_PROFILE = "metadata:profile.customer_id";

describe("values are compared exactly, by value and type", () => {
  const different: readonly (readonly [Scalar, Scalar])[] = [
    [1, "1"],
    ["1", 1],
    [true, "true"],
    [true, 1],
    [1, true],
    [false, 0],
    [0, ""],
    ["false", false],
    ["null", "NULL"],
    ["jane", "Jane"],
    ["jane", "jane "],
    ["jane", " jane"],
    ["jane", "jane_doe"],
    ["jane_doe", "jane"],
    ["jane", "ja\u00ADne"],
    ["caf\u00E9", "cafe\u0301"],
    ["\u212B", "\u00C5"],
    ["ﬁ", "fi"],
    ["ß", "ss"],
    ["İ", "i̇"],
    ["а", "a"],
    ["1", "１"],
    ["_", "a"],
    ["%", "anybody"],
    ["*", "anybody"],
    [".*", "anybody"],
    ["jane%40example.com", "jane@example.com"],
    ["x".repeat(500), `${"x".repeat(499)}y`],
    [9_007_199_254_740_991, 9_007_199_254_740_990],
  ];
  test.each(different)("%j does not name %j", (value, held) => {
    expect(outcome(given([AT_ID, value]), session({ [AT_ID]: [held] }))).toBe("none");
    expect(outcome(given([KEY, value]), session({ [AT_ID]: [held] }))).toBe("none");
    expect(outcome(given([KEY, value]), session({ [KEY]: [held] }))).toBe("none");
  });

  test.each<[Scalar]>([
    ["jane"],
    [1],
    [0],
    [true],
    [false],
    ["caf\u00E9"],
    ["null"],
    ["__proto__"],
    ["constructor"],
    ["a b"],
  ])("%j names itself", (value) => {
    expect(outcome(given([AT_ID, value]), session({ [AT_ID]: [value] }))).toBe("match");
  });

  it("a text of null is not null", () => {
    expect(outcome(given([AT_ID, "null"]), session({ [AT_ID]: [] }))).toBe("none");
    expect(outcome(given([AT_ID, "undefined"]), session({}))).toBe("none");
  });

  it("only the same value of the same type ever matches", () => {
    const value = fc.oneof(
      fc.constantFrom<Scalar>("1", 1, true, "true", "a", "A", "a\u0301", "á"),
      fc.string(),
    );
    fc.assert(
      fc.property(value, value, (one, other) => {
        const isSame = typeof one === typeof other && one === other;
        expect(outcome(given([AT_ID, one]), session({ [AT_ID]: [other] }))).toBe(
          isSame ? "match" : "none",
        );
      }),
    );
  });
});

describe("where an identifier is looked for", () => {
  test.each<[string, Identifier[], Record<string, Scalar[]>, string]>([
    ["the key, in its own field", given([KEY, "jane"]), { [KEY]: ["jane"] }, "match"],
    [
      "the key, at the first person path",
      given([KEY, "jane"]),
      { [AT_KEY]: ["jane"], [AT_ID]: [] },
      "match",
    ],
    [
      "the key, at the second person path",
      given([KEY, "jane"]),
      { [AT_KEY]: [], [AT_ID]: ["jane"] },
      "match",
    ],
    ["the key, at a nested person path", given([KEY, "jane"]), { [AT_PROFILE]: ["jane"] }, "match"],
    [
      "the key, at every path at once",
      given([KEY, "jane"]),
      { [AT_KEY]: ["jane"], [AT_ID]: ["jane"] },
      "match",
    ],
    ["the key, not in an identity", given([KEY, "jane"]), { [IDENTITY]: ["jane"] }, "none"],
    ["the key, not in a customer", given([KEY, "jane"]), { customer_key: ["jane"] }, "none"],
    [
      "the key, not in an id",
      given([KEY, "ase_1"]),
      { agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "none",
    ],
    ["an identity, not at a person path", given([IDENTITY, "jane"]), { [AT_ID]: ["jane"] }, "none"],
    ["an identity, not in the key", given([IDENTITY, "jane"]), { [KEY]: ["jane"] }, "none"],
    ["a path, there", given([AT_ID, "jane"]), { [AT_ID]: ["jane"] }, "match"],
    ["a path, not at another", given([AT_ID, "jane"]), { [AT_KEY]: ["jane"] }, "none"],
    ["a path, not below it", given([AT_ID, "jane"]), { "metadata:user_id.x": ["jane"] }, "none"],
    [
      "a path, not in the key of a client session",
      given([AT_KEY, "jane"]),
      { [KEY]: ["jane"] },
      "none",
    ],
    [
      "a customer",
      given(["customer_key", "acme"]),
      { customer_key: ["acme"], [KEY]: ["jane"] },
      "match",
    ],
    [
      "a session id with its agent",
      given(["agent_session_id", "agt_1/ase_1"]),
      { agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "match",
    ],
    [
      "a bare session id",
      given(["agent_session_id", "ase_1"]),
      { agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "match",
    ],
    [
      "a session id of another agent",
      given(["agent_session_id", "agt_2/ase_1"]),
      { agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "none",
    ],
    [
      "an agent alone",
      given(["agent_session_id", "agt_1"]),
      { agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "none",
    ],
    ["nothing at all", [], { [KEY]: ["jane"] }, "none"],
    ["nobody", given([KEY, "jane"]), {}, "none"],
  ])("%s", (_name, identifiers, person, expected) => {
    expect(outcome(identifiers, session(person))).toBe(expected);
  });
});

describe("what a source can search by", () => {
  test.each<[Identifier[], string[], boolean]>([
    [given([KEY, "a"]), [KEY], true],
    [given([KEY, "a"]), [AT_ID], true],
    [given([KEY, "a"]), ["agent_session_id"], false],
    [given([IDENTITY, "a"]), [AT_ID, "agent_session_id"], false],
    [given([AT_ID, "a"]), [AT_ID], true],
    [given([AT_ID, "a"]), [AT_KEY], false],
    [given([AT_ID, "a"]), [KEY], false],
    [given([IDENTITY, "a"], [AT_ID, "a"]), [AT_ID], true],
    [[], [KEY], false],
  ])("%j by %j: %s", (identifiers, types, expected) => {
    expect(canSearch(identifiers, types)).toBe(expected);
  });

  it("knows whether a session names anybody", () => {
    expect(namesSomebody(session({ [AT_ID]: ["jane"] }))).toBe(true);
    expect(namesSomebody(session({ [AT_ID]: [], agent_session_id: ["ase_1"] }))).toBe(false);
    expect(namesSomebody(session({}))).toBe(false);
  });

  test.each([KEY, IDENTITY, "metadata:a", "metadata:a.b", "metadata:__proto__"])(
    "%s is a type",
    (one) => {
      expect(isIdentifierType(one)).toBe(true);
    },
  );

  test.each([
    "",
    "email",
    "metadata",
    "metadata:",
    "metadata:.",
    "metadata:a.",
    "metadata:.a",
    "metadata:a..b",
    "constructor",
    "User_Identity_Id",
  ])("%j is no type", (one) => {
    expect(isIdentifierType(one)).toBe(false);
  });
});
