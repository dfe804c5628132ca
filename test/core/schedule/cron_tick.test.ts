import { describe, expect, test } from "vitest";
import { firesNextMinute } from "../../../src/core/schedule/cron_tick.ts";

const MINUTE = 60_000;
/** A Monday. */
const DAY = Date.UTC(2026, 0, 5);

/** The minutes of a day after which a cron fires at once again. */
function followed(cron: string): number[] {
  return Array.from({ length: 1440 }, (_, minute) => minute).filter((minute) =>
    firesNextMinute(cron, DAY + minute * MINUTE),
  );
}

describe("a cron that fires again a minute later", () => {
  test.each([
    "* * * * *",
    "*/1 * * * *",
    "0-59 * * * *",
    "0-59/1 * * * *",
    "0/1 * * * *",
    "0-29,30-59 * * * *",
    "*/2,1-59/2 * * * *",
    " *  *  * * * ",
    "* 0-23 * * *",
    "* */1 1-31 JAN-DEC SUN-SAT",
    "* * * * 1-7",
  ])("is %j, but for the end of a day", (cron) => {
    expect(followed(cron)).toEqual(Array.from({ length: 1439 }, (_, minute) => minute));
  });

  test.each([
    ["15 * * * *", (minute: number) => minute % 60 === 15],
    ["1-59/2 * * * *", (minute: number) => minute % 2 === 1],
    ["*/2 * * * *", (minute: number) => minute % 2 === 0],
    ["59 23 * * *", (minute: number) => minute === 1439],
  ] as const)("is not %j", (cron, fires) => {
    expect(followed(cron).filter(fires)).toEqual([]);
  });

  test("is so only where it is: within an hour, and from one hour to the next", () => {
    const fired = new Set([0, 58, 59, 60, 118, 119].map((minute) => 360 + minute));
    const again = followed("58,59,0 6-7 * * *").filter((minute) => fired.has(minute));
    expect(again.map((minute) => minute - 360)).toEqual([58, 59, 118]);
  });

  test("is none that cannot be read", () => {
    expect(followed("?")).toEqual([]);
  });
});
