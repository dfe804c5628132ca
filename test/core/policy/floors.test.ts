import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { freeze, judge } from "../../../src/core/rule/due.ts";
import { APPROVALS, holdBack, NO_FLOORS, type Floors } from "../../../src/core/policy/floors.ts";
import { tightenBrake } from "../../../src/core/rule/brake.ts";
import { Policy } from "../../../src/core/policy/policy.ts";

const DAY = 86_400_000;
const floors = fc.record<Floors>({
  approval: fc.constantFrom(...APPROVALS),
  brake_percent_max: fc.constantFrom(null, 0, 10, 50, 100),
  min_age: fc.constantFrom(null, "PT0S", "P1D", "P28D", "P30D", "P31D", "P1M", "P1M4D", "P2M"),
});
const policy = Policy.parse({
  source: "s",
  expire: [{ clock: "created_at", after: "PT0S" }],
  brake: { percent: 80 },
});

describe("floors that hold back all that others do", () => {
  test.each<[Partial<Floors>, Partial<Floors>, boolean]>([
    [{}, {}, true],
    [{ approval: "changes" }, {}, true],
    [{}, { approval: "changes" }, false],
    [{ brake_percent_max: 0 }, { brake_percent_max: 1 }, true],
    [{}, { brake_percent_max: 100 }, false],
    [{ min_age: "P31D" }, { min_age: "P1M" }, true],
    [{ min_age: "P30D" }, { min_age: "P1M" }, false],
    [{}, { min_age: "PT0S" }, false],
  ])("%j and %j: %j", (one, other, expected) => {
    expect(holdBack({ ...NO_FLOORS, ...one }, { ...NO_FLOORS, ...other })).toBe(expected);
  });

  it("let no session go, and no share pass, that the others would not", () => {
    let held = 0;
    fc.assert(
      fc.property(
        floors,
        floors,
        fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2025, 0, 1) }),
        fc.integer({ min: 0, max: 70 * 24 }),
        (one, other, cutoff, hours) => {
          if (!holdBack(one, other)) {
            return;
          }
          held += 1;
          const session = {
            scope: "w",
            id: "a",
            clocks: { created_at: cutoff - (hours * DAY) / 24 },
            activity_read: true,
            busy: false,
            person: [],
            parent: null,
            version: 1,
            metadata: null,
          };
          const isDue = ({ min_age: age }: Floors): boolean =>
            judge(freeze(policy, cutoff, age), session).kind === "due";
          expect(isDue(one) && !isDue(other)).toBe(false);
          const percent = (of: Floors): number => tightenBrake(policy.brake, of).percent;
          expect(percent(one)).toBeLessThanOrEqual(percent(other));
        },
      ),
      { numRuns: 5000 },
    );
    expect(held).toBeGreaterThan(200);
  });
});
