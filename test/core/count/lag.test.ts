import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addLags, EMPTY_LAG, lagQuantile } from "../../../src/core/count/lag.ts";

const lag = fc.oneof(
  fc.integer({ min: 0, max: 1000 }),
  fc.integer({ min: 0, max: 4_000_000_000_000 }),
);
const lags = fc.array(lag, { minLength: 1, maxLength: 60 });
const share = fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1);

describe("the lag histogram", () => {
  it("reads a quantile within 1 %, or a hundredth of a millisecond near zero", () => {
    fc.assert(
      fc.property(lags, share, (values, part) => {
        const ordered = values.toSorted((a, b) => a - b);
        const exact = ordered[Math.max(1, Math.ceil(part * values.length)) - 1] ?? Number.NaN;
        const read = (lagQuantile(addLags(EMPTY_LAG, values), part) ?? Number.NaN) * 1000;
        expect(Math.abs(read - exact)).toBeLessThanOrEqual(0.01 * exact + 0.01);
      }),
      { numRuns: 3000 },
    );
  });

  it("knows the maximum and the count exactly", () => {
    fc.assert(
      fc.property(lags, (values) => {
        const histogram = addLags(EMPTY_LAG, values);
        expect(histogram.max_ms).toBe(Math.max(...values));
        expect(histogram.count).toBe(values.length);
        expect(lagQuantile(histogram, 1)).toBeLessThanOrEqual(histogram.max_ms / 1000);
      }),
    );
  });

  it("is the same whatever the order and the slices", () => {
    fc.assert(
      fc.property(lags, lags, (one, other) => {
        const together = addLags(EMPTY_LAG, [...other, ...one].toReversed());
        expect(addLags(addLags(EMPTY_LAG, one), other)).toEqual(together);
      }),
    );
  });

  it("survives being stored", () => {
    fc.assert(
      fc.property(lags, lags, (one, other) => {
        const stored = JSON.parse(JSON.stringify(addLags(EMPTY_LAG, one))) as typeof EMPTY_LAG;
        expect(addLags(stored, other)).toEqual(addLags(addLags(EMPTY_LAG, one), other));
      }),
    );
  });

  it("never grows beyond the widths there are", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => i ** 3);
    expect(Object.keys(addLags(EMPTY_LAG, many).buckets).length).toBeLessThan(1600);
  });

  it("takes a clock that went back as no lag", () => {
    expect(addLags(EMPTY_LAG, [-5000])).toEqual({ buckets: { "0": 1 }, count: 1, max_ms: 0 });
    expect(lagQuantile(addLags(EMPTY_LAG, [-5000]), 0.5)).toBe(0);
  });

  it("has no quantile of nothing, and leaves what it was given alone", () => {
    expect(lagQuantile(EMPTY_LAG, 0.5)).toBeNull();
    addLags(EMPTY_LAG, [1, 2, 3]);
    expect(EMPTY_LAG).toEqual({ buckets: {}, count: 0, max_ms: 0 });
  });
});
