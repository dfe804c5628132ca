import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LEAST_PER_SECOND } from "../../../src/core/pace/bucket.ts";
import {
  callsInLastSecond,
  countCall,
  rateAt,
  slowDown,
  STILL,
  type Learnt,
} from "../../../src/core/pace/rate.ts";

const NOW = Date.UTC(2026, 10, 22, 7, 0, 0);
const DAY = 86_400_000;
const rates = fc.constantFrom(0.2, 1, 4, 5, 50, 500, 10_000);
const configured = fc.option(rates, { nil: null });

describe("the rate that 429s teach", () => {
  test("is what is configured until one comes", () => {
    expect(rateAt(null, 5, NOW)).toBe(5);
    expect(rateAt(null, null, NOW)).toBeNull();
  });

  test("halves, and comes back: fast to where it was, then feeling its way, then fast again", () => {
    const learnt = slowDown(null, null, 100, NOW);
    const after = (seconds: number, of = learnt): number | null =>
      rateAt(of, 1000, NOW + seconds * 1000);
    expect(
      [0, 1, 1.8, 2.8, 3.8, 13.8, 30].map((seconds) => Math.round(after(seconds) ?? 0)),
    ).toEqual([50, 75, 95, 100, 105, 605, 1000]);
    const again = slowDown(learnt, 98, 98, NOW);
    expect(again).toMatchObject({ ceiling: 98, confirmed: 1 });
    const sure = slowDown(again, 100, 100, NOW);
    expect(after(51.8, sure)).toBeCloseTo(100, 6);
    expect(after(101.8, sure)).toBeCloseTo(105, 6);
    expect(slowDown(sure, 300, 300, NOW)).toMatchObject({ ceiling: 300, confirmed: 0 });
  });

  test("halves what really went out, where connections were the limit", () => {
    expect(rateAt(slowDown(null, 10_000, 240, NOW), 10_000, NOW)).toBe(120);
    expect(rateAt(slowDown(null, null, 240, NOW), null, NOW)).toBe(120);
    // Nearly all of the pace went out: it is the pace that was too fast, not what was counted of it.
    expect(rateAt(slowDown(null, 50, 41, NOW), 50, NOW)).toBe(25);
  });

  test("is not learnt from a 429 after hardly any calls: somebody else used the limit up", () => {
    expect(slowDown(null, 1000, 3, NOW)).toBeNull();
    const before: Learnt = { ceiling: 60, confirmed: 0, at: NOW };
    expect(slowDown(before, 30, 1, NOW + 5000)).toBe(before);
    // Where so few are all that is configured, they tell as much as there is to tell.
    expect(slowDown(null, 2, 2, NOW)).toEqual({ ceiling: 2, confirmed: 0, at: NOW });
  });

  test("is forgotten where nothing is configured, and where a clock was ahead", () => {
    const learnt: Learnt = { ceiling: 100, confirmed: 2, at: NOW };
    expect(rateAt(learnt, null, NOW + 600_001)).toBeNull();
    expect(rateAt({ ...learnt, at: NOW + 400 * DAY }, 5, NOW)).toBe(5);
  });

  test("never leaves what is allowed, and never falls but by another 429", () => {
    fc.assert(
      fc.property(
        configured,
        fc.array(fc.tuple(fc.integer({ min: 0, max: 120_000 }), fc.boolean()), { maxLength: 40 }),
        fc.double({ min: 1, max: 2000, noNaN: true }),
        (most, events, used) => {
          let learnt: Learnt | null = null;
          let now = NOW;
          let last = rateAt(learnt, most, now);
          for (const [pause, isLimited] of events) {
            now += pause;
            const rate = rateAt(learnt, most, now);
            expect(rate ?? Infinity).toBeGreaterThanOrEqual((last ?? Infinity) - 1e-9);
            expect(rate ?? Infinity).toBeGreaterThanOrEqual(LEAST_PER_SECOND);
            expect(rate ?? Infinity).toBeLessThanOrEqual(most ?? Infinity);
            if (isLimited) {
              learnt = slowDown(learnt, rate, used, now);
            }
            last = rateAt(learnt, most, now);
            expect(last ?? Infinity).toBeLessThanOrEqual(rate ?? Infinity);
          }
        },
      ),
    );
  });

  test("keeps near a limit that nobody told, and is seldom refused", () => {
    fc.assert(
      fc.property(fc.constantFrom(5, 20, 50, 500), (limit) => {
        let learnt: Learnt | null = null;
        let now = NOW;
        let taken = 0;
        let refused = 0;
        const until = NOW + 300_000;
        while (now < until) {
          const rate = Math.min(rateAt(learnt, null, now) ?? Infinity, 600);
          // One second at this rate against a source that takes `limit` in each.
          taken += Math.min(rate, limit);
          if (rate > limit) {
            // The first minute is for learning.
            refused += now > NOW + 60_000 ? 1 : 0;
            learnt = slowDown(learnt, rate, rate, now + 1000);
            now += 1000;
          }
          now += 1000;
        }
        expect(taken / (limit * 300)).toBeGreaterThan(0.85);
        expect(refused).toBeLessThan(8);
      }),
    );
  });
});

describe("the calls of the last second", () => {
  test("are counted as they go, and fade", () => {
    let flow = STILL;
    for (let call = 0; call < 10; call++) {
      flow = countCall(flow, NOW + call * 100);
    }
    expect(callsInLastSecond(flow, NOW + 900)).toBe(10);
    expect(callsInLastSecond(flow, NOW + 1500)).toBe(5);
    expect(callsInLastSecond(flow, NOW + 2000)).toBe(0);
    expect(callsInLastSecond(flow, NOW - 60_000)).toBe(0);
  });
});
