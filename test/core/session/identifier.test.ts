import { describe, expect, it, test } from "vitest";
import { Identifier, identifiersOf } from "../../../src/core/session/subject.ts";

/** What is wrong with an identifier, each as `path: message`. */
function errorsOf(value: unknown): string[] {
  const parsed = Identifier.safeParse(value);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const key = (value: unknown): unknown => ({ type: "user_identifier_key", value });
const path = (value: unknown): unknown => ({ type: "metadata:user_id", value });

describe("an identifier that is taken as it is", () => {
  test.each<[unknown]>([
    ["jane_doe"],
    ["_jane"],
    ["Jane Doe"],
    ["jane@example.com"],
    ["jane%40example.com"],
    ["what?"],
    ["null"],
    ["__proto__"],
    ["caf\u00E9"],
    ["cafe\u0301"],
    ["ＪＡＮＥ"],
    ["😀"],
    ["'; DROP TABLE sessions; --"],
    ["a/b"],
    ["x".repeat(500)],
    ["x".repeat(60_000)],
  ])("%j", (value) => {
    expect(Identifier.parse(key(value))).toEqual(key(value));
    expect(Identifier.parse(path(value))).toEqual(path(value));
  });

  test.each<[unknown]>([[1], [0], [-1], [1.5], [9_007_199_254_740_991], [true], [false]])(
    "%j at a path, and nowhere else",
    (value) => {
      expect(Identifier.parse(path(value))).toEqual(path(value));
      expect(errorsOf(key(value))).toEqual(["value: user_identifier_key is a string"]);
    },
  );

  test.each(["agt_1/ase_1", "ase_1"])("the agent session %s", (value) => {
    expect(errorsOf({ type: "agent_session_id", value })).toEqual([]);
  });
});

describe("an identifier that looks like a mistake", () => {
  const EDGE = "white space at an edge";
  const INVISIBLE = "control, zero-width or invisible characters";
  const WILDCARD = "looks like a wildcard";

  test.each<[string, unknown, string]>([
    ["a space", " ", EDGE],
    ["spaces", "   ", EDGE],
    ["a tab", "\t", INVISIBLE],
    ["a no-break space", "\u00A0", EDGE],
    ["an ideographic space", "\u3000", EDGE],
    ["a space before", " jane", EDGE],
    ["a space after", "jane ", EDGE],
    ["a no-break space after", "jane\u00A0", EDGE],
    ["a line end", "jane\n", INVISIBLE],
    ["NUL", "ja\u0000ne", INVISIBLE],
    ["DEL", "jane\u007F", INVISIBLE],
    ["a C1 control", "jane\u0085", INVISIBLE],
    ["a zero-width space", "ja\u200Bne", INVISIBLE],
    ["a zero-width non-joiner", "ja\u200Cne", INVISIBLE],
    ["a zero-width joiner", "ja\u200Dne", INVISIBLE],
    ["a word joiner", "jane\u2060", INVISIBLE],
    ["a byte order mark", "\uFEFFjane", INVISIBLE],
    ["a soft hyphen", "ja\u00ADne", INVISIBLE],
    ["right-to-left override", "jane\u202E", INVISIBLE],
    ["a line separator", "ja\u2028ne", INVISIBLE],
    ["a grapheme joiner", "ja\u034Fne", INVISIBLE],
    ["a Hangul filler", "\u3164", INVISIBLE],
    ["a half-width Hangul filler", "jane\uFFA0", INVISIBLE],
    ["a variation selector", "jane\uFE0F", INVISIBLE],
    ["a tag character", "jane\u{E0041}", INVISIBLE],
    ["a blank braille pattern", "\u2800", INVISIBLE],
    ["a Mongolian vowel separator", "\u180E", INVISIBLE],
    ["an annotation mark", "jane\uFFF9", INVISIBLE],
    ["half a character", "jane\uD83D", INVISIBLE],
    ["*", "*", WILDCARD],
    ["a star inside", "ja*ne", WILDCARD],
    ["%", "%", WILDCARD],
    ["%jane%", "%jane%", WILDCARD],
    ["a per cent sign at the end", "jane%", WILDCARD],
    ["half an escape", "jane%4", WILDCARD],
    ["_", "_", WILDCARD],
    ["___", "___", WILDCARD],
    ["?", "?", WILDCARD],
    ["??", "??", WILDCARD],
  ])("%s is refused, unless it is said to be meant", (_name, value, message) => {
    for (const identifier of [key(value), path(value)]) {
      expect(errorsOf(identifier)).toEqual([
        expect.stringMatching(new RegExp(`^value: ${message}: .* add "exact": true$`)),
      ]);
      const given = identifier as object;
      expect(errorsOf({ ...given, exact: false })).toHaveLength(1);
      const parsed = Identifier.parse({ ...given, exact: true });
      expect(identifiersOf([parsed])).toEqual([identifier]);
    }
  });
});

describe("an identifier that is refused, whatever is said of it", () => {
  test("an empty text names nobody", () => {
    for (const exact of [true, false]) {
      expect(errorsOf({ ...(key("") as object), exact })).toEqual([
        "value: empty: give the exact value",
      ]);
    }
  });

  test.each<[unknown]>([[null], [undefined], [[]], [["jane"]], [{}], [Number.NaN], [Infinity]])(
    "a value of %s",
    (value) => {
      expect(errorsOf(path(value)).length).toBeGreaterThan(0);
    },
  );

  it("regression: a number that stands for several is refused", () => {
    // 9007199254740993 is read as 9007199254740992, which may be another person's.
    const [sent] = JSON.parse("[9007199254740993]") as [number];
    expect(sent).toBe(9_007_199_254_740_992);
    expect(errorsOf(path(sent))).toEqual([
      "value: a number of more than 15 digits is not exact: store and write it as a text",
    ]);
    expect(errorsOf(path(1e21)).length).toBe(1);
  });

  test.each(["/ase_1", "agt_1/", "/", "agt_1/ase_1/x", "//"])("the agent session %j", (value) => {
    expect(errorsOf({ type: "agent_session_id", value })).toEqual([
      "value: write <agent>/<session>",
    ]);
  });

  test.each(["email", "metadata:", "metadata:a..b", "constructor", "USER_IDENTIFIER_KEY", ""])(
    "the type %j",
    (type) => {
      expect(errorsOf({ type, value: "jane" })[0]).toMatch(
        /^type: unknown type: use user_identifier_key, .* or metadata:<path>$/,
      );
    },
  );

  it("a type without end, and a key that is not known", () => {
    expect(errorsOf({ type: `metadata:${"x".repeat(210)}`, value: "jane" }).length).toBe(1);
    expect(errorsOf({ type: "user_identifier_key", value: "jane", mode: "prefix" }).length).toBe(1);
  });
});
