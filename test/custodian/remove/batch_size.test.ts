import { expect, test } from "vitest";
import { BatchSize } from "../../../src/sources/d1/batch_size.ts";

/** Removals of a store that takes so long for each session, each of the size that was advised. */
function after(removals: number, msEach: number, size = new BatchSize()): BatchSize {
  for (let n = 0; n < removals; n++) {
    size.observe(size.current, size.current * msEach);
  }
  return size;
}

test("settles where a removal takes at most 50 ms, whatever the store's speed", () => {
  for (const msEach of [0.005, 0.02, 0.05, 0.2, 0.4]) {
    const { current } = after(20, msEach);
    expect(current * msEach).toBeLessThanOrEqual(50);
    expect(current).toBeLessThanOrEqual(5000);
    // Not needlessly small either.
    expect(current === 5000 || current * msEach >= 25).toBe(true);
  }
});

test("stays between 100 and 5,000", () => {
  expect(after(50, 1000).current).toBe(100);
  expect(after(50, 0).current).toBe(5000);
});

test("one slow answer halves it at most, and it grows back", () => {
  const size = after(20, 0.02);
  const before = size.current;
  size.observe(before, 10_000);
  expect(size.current).toBe(Math.round(before / 2));
  expect(after(20, 0.02, size).current).toBeGreaterThan(before * 0.7);
});

test("a small batch does not raise it", () => {
  const size = new BatchSize();
  size.observe(10, 0);
  expect(size.current).toBe(1000);
});

test("keys that did not fit lower it", () => {
  const size = new BatchSize();
  size.shrinkTo(40);
  expect(size.current).toBe(40);
});
