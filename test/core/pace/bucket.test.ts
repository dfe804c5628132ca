import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { block, takeCall, UNPACED, type Pace } from "../../../src/core/pace/bucket.ts";
import { backoff, readRetryAfter } from "../../../src/core/pace/retry_after.ts";

const NOW = Date.UTC(2026, 10, 22, 7, 0, 0);
const DAY = 86_400_000;

/** The times at which calls go out when they are asked for after these pauses. */
function departures(
  pauses: readonly number[],
  perSecond: number | null,
  start: Pace = UNPACED,
): number[] {
  let pace = start;
  let now = NOW;
  return pauses.map((pause) => {
    now += pause;
    const taken = takeCall(pace, perSecond, now);
    pace = taken.pace;
    return taken.at;
  });
}

describe("the pace", () => {
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })), {
    minLength: 1,
    maxLength: 60,
  });
  const rate = fc.constantFrom(0.1, 1, 3, 5, 7.5, 20, 1000);

  it("is not stopped for ever by a clock that was ahead and came back", () => {
    const ahead = { next_at: NOW + 400 * DAY, blocked_until: NOW + 400 * DAY };
    expect(takeCall(ahead, 5, NOW)).toEqual({
      at: NOW,
      pace: { next_at: NOW + 200, blocked_until: NOW },
    });
    const honest = { next_at: 0, blocked_until: NOW + DAY };
    expect(takeCall(honest, 5, NOW).at).toBe(NOW + DAY);
  });

  it("lets no window of time hold more calls than its rate", () => {
    fc.assert(
      fc.property(pauses, rate, (waits, perSecond) => {
        const out = departures(waits, perSecond);
        for (const [i, from] of out.entries()) {
          for (const [count, to] of out.slice(i).entries()) {
            // `count` calls went out after the first of this window; a float's rounding is forgiven.
            expect(count).toBeLessThanOrEqual(((to - from) / 1000) * perSecond + 1e-3);
          }
        }
      }),
    );
  });

  it("never lets a call go before it was asked for, and none wait without need", () => {
    fc.assert(
      fc.property(pauses, rate, (waits, perSecond) => {
        let asked = NOW;
        let before = -Infinity;
        for (const [i, at] of departures(waits, perSecond).entries()) {
          asked += waits[i] ?? 0;
          expect(at).toBeCloseTo(Math.max(asked, before + 1000 / perSecond), 3);
          before = at;
        }
      }),
    );
  });

  it("holds over what was stored", () => {
    const first = takeCall(UNPACED, 5, NOW);
    const stored = JSON.parse(JSON.stringify(first.pace)) as Pace;
    expect(takeCall(stored, 5, NOW + 1).at).toBe(NOW + 200);
  });

  it("holds nobody back without a rate, except by a block", () => {
    expect(departures([0, 0, 0, 7], null)).toEqual([NOW, NOW, NOW, NOW + 7]);
    expect(departures([0, 0], null, block(UNPACED, NOW + 500))).toEqual([NOW + 500, NOW + 500]);
  });
});

describe("a block", () => {
  it("is only ever made longer", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -DAY, max: DAY }), { minLength: 1 }), (untils) => {
        let pace: Pace = UNPACED;
        for (const until of untils) {
          const next = block(pace, NOW + until);
          expect(next.blocked_until).toBeGreaterThanOrEqual(pace.blocked_until);
          expect(takeCall(next, 5, NOW).at).toBeGreaterThanOrEqual(NOW + until);
          pace = next;
        }
        expect(pace.blocked_until).toBe(NOW + Math.max(...untils));
      }),
    );
  });
});

describe("Retry-After", () => {
  test.each<[string | null, number | null]>([
    [null, null],
    ["", null],
    [" ", null],
    ["soon", null],
    ["-5", null],
    ["+5", null],
    ["5s", null],
    ["5, 10", null],
    ["1e3", null],
    ["0x10", null],
    ["NaN", null],
    ["Infinity", null],
    ["2026-11-22T08:00:00Z", null],
    ["22", NOW + 22_000],
    ["0", NOW],
    [" 120 ", NOW + 120_000],
    ["1.5", NOW + 1500],
    ["0.0001", NOW + 1],
    ["86400", NOW + DAY],
    ["86401", NOW + DAY],
    ["99999999999999999999", NOW + DAY],
    ["9".repeat(400), NOW + DAY],
    ["Sun, 22 Nov 2026 07:01:00 GMT", NOW + 60_000],
    ["Sunday, 22-Nov-26 07:01:00 GMT", NOW + 60_000],
    ["Sun Nov 22 07:01:00 2026", NOW + 60_000],
    ["Tue Dec  1 07:00:00 2026", NOW + DAY],
    ["Sun, 22 Nov 2026 06:00:00 GMT", NOW],
    ["Sun, 06 Nov 1994 08:49:37 GMT", NOW],
    ["Sun, 22 Nov 2036 07:01:00 GMT", NOW + DAY],
    ["Sun, 99 Nov 2026 07:01:00 GMT", null],
    ["Sun, 22 Nov 2026 99:01:00 GMT", null],
    ["Sun, 22 Nov 2026 07:01:00 PST", null],
  ])("%j", (header, at) => {
    expect(readRetryAfter(header, NOW)).toBe(at);
  });

  it("is null, or a time from now until a day from now", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)),
        (header) => {
          const at = readRetryAfter(header, NOW);
          expect(at === null || (at >= NOW && at <= NOW + DAY)).toBe(true);
        },
      ),
    );
  });
});

describe("the pause between tries", () => {
  it("stays between nothing and a doubling ceiling", () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), random, (tries, chance) => {
        const wait = backoff(tries, chance);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min(60_000, 500 * 2 ** tries));
        expect(Number.isInteger(wait)).toBe(true);
      }),
    );
  });

  test.each([
    [0, 250],
    [1, 500],
    [3, 2000],
    [7, 30_000],
    [50, 30_000],
  ])("after %d tries half a chance is %d ms", (tries, wait) => {
    expect(backoff(tries, 0.5)).toBe(wait);
  });
});
