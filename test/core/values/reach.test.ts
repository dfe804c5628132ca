import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesGlob } from "../../../src/core/values/glob.ts";
import { beyondReach, touchesReach } from "../../../src/core/values/reach.ts";

const EMBEDDED = { name: "store", is_embedded: true };
const UPSTREAM = { name: "account", is_embedded: false };

test.each([
  ["everything", null, UPSTREAM, null, null],
  ["its own", ["w1", "w2"], EMBEDDED, ["w2"], null],
  ["nothing asked", ["w1"], EMBEDDED, [], null],
  ["another's", ["w1"], EMBEDDED, ["w1", "w2"], "the workspace w2 of store"],
  ["a glob that fits its own alone today", ["w1"], EMBEDDED, ["w1*"], "the workspace w1* of store"],
  ["all", ["w1"], EMBEDDED, null, "every workspace of store"],
  [
    "an account",
    ["w1"],
    UPSTREAM,
    ["w1"],
    "the source account, which is not in the embedded store",
  ],
  ["a key of nothing", [], EMBEDDED, ["w1"], "the workspace w1 of store"],
])("beyond reach: %s", (_, reach, source, scopes, expected) => {
  expect(beyondReach(reach, source, scopes)).toBe(expected);
});

const name = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 4 });
const scope = name.map((text) => text.replaceAll("*", "c"));

test("property: what is not beyond a reach selects no scope outside of it, and touches it if it selects", () => {
  fc.assert(
    fc.property(
      fc.array(scope),
      fc.option(fc.array(name)),
      scope,
      fc.boolean(),
      (reach, globs, any, isEmbedded) => {
        const source = { name: "s", is_embedded: isEmbedded };
        const isSelected = globs === null || globs.some((glob) => matchesGlob(glob, any));
        const isIn = isEmbedded && reach.includes(any);
        const isWithin = beyondReach(reach, source, globs) === null;
        expect(isSelected && isWithin && !isIn).toBe(false);
        const touches = touchesReach(reach, source, globs);
        expect(isSelected && isIn && !touches).toBe(false);
        expect(touches && !isEmbedded).toBe(false);
      },
    ),
  );
});
