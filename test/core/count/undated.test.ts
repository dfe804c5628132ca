import * as fc from "fast-check";
import { expect, it, test } from "vitest";
import { enoughFor, isMostlyDated } from "../../../src/core/count/undated.ts";

test.each([
  [0, 0, true],
  [5, 100, true],
  [6, 100, false],
  [1, 20, true],
  [1, 19, false],
  [1, 1, false],
  [1, 0, false],
])("%d undated of %d selected: most have a date is %j", (undated, selected, dated) => {
  expect(isMostlyDated({ undated, selected })).toBe(dated);
});

it("is settled by as many as are enough, and by no fewer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (undated) => {
      expect(isMostlyDated({ undated, selected: enoughFor(undated) })).toBe(true);
      expect(isMostlyDated({ undated, selected: enoughFor(undated) - 1 })).toBe(false);
    }),
  );
});
