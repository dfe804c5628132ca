import { describe, expect, test } from "vitest";
import { pauseOf, retryAfterPause, type Pause } from "../../../src/core/hold/switch.ts";

const HERE = new Set(["crm", "crm_too"]);

function pause(until: number | null, source: string | null = null): Pause {
  return { id: "grd_1", source, version: 1, until, by: "root", reason: "incident 7", at: 0 };
}

describe("the switch", () => {
  test("pauses nothing while it is off", () => {
    expect(pauseOf([], HERE, 5)).toBeNull();
    expect(pauseOf([pause(null, "other")], HERE, 5)).toBeNull();
  });

  test("pauses all sources, or one by any name of its account", () => {
    expect(pauseOf([pause(null)], HERE, 5)).toEqual(pause(null));
    const other = pause(null, "crm_too");
    expect(pauseOf([other], HERE, 5)).toEqual(other);
  });

  test("until a time, and of several pauses the longest counts", () => {
    const pauses = [pause(10), pause(20, "crm"), pause(15, "crm_too")];
    expect(pauseOf(pauses, HERE, 9)?.until).toBe(20);
    expect(pauseOf(pauses, HERE, 19)?.until).toBe(20);
    expect(pauseOf(pauses, HERE, 20)).toBeNull();
    expect(pauseOf([pause(null), ...pauses], HERE, 9)?.until).toBeNull();
  });

  test("a time that is no number ends no pause", () => {
    expect(pauseOf([pause(10)], HERE, NaN)).not.toBeNull();
  });

  test.each([
    [null, "60"],
    [1000, "1"],
    [1001, "2"],
    [0, "1"],
    [-5, "1"],
    [3_600_000, "60"],
  ])("until %s a caller is asked to wait %s seconds", (until, seconds) => {
    expect(retryAfterPause(until, 0)).toBe(seconds);
  });
});
