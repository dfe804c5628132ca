import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  fallsIn,
  parseSchedule,
  readZone,
  type Schedule,
} from "../../../src/core/schedule/schedule.ts";

function read(text: string, zone = "UTC"): Schedule {
  const parsed = parseSchedule(text, zone);
  if (!parsed.ok) {
    throw new Error(`${text}: ${parsed.error}`);
  }
  return parsed.value;
}

/** Whether a schedule names the minute of a time. */
function isScheduled(schedule: Schedule, at: number): boolean {
  const minute = Math.floor(at / 60_000) * 60_000;
  return fallsIn(schedule, minute - 60_000, minute);
}

function fires(text: string, at: string): boolean {
  return isScheduled(read(text), Date.parse(at));
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** One field: its text, and whether it matches a number, worked out without sets. */
interface Field {
  readonly text: string;
  readonly matches: (n: number) => boolean;
}

function field(
  low: number,
  high: number,
  spell: (n: number) => fc.Arbitrary<string>,
): fc.Arbitrary<Field> {
  const n = fc.integer({ min: low, max: high });
  const step = fc.integer({ min: 1, max: Math.min(20, high - low + 1) });
  const one = n.chain((a) => spell(a).map((text) => ({ text, matches: (x: number) => x === a })));
  // From a number to itself is left out: SUN-SUN is refused, being one day or seven.
  const twoOf = fc.tuple(n, n).filter(([a, b]) => a !== b);
  const range = twoOf.chain(([a, b]) => {
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    return fc
      .tuple(spell(from), spell(to))
      .map(([x, y]) => ({ text: `${x}-${y}`, matches: (v: number) => v >= from && v <= to }));
  });
  const stepped = fc.tuple(range, step).map(([{ text, matches }, every]) => ({
    text: `${text}/${every}`,
    matches: (v: number) => {
      const first = Array.from({ length: 60 }, (_, i) => i).find(matches) ?? 0;
      return matches(v) && (v - first) % every === 0;
    },
  }));
  const starStep = step.map((every) => ({
    text: `*/${every}`,
    matches: (v: number) => (v - low) % every === 0,
  }));
  const fromStep = fc.tuple(n, step).chain(([a, every]) =>
    spell(a).map((text) => ({
      text: `${text}/${every}`,
      matches: (v: number) => v >= a && (v - a) % every === 0,
    })),
  );
  const star = fc.constant({ text: "*", matches: () => true });
  const item = fc.oneof(star, one, range, stepped, starStep, fromStep);
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    text: items.map(({ text }) => text).join(","),
    matches: (v: number) => items.some(({ matches }) => matches(v)),
  }));
}

const digits = (n: number): fc.Arbitrary<string> =>
  fc.constantFrom(String(n), String(n).padStart(2, "0"));
const anyCase = (name: string): fc.Arbitrary<string> => fc.constantFrom(name, name.toLowerCase());

