import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addOverdue, NONE_OVERDUE, OVERDUE_BUCKETS } from "../../../src/core/count/overdue.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CUTOFF = Date.UTC(2026, 2, 31, 12);

describe("the histogram of how long sessions are overdue", () => {
  it.each([
    ["PT1H", 0],
    ["PT1H", HOUR],
    ["P1D", HOUR + 1],
    ["P1D", DAY],
    ["P7D", DAY + 1],
    ["P7D", 7 * DAY],
    ["P30D", 30 * DAY],
    ["P90D", 30 * DAY + 1],
    ["P1Y", 90 * DAY + 1],
    ["P1Y", 365 * DAY],
    ["longer", 365 * DAY + 1],
    ["longer", 4000 * DAY],
    // The end of a month can put a due time after the cutoff.
    ["PT1H", -DAY],
  ] as const)("has %s for %d ms", (bucket, overdue) => {
    expect(addOverdue(NONE_OVERDUE, CUTOFF, [CUTOFF - overdue])).toEqual({
      ...NONE_OVERDUE,
      [bucket]: 1,
    });
  });

  it("counts each session once, whatever the order and the pages", () => {
    const times = fc.array(fc.integer({ min: 0, max: 1000 * DAY }).map((ago) => CUTOFF - ago));
    fc.assert(
      fc.property(times, times, (one, other) => {
        const paged = addOverdue(addOverdue(NONE_OVERDUE, CUTOFF, one), CUTOFF, other);
        expect(addOverdue(NONE_OVERDUE, CUTOFF, [...other, ...one])).toEqual(paged);
        const sum = Object.values(paged).reduce((a, b) => a + b, 0);
        expect(sum).toBe(one.length + other.length);
      }),
    );
  });

  it("never puts the longer overdue into the shorter bucket", () => {
    const order = [...OVERDUE_BUCKETS, "longer"];
    const ago = fc.integer({ min: 0, max: 1000 * DAY });
    const bucketOf = (overdue: number): number => {
      const counts = addOverdue(NONE_OVERDUE, CUTOFF, [CUTOFF - overdue]);
      return order.findIndex((name) => counts[name as keyof typeof counts] === 1);
    };
    fc.assert(
      fc.property(ago, ago, (a, b) => {
        expect(bucketOf(Math.max(a, b))).toBeGreaterThanOrEqual(bucketOf(Math.min(a, b)));
      }),
    );
  });
});
