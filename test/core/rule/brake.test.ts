import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { SHARE_COUNTS_FROM } from "../../../src/core/policy/policy.ts";
import { brake, halfOfSource } from "../../../src/core/rule/brake.ts";

const count = fc.integer({ min: 0, max: 2_000_000 });

describe("the brake", () => {
  test.each([
    [99, 99, 50, undefined, null],
    [99, 0, 50, undefined, null],
    [100, 200, 50, undefined, null],
    [101, 201, 50, undefined, "brake_percent"],
    [100, 199, 50, undefined, "brake_percent"],
    [100, 100, 50, undefined, "brake_percent"],
    [100, 100, 100, undefined, null],
    [100, 99, 100, undefined, "brake_percent"],
    [100, 0, 100, undefined, "brake_percent"],
    [100, 10_000, 1, undefined, null],
    [101, 10_000, 1, undefined, "brake_percent"],
    [333, 1000, 33.3, undefined, null],
    [334, 1000, 33.3, undefined, "brake_percent"],
    [100, 100_000, 0.1, undefined, null],
    [101, 100_000, 0.1, undefined, "brake_percent"],
    [110, 10_000, 1.1, undefined, null],
    [111, 10_000, 1.1, undefined, "brake_percent"],
    [10, 1_000_000, 50, 10, null],
    [11, 1_000_000, 50, 10, "brake_items"],
    [1, 1, 50, 1, null],
    [2, 2, 50, 1, "brake_items"],
    [0, 0, 50, 1, null],
    [0, 0, 50, undefined, null],
    [200, 200, 50, 10, "brake_items"],
  ])("%d due of %d, %d %%, %s items: %s", (due, matched, percent, items, code) => {
    const limits = items === undefined ? { percent } : { percent, items };
    expect(brake(limits, due, matched)?.code ?? null).toBe(code);
  });

  it("stops exactly what is over a limit", () => {
    const percent = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(count, count, percent, count, (due, others, limit, items) => {
        const matched = due + others;
        const isOver = due > items || (due >= SHARE_COUNTS_FROM && due * 100 > limit * matched);
        expect(brake({ percent: limit, items }, due, matched) !== null).toBe(isOver);
      }),
    );
  });

  it("says what it saw", () => {
    expect(brake({ percent: 50 }, 150, 200)).toEqual({
      code: "brake_percent",
      due: 150,
      matched: 200,
      limit: 50,
    });
    expect(brake({ percent: 50, items: 5 }, 6, 200)).toEqual({
      code: "brake_items",
      due: 6,
      limit: 5,
    });
  });

  test.each([
    [Number.NaN, 1000],
    [200, Number.NaN],
  ])("a count that is none (%d of %d) stops the plan", (due, matched) => {
    expect(brake({ percent: 50 }, due, matched)?.code).toBe("brake_percent");
  });

  it("a count that is none stops at the limit of items too", () => {
    expect(brake({ percent: 50, items: 10 }, Number.NaN, 1000)?.code).toBe("brake_items");
    expect(brake({ percent: Number.NaN }, 100, 1000)?.code).toBe("brake_percent");
  });
});

describe("the guard of an erasure in one source", () => {
  test.each([
    [1000, 10_000, null],
    [1, 1, null],
    [50, 99, null],
    [99, 99, null],
    [50, 100, null],
    [99, 100, null],
    [100, 199, "half_of_source"],
    [101, 202, null],
    [100, 200, null],
    [101, 201, "half_of_source"],
    [0, 100_000, null],
    [0, 0, null],
    [100, 0, "half_of_source"],
    [100, Number.NaN, "half_of_source"],
    [Number.NaN, 100, "half_of_source"],
  ])("%d of %d: %s", (found, total, code) => {
    expect(halfOfSource(found, total)?.code ?? null).toBe(code);
  });

  it("stops exactly what is over half of a source", () => {
    fc.assert(
      fc.property(count, count, (found, others) => {
        const total = found + others;
        const isOver = found >= SHARE_COUNTS_FROM && found * 2 > total;
        expect(halfOfSource(found, total) !== null).toBe(isOver);
      }),
    );
  });
});
