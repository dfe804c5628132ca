import { describe, expect, test } from "vitest";
import { NO_PAUSES, pauseOf, retryAfterPause, type Pause } from "../../../src/core/hold/switch.ts";

const HERE = new Set(["crm", "crm_too"]);

function pause(until: number | null): Pause {
  return { id: "grd_1", version: 1, until, by: "root", reason: "incident 7", at: 0 };
}

describe("the switch", () => {
  test("pauses nothing while it is off", () => {
    expect(pauseOf(NO_PAUSES, HERE, 5)).toBeNull();
    expect(pauseOf({ all: null, sources: { other: pause(null) } }, HERE, 5)).toBeNull();
  });

  test("pauses all sources, or one by any name of its account", () => {
    expect(pauseOf({ all: pause(null), sources: {} }, HERE, 5)).toEqual(pause(null));
    expect(pauseOf({ all: null, sources: { crm_too: pause(null) } }, HERE, 5)).toEqual(pause(null));
  });

  test("until a time, and of several pauses the longest counts", () => {
    const pauses = { all: pause(10), sources: { crm: pause(20), crm_too: pause(15) } };
    expect(pauseOf(pauses, HERE, 9)?.until).toBe(20);
    expect(pauseOf(pauses, HERE, 19)?.until).toBe(20);
    expect(pauseOf(pauses, HERE, 20)).toBeNull();
    expect(pauseOf({ ...pauses, all: pause(null) }, HERE, 9)?.until).toBeNull();
  });

  test("a time that is no number ends no pause", () => {
    expect(pauseOf({ all: pause(10), sources: {} }, HERE, NaN)).not.toBeNull();
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
