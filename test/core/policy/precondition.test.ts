import { describe, expect, test } from "vitest";
import { holds } from "../../../src/core/policy/precondition.ts";

const THERE = { exists: true, digest: "abc" };
const INVALID = { exists: true, digest: null };
const NOTHING = { exists: false, digest: null };

describe("the conditions of a write", () => {
  test.each<[string | null, boolean, typeof THERE | typeof INVALID, boolean]>([
    [null, false, THERE, true],
    [null, false, NOTHING, true],
    ['"abc"', false, THERE, true],
    ['"x", "abc"', false, THERE, true],
    ['"x","y"', false, THERE, false],
    ["abc", false, THERE, false],
    ['W/"abc"', false, THERE, false],
    ['"ABC"', false, THERE, false],
    ["", false, THERE, false],
    ["*", false, THERE, true],
    ["*", false, INVALID, true],
    ["*", false, NOTHING, false],
    ['"abc"', false, NOTHING, false],
    ['"null"', false, INVALID, false],
    [null, true, THERE, false],
    [null, true, INVALID, false],
    [null, true, NOTHING, true],
    ['"abc"', true, THERE, false],
    ['"abc"', true, NOTHING, false],
  ])("If-Match %j, If-None-Match %j over %j: %j", (match, none, current, expected) => {
    expect(holds({ if_match: match, if_none_match: none }, current)).toBe(expected);
  });
});
