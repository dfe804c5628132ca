import { describe, expect, it, test } from "vitest";
import { Distinct } from "../../../src/core/count/distinct.ts";

/** Ids as providers give them: alike but for a number. */
function counted(texts: number, times: number, seed: string): Distinct {
  const distinct = new Distinct("");
  for (let time = 0; time < times; time++) {
    for (let n = 0; n < texts; n++) {
      distinct.add(`agt_1\nses_${seed}_${n}`);
    }
  }
  return distinct;
}

describe("a count of different texts", () => {
  test.each([1, 2, 10, 99, 250, 1000, 5000, 12_000, 40_000, 300_000])(
    "of %i is no less and no more than its bounds, which are close",
    (texts) => {
      for (const seed of ["a", "b", "c", "d"]) {
        const distinct = counted(texts, 1, seed);
        const most = distinct.atMost();
        expect(distinct.atLeast()).toBeLessThanOrEqual(texts);
        expect(distinct.atLeast()).toBeGreaterThanOrEqual(Math.floor(texts * 0.9) - 1);
        expect(most).toBeGreaterThanOrEqual(texts);
        expect(most).toBeLessThanOrEqual(Math.ceil(texts * 1.11) + 1);
      }
    },
  );

  it("does not grow by what comes again", () => {
    expect(counted(3000, 5, "a").atMost()).toBe(counted(3000, 1, "a").atMost());
  });

  it("goes on from what was stored", () => {
    const half = counted(2000, 1, "a").toString();
    expect(half).toMatch(/^[0-9a-z]{4096}$/);
    const whole = new Distinct(half);
    for (let n = 0; n < 4000; n++) {
      whole.add(`agt_1\nses_a_${n}`);
    }
    expect(whole.toString()).toBe(counted(4000, 1, "a").toString());
  });

  it("is none of nothing, and takes no other state", () => {
    expect(new Distinct("").atMost()).toBe(0);
    expect(() => new Distinct("00")).toThrow("no state");
  });
});
