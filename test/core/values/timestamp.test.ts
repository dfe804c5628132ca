import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  formatTimestamp,
  isPlausible,
  parseClock,
  parseTimestamp,
} from "../../../src/core/values/timestamp.ts";

const time = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2100, 0, 1) - 1 });

describe("timestamps", () => {
  it("reads back what it writes", () => {
    fc.assert(
      fc.property(time, (at) => {
        expect(parseTimestamp(formatTimestamp(at))).toBe(at);
        expect(parseClock(formatTimestamp(at))).toBe(at);
      }),
    );
  });

  it("reads any offset as the same time", () => {
    const offset = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });
    fc.assert(
      fc.property(time, offset, (at, minutes) => {
        const local = new Date(at + minutes * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(minutes);
        const pad = (n: number): string => String(n).padStart(2, "0");
        const zone = `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
        expect(parseTimestamp(`${local}${zone}`)).toBe(at);
      }),
    );
  });

  it("rounds what is finer than a millisecond up, so that nothing is due early", () => {
    const nanos = fc.integer({ min: 0, max: 999_999_999 });
    fc.assert(
      fc.property(time, nanos, fc.integer({ min: 1, max: 9 }), (at, fraction, digits) => {
        const second = Math.floor(at / 1000) * 1000;
        const text = String(fraction).padStart(9, "0").slice(0, digits);
        const exact = Number(text.padEnd(9, "0")) / 1_000_000;
        const read =
          parseTimestamp(`${formatTimestamp(second).slice(0, 19)}.${text}Z`) ?? Number.NaN;
        expect(read).toBe(second + Math.ceil(exact));
      }),
    );
  });

  test.each([
    ["2025-06-19T10:00:00Z", "2025-06-19T10:00:00.000Z"],
    ["2025-06-19t10:00:00z", "2025-06-19T10:00:00.000Z"],
    ["2025-06-19 10:00:00Z", "2025-06-19T10:00:00.000Z"],
    ["2025-06-19T10:00:00+02:00", "2025-06-19T08:00:00.000Z"],
    ["2025-06-19T00:30:00-23:59", "2025-06-20T00:29:00.000Z"],
    ["2025-06-19T10:00:00-00:00", "2025-06-19T10:00:00.000Z"],
    ["2025-06-16T16:54:17.946606Z", "2025-06-16T16:54:17.947Z"],
    ["2025-06-16T16:54:17.946000Z", "2025-06-16T16:54:17.946Z"],
    ["2025-06-16T16:54:17.999999999Z", "2025-06-16T16:54:18.000Z"],
    ["2025-06-16T23:59:59.9999+00:00", "2025-06-17T00:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2026-02-03 04:05:06.123+00", "2026-02-03T04:05:06.123Z"],
    ["2026-02-03 04:05:06.1234+00", "2026-02-03T04:05:06.124Z"],
    ["2026-02-03T04:05:06+0000", "2026-02-03T04:05:06.000Z"],
    ["2026-02-03T04:05:06-0130", "2026-02-03T05:35:06.000Z"],
    ["2026-02-03T04:05:06+01", "2026-02-03T03:05:06.000Z"],
    ["2026-02-03T04:05Z", "2026-02-03T04:05:00.000Z"],
    ["2026-02-03 04:05+02:00", "2026-02-03T02:05:00.000Z"],
    ["2026-02-03 04:05:06 +0000", "2026-02-03T04:05:06.000Z"],
    ["2026-02-03 04:05:06 UTC", "2026-02-03T04:05:06.000Z"],
    ["2026-02-03T04:05:06,5Z", "2026-02-03T04:05:06.500Z"],
  ])("%s is %s", (text, expected) => {
    expect(formatTimestamp(parseTimestamp(text) ?? Number.NaN)).toBe(expected);
  });

  const unreadable = [
    "",
    "2025-06-19",
    "2025-06-19T10:00:00",
    "2025-06-19T10:00",
    "2025-06-19T10Z",
    "2025-06-19T10:00.5Z",
    "2025-06-19T10:00:00 CET",
    "2025-06-19T10:00:00  Z",
    "2025-06-19T10:00:00+1",
    "2025-06-19T10:00:00+010",
    "2025-06-19T10:00:00+01:0",
    "2025-01-01T00:00:00+0160",
    "2025-01-01T00:00:00+2400",
    "2025-06-19T10:00:00.Z",
    "2025-06-19T10:00:00.1234567890Z",
    "2025-6-19T10:00:00Z",
    "2025-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "2025-04-31T00:00:00Z",
    "2025-00-10T00:00:00Z",
    "2025-13-01T00:00:00Z",
    "2025-01-00T00:00:00Z",
    "2025-01-32T00:00:00Z",
    "2025-01-01T24:00:00Z",
    "2025-01-01T23:60:00Z",
    "2016-12-31T23:59:60Z",
    "2025-01-01T00:00:00+24:00",
    "2025-01-01T00:00:00+01:60",
    " 2025-01-01T00:00:00Z",
    "2025-01-01T00:00:00Z\n",
    "+002025-01-01T00:00:00Z",
    "1750336000",
    "yesterday",
  ];
  test.each(unreadable)("%j is no time", (text) => {
    expect(parseTimestamp(text)).toBeNull();
    expect(parseClock(text)).toBeNull();
  });
});

describe("clocks", () => {
  test.each([
    ["1970-01-01T00:00:00Z"],
    ["0001-01-01T00:00:00Z"],
    ["0000-01-01T00:00:00Z"],
    ["2014-12-31T23:59:59.999Z"],
    ["2015-01-01T00:00:00+00:01"],
    ["2099-12-31T23:59:59.9999Z"],
    ["2100-01-01T00:00:00Z"],
    ["9999-12-31T23:59:59Z"],
  ])("%s is a time, and absurd as a clock", (text) => {
    expect(parseTimestamp(text)).not.toBeNull();
    expect(parseClock(text)).toBeNull();
  });

  test.each(["2015-01-01T00:00:00Z", "2014-12-31T23:59:59-00:01", "2099-12-31T23:59:59.999Z"])(
    "%s is a clock",
    (text) => {
      expect(parseClock(text)).toBe(Date.parse(text));
    },
  );

  test.each([
    [undefined],
    [null],
    [1_750_336_000_000],
    [true],
    [{}],
    [["2025-01-01T00:00:00Z"]],
    [new Date()],
  ])("%s is no clock", (value) => {
    expect(parseClock(value)).toBeNull();
  });

  it("has no use for a number that is none", () => {
    expect([Number.NaN, Infinity, -Infinity, 0, -1].filter(isPlausible)).toEqual([]);
  });
});
