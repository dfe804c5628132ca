import { expect, test } from "vitest";
import * as z from "zod";
import { beforeTold, schemasOf, told } from "../../../src/core/report/told.ts";

const FIELDS = { found: told(z.int(), 0), at: told(z.string().nullable(), null) };

test("a field is one line: its schema, and what stands in it before anything is told", () => {
  const report = z.strictObject(schemasOf(FIELDS));
  expect(beforeTold(FIELDS)).toEqual({ found: 0, at: null });
  expect(report.parse(beforeTold(FIELDS))).toEqual({ found: 0, at: null });
  expect(report.safeParse({ found: 0 }).success).toBe(false);
  expect(report.safeParse({ found: 0, at: null, more: 1 }).success).toBe(false);
});