describe("schedules", () => {
  it("fire exactly when a reference that knows no sets fires", () => {
    const fields = fc.tuple(
      field(0, 59, digits),
      field(0, 23, digits),
      field(1, 31, digits),
      field(1, 12, (n) => fc.oneof(digits(n), anyCase(MONTHS[n - 1] ?? ""))),
      field(0, 6, (n) => anyCase(WEEKDAYS[n] ?? "")),
    );
    const tick = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2029, 0, 1) });
    fc.assert(
      fc.property(fields, tick, ([minute, hour, day, month, weekday], at) => {
        const parsed = parseSchedule(
          [minute, hour, day, month, weekday].map(({ text }) => text).join(" "),
        );
        const date = new Date(at);
        const onDay = day.matches(date.getUTCDate());
        const onWeekday = weekday.matches(date.getUTCDay());
        const isEither = day.text[0] !== "*" && weekday.text[0] !== "*";
        const isTime =
          minute.matches(date.getUTCMinutes()) &&
          hour.matches(date.getUTCHours()) &&
          month.matches(date.getUTCMonth() + 1) &&
          (isEither ? onDay || onWeekday : onDay && onWeekday);
        // Refused is only what can never fire.
        expect(parsed.ok ? "" : parsed.error).toMatch(/^(this never comes: .*)?$/);
        expect(parsed.ok && isScheduled(parsed.value, at)).toBe(isTime);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ["0 * * * *", "2026-11-22T07:00:59Z", true],
    ["0 * * * *", "2026-11-22T07:01:00Z", false],
    ["0 3 * * *", "2026-11-22T03:00:00Z", true],
    ["0 3 * * *", "2026-11-22T03:00:00+01:00", false],
    ["*/15 * * * *", "2026-11-22T03:45:00Z", true],
    ["5/15 * * * *", "2026-11-22T03:50:00Z", true],
    ["0-30/10 * * * *", "2026-11-22T03:40:00Z", false],
    ["* * * * SUN", "2026-11-22T00:00:00Z", true],
    ["* * * * sat", "2026-11-22T00:00:00Z", false],
    ["* * * * MON-FRI", "2026-11-23T00:00:00Z", true],
    ["* * * * */2", "2026-11-22T00:00:00Z", true],
    ["* * * * */2,MON/2", "2026-11-23T00:00:00Z", true],
    ["0 0 1 * MON", "2026-11-23T00:00:00Z", true],
    ["0 0 1 * MON", "2026-11-01T00:00:00Z", true],
    ["0 0 1 * MON", "2026-11-24T00:00:00Z", false],
    ["0 0 */2 * MON", "2026-11-23T00:00:00Z", true],
    ["0 0 */2 * MON", "2026-11-25T00:00:00Z", false],
    ["0 0 29 FEB *", "2028-02-29T00:00:00Z", true],
    ["0 0 29 2 *", "2026-03-01T00:00:00Z", false],
    ["  0   3\t* * *  ", "2026-11-22T03:00:00Z", true],
  ])("%j at %s: %s", (text, at, expected) => {
    expect(fires(text, at)).toBe(expected);
  });

  test.each([
    ["", "five cron fields"],
    ["hourly", "five cron fields"],
    ["@hourly", "five cron fields"],
    ["* * * *", "five cron fields"],
    ["0 * * * * *", "five cron fields"],
    ["60 * * * *", 'the minute "60"'],
    ["-1 * * * *", 'the minute "-1"'],
    ["1.5 * * * *", 'the minute "1.5"'],
    ["5-1 * * * *", 'the minute "5-1"'],
    ["*/0 * * * *", 'the minute "*/0"'],
    ["1, * * * *", 'the minute "1,"'],
    ["1--2 * * * *", 'the minute "1--2"'],
    ["*-5 * * * *", 'the minute "*-5"'],
    ["mon * * * *", 'the minute "mon"'],
    ["0 24 * * *", 'the hour "24"'],
    ["0 0 0 * *", 'the day "0"'],
    ["0 0 32 * *", 'the day "32"'],
    ["0 0 L * *", 'the day "l"'],
    ["0 0 ? * *", 'the day "?"'],
    ["0 0 1 13 *", 'the month "13"'],
    ["0 0 1 0 *", 'the month "0"'],
    ["0 0 1 MON *", 'the month "mon"'],
    ["0 0 * * FRI-MON", 'the weekday "fri-mon"'],
    ["0 0 * * JAN", 'the weekday "jan"'],
    ["0 0 * * SUN-SUN", 'the weekday "sun-sun"'],
    ["*/61 * * * *", 'the minute "*/61"'],
    ["0 0 * * */8", 'the weekday "*/8"'],
    ["0 0 15W * *", 'the day "15w"'],
    ["0 0 * * FRI#2", "write weekdays as names"],
    ["0 0 * * FRIL", 'the weekday "fril"'],
    ["0 0 * * 1", "write weekdays as names"],
    ["0 0 * * 0-6", "write weekdays as names"],
    ["0 0 * * MON,7", "write weekdays as names"],
    ["0 0 * * 1/2", "write weekdays as names"],
    ["0 0 * * */2,1/2", "write weekdays as names"],
    ["0 0 * * 1#2", "write weekdays as names"],
    ["0 0 30 2 *", "this never comes"],
    ["0 0 31 FEB,APR,JUN,SEP,NOV *", "this never comes"],
  ])("%j is refused: %s", (text, message) => {
    const parsed = parseSchedule(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.error).toContain(message);
  });

  it("takes a day that no month has when a weekday may come instead", () => {
    expect(fires("0 0 30 2 MON", "2026-02-02T00:00:00Z")).toBe(true);
  });

  it("may end a range of weekdays with Sunday", () => {
    expect(fires("0 0 * * SAT-SUN", "2026-11-22T00:00:00Z")).toBe(true);
    expect(fires("0 0 * * SAT-SUN", "2026-11-23T00:00:00Z")).toBe(false);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -8.64e15])(
    "never fire at a time that is none: %d",
    (at) => {
      expect(isScheduled(read("* * * * *"), at)).toBe(false);
    },
  );
});

