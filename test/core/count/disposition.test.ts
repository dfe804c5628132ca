import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addRise,
  DISPOSITIONS,
  GONE,
  LEFT_IN_PLACE,
  tally,
  tallyAt,
  type DispositionCounts,
} from "../../../src/core/count/disposition.ts";

const disposition = fc.constantFrom(...DISPOSITIONS);
const step = fc.tuple(fc.nat(2), disposition, fc.nat(50));

const total = (counts: DispositionCounts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

test("tallies by place add up to the tally of all", () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const whole = steps.reduce<DispositionCounts>((sum, [, end, by]) => tally(sum, end, by), {});
      const places = steps.reduce<readonly DispositionCounts[]>(
        (sums, [place, end, by]) => tallyAt(sums, place, end, by),
        [],
      );
      expect(places.reduce<DispositionCounts>((sum, one) => addRise(sum, {}, one), {})).toEqual(
        whole,
      );
      for (const [place, counts] of places.entries()) {
        const own = steps.filter(([at]) => at === place);
        expect(total(counts)).toBe(own.reduce((sum, [, , by]) => sum + by, 0));
      }
    }),
  );
});

test("a place that was not there yet is made, with those before it", () => {
  expect(tallyAt([], 2, "deleted", 3)).toEqual([{}, {}, { deleted: 3 }]);
});

test("each disposition is of a session that is gone, or of one that may be left", () => {
  expect([...GONE, ...LEFT_IN_PLACE].toSorted()).toEqual(DISPOSITIONS.toSorted());
});
