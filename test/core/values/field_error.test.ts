import { expect, test } from "vitest";
import * as z from "zod";
import { fieldErrors } from "../../../src/core/values/field_error.ts";

/** What a schema says of a value that breaks it. */
function messageOf(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : fieldErrors(parsed.error)[0]?.message;
}

test.each([
  ["a list with too few", z.array(z.string()).min(1), [], "too few: list 1 or more"],
  ["a list with too many", z.array(z.int()).max(2), [1, 2, 3], "too many: list at most 2"],
  ["a short text", z.string().min(2), "a", "too short: write 2 or more characters"],
  ["a long text", z.string().max(2), "abc", "too long: write at most 2 characters"],
  ["a number at its open bound", z.number().gt(0), 0, "too small: write more than 0"],
  ["a large number", z.number().max(100), 101, "too large: write at most 100"],
  ["a word of none", z.enum(["on", "off"]), "ON", 'write one of "on", "off"'],
  [
    "a value of no type",
    z.union([z.string(), z.number(), z.boolean()]),
    null,
    "write a text, or a number, or true or false",
  ],
  ["a schema's own words", z.string().min(1, "empty: leave it out"), "", "empty: leave it out"],
])("%s is told the rule and the fix", (_, schema, value, message) => {
  expect(messageOf(schema, value)).toBe(message);
});