/** Every minute of a span in which a schedule falls, in UTC. */
function minutesOf(text: string, zone: string, from: string, until: string): string[] {
  const schedule = read(text, zone);
  const found: string[] = [];
  for (let at = Date.parse(from); at < Date.parse(until); at += 60_000) {
    if (fallsIn(schedule, at - 60_000, at)) {
      found.push(new Date(at).toISOString().slice(0, 16));
    }
  }
  return found;
}

describe("schedules in a zone", () => {
  // Berlin: 2026-03-29 02:00 becomes 03:00 at 01:00Z; 2026-10-25 03:00 becomes 02:00 at 01:00Z.
  const SPRING = ["2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"] as const;
  const AUTUMN = ["2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"] as const;
  test.each([
    ["a fixed hour", "30 3 * * *", SPRING, ["2026-03-29T01:30"]],
    [
      "an hour that is skipped: when clocks have gone forward",
      "30 2 * * *",
      SPRING,
      ["2026-03-29T01:00"],
    ],
    ["a list of skipped minutes: once", "0,30 2 * * *", SPRING, ["2026-03-29T01:00"]],
    ["steps in a skipped hour: not at all", "*/30 2 * * *", SPRING, []],
    [
      "every hour: as they pass",
      "0 */6 * * *",
      SPRING,
      ["2026-03-28T17:00", "2026-03-28T23:00", "2026-03-29T04:00", "2026-03-29T10:00"],
    ],
    ["an hour that comes twice: the first time only", "30 2 * * *", AUTUMN, ["2026-10-25T00:30"]],
    ["a list of such minutes", "0,30 2 * * *", AUTUMN, ["2026-10-25T00:00", "2026-10-25T00:30"]],
    [
      "steps in an hour that comes twice: both times",
      "*/30 2 * * *",
      AUTUMN,
      ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"],
    ],
    ["a day that lasts 25 hours", "0 0 * * SUN", AUTUMN, ["2026-10-24T22:00"]],
  ] as const)("%s", (_, text, [from, until], expected) => {
    expect(minutesOf(text, "Europe/Berlin", from, until)).toEqual(expected);
  });

  it("count the weekday and the day where the zone is, not in UTC", () => {
    expect(
      minutesOf("0 1 1 * *", "Asia/Kathmandu", "2026-08-31T00:00:00Z", "2026-09-01T12:00:00Z"),
    ).toEqual(["2026-08-31T19:15"]);
    expect(
      minutesOf("0 20 * * MON", "America/New_York", "2026-08-31T12:00:00Z", "2026-09-01T12:00:00Z"),
    ).toEqual(["2026-09-01T00:00"]);
  });

  it("fall once a day at a fixed hour, whatever day it is and wherever", () => {
    const zones = fc.constantFrom(
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
      "Africa/Casablanca",
      "America/St_Johns",
      "UTC",
    );
    const day = fc.integer({ min: 0, max: 365 * 4 });
    const time = fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }));
    fc.assert(
      fc.property(zones, day, time, (zone, index, [minute, hour]) => {
        const { cron } = read(`${minute} ${hour} * * *`, zone);
        const runs = cron.nextRuns(12, new Date(Date.UTC(2024, 0, 1) + index * 86_400_000));
        const gaps = runs.slice(1).map((run, n) => run.getTime() - (runs[n]?.getTime() ?? 0));
        // A day of summer time's two ends has 23 or 25 hours; a skipped hour moves its run by as much.
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(22 * 3_600_000);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(26 * 3_600_000);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/berlin", "Europe/Berlin"],
    ["utc", "UTC"],
    ["Mars/Olympus", null],
    ["+02:00", null],
    ["", null],
    ["Europe", null],
  ])("zone %j is read as %j", (name, expected) => {
    expect(readZone(name)).toBe(expected);
  });
});
