import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addTo, apportion, speedOf, UNBOUND, type Bound } from "../../../src/core/pace/bound.ts";

const ms = fc.integer({ min: 0, max: 100_000 });
const bounds = fc.record({ connections: ms, rate: ms, budget: ms, faults: ms });

function sum({ connections, rate, budget, faults }: Bound): number {
  return connections + rate + budget + faults;
}

describe("what bound the speed", () => {
  test("shares out the whole time of a step, and no more", () => {
    fc.assert(
      fc.property(bounds, ms, bounds, (bound, took, waited) => {
        expect(sum(apportion(bound, took, waited))).toBeCloseTo(sum(bound) + took, 3);
      }),
    );
  });

  test("is told by what calls side by side waited for, and by the answers where nothing was timed", () => {
    expect(
      apportion(UNBOUND, 1000, { connections: 3000, rate: 1000, budget: 0, faults: 0 }),
    ).toEqual({ connections: 750, rate: 250, budget: 0, faults: 0 });
    expect(apportion(UNBOUND, 1000, UNBOUND)).toEqual({ ...UNBOUND, connections: 1000 });
  });

  test("is the greatest share, and nothing where no time was spent", () => {
    expect(speedOf(UNBOUND)).toBeNull();
    expect(speedOf({ connections: 1, rate: 5, budget: 4, faults: 2 })).toBe("rate");
    expect(speedOf(addTo(UNBOUND, "faults", 7))).toBe("faults");
    expect(addTo(UNBOUND, "rate", -7)).toEqual(UNBOUND);
  });
});
