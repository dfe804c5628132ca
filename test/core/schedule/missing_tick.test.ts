import fc from "fast-check";
import { expect, test } from "vitest";
import { gapAfter, parseSchedule } from "../../../src/core/schedule/schedule.ts";
import { missingAfter } from "../../../src/core/schedule/missing_tick.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 7, 1, 12, 0, 30);

test.each<[string, readonly number[], number]>([
  ["no schedule at all", [], 2 * HOUR],
  ["every quarter of an hour", [15 * MINUTE], 30 * MINUTE],
  ["the shortest of several counts", [24 * HOUR, 10 * MINUTE, HOUR], 20 * MINUTE],
  ["every minute: the platform may be late", [MINUTE], 5 * MINUTE],
  ["daily: a deployment ticks hourly at the least", [24 * HOUR], 2 * HOUR],
])("a tick is missing after twice the shortest schedule: %s", (_, gaps, wait) => {
  expect(missingAfter(gaps)).toBe(wait);
});

test("the wait is never shorter than five minutes, nor longer than two hours", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 10 * HOUR })), (gaps) => {
      const wait = missingAfter(gaps);
      return wait >= 5 * MINUTE && wait <= 2 * HOUR;
    }),
  );
});

test.each([
  ["* * * * *", MINUTE],
  ["*/15 * * * *", 15 * MINUTE],
  ["0 * * * *", HOUR],
  ["0 3 * * *", 24 * HOUR],
])("%s pauses between its next two times", (text, gap) => {
  const parsed = parseSchedule(text);
  expect(parsed.ok ? gapAfter(parsed.value, NOW) : null).toBe(gap);
});
