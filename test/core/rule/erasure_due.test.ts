import fc from "fast-check";
import { expect, test } from "vitest";
import { REGULATIONS } from "../../../src/core/report/erasure.ts";
import { erasureDueAt } from "../../../src/core/rule/erasure_due.ts";

const DAY = 86_400_000;

test("an erasure is due after a month, and after 45 days under the CCPA", () => {
  const at = Date.UTC(2026, 0, 31, 10);
  expect(erasureDueAt("gdpr", at)).toBe(Date.UTC(2026, 1, 28, 10));
  expect(erasureDueAt(null, Date.UTC(2026, 2, 15))).toBe(Date.UTC(2026, 3, 15));
  expect(erasureDueAt("ccpa", at)).toBe(at + 45 * DAY);
});

test("whatever the day, no regulation gives less than four weeks, and a later request is not due earlier", () => {
  const time = fc.integer({ min: 0, max: Date.UTC(2090, 0, 1) });
  fc.assert(
    fc.property(
      time,
      fc.nat(400 * DAY),
      fc.constantFrom(null, ...REGULATIONS),
      (at, later, law) => {
        const due = erasureDueAt(law, at);
        expect(due - at).toBeGreaterThanOrEqual(28 * DAY);
        expect(due - at).toBeLessThanOrEqual(45 * DAY);
        // Of two days at a month's end, the time of day of the later may be the earlier one.
        expect(erasureDueAt(law, at + later)).toBeGreaterThan(due - (later < DAY * 4 ? DAY : 0));
      },
    ),
  );
});
