import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  after,
  before,
  formatDuration,
  isNoShorter,
  parseDuration,
  type Duration,
} from "../../../src/core/values/duration.ts";

const DAY = 86_400_000;

function read(text: string): Duration {
  const parsed = parseDuration(text);
  if (!parsed.ok) {
    throw new Error(`${text}: ${parsed.error}`);
  }
  return parsed.value;
}

function at(text: string): number {
  return Date.parse(text);
}

/** Durations as they are stored: whole seconds, at most a hundred years together. */
const duration: fc.Arbitrary<Duration> = fc.record({
  months: fc.integer({ min: 0, max: 300 }),
  days: fc.integer({ min: 0, max: 9000 }),
  ms: fc.integer({ min: 0, max: 100_000_000 }).map((seconds) => seconds * 1000),
});
const time = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2100, 0, 1) });

describe("durations are read and written", () => {
  it("writes a form that reads back as the same duration", () => {
    fc.assert(
      fc.property(duration, (value) => {
        expect(parseDuration(formatDuration(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it("writes every spelling in one form, once and for all", () => {
    const n = fc.integer({ min: 0, max: 40 });
    const spelling = fc.oneof(
      n.map((w) => `P${w}W`),
      fc.tuple(n, fc.constantFrom("h", "d", "w")).map(([count, unit]) => `${count}${unit}`),
      fc.tuple(n, n, n, n, n, n).map(([y, mo, d, h, m, s]) => `P${y}Y${mo}M${d}DT${h}H${m}M${s}S`),
    );
    fc.assert(
      fc.property(spelling, (text) => {
        const stored = formatDuration(read(text));
        expect(formatDuration(read(stored))).toBe(stored);
        expect(read(stored)).toEqual(read(text));
      }),
    );
  });

  test.each([
    ["30d", "P30D"],
    ["12h", "PT12H"],
    ["36h", "PT36H"],
    ["2w", "P14D"],
    ["P2W", "P14D"],
    ["P14M", "P1Y2M"],
    ["P0D", "PT0S"],
    ["PT0S", "PT0S"],
    ["0d", "PT0S"],
    ["PT90M", "PT1H30M"],
    ["P1Y6M", "P1Y6M"],
    ["P1DT12H", "P1DT12H"],
    ["P007D", "P7D"],
    ["P100Y", "P100Y"],
    ["P1200M", "P100Y"],
    ["P36525D", "P36525D"],
    ["PT876600H", "PT876600H"],
    ["PT3155760000S", "PT876600H"],
  ])("%s is stored as %s", (text, stored) => {
    expect(formatDuration(read(text))).toBe(stored);
  });

  test.each([
    "",
    " ",
    "P",
    "PT",
    "P1",
    "1",
    "30",
    "-1",
    "1e3",
    "0x10",
    "P1DT",
    "P-1D",
    "-P1D",
    "+P1D",
    "P1.5D",
    "P1,5D",
    "PT0.5S",
    "1.5h",
    "-30d",
    "30m",
    "30M",
    "30s",
    "30D",
    "30 d",
    " 30d",
    "30d ",
    "30d\n",
    "P30D\n",
    "p30d",
    "P30d",
    "P1W2D",
    "P1D1Y",
    "PT1D",
    "P1H",
    "30 days",
    "P٣D",
    "forever",
    "Infinity",
    "P1Y2Y",
  ])("refuses %j and says what to write instead", (text) => {
    const parsed = parseDuration(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.error).toMatch(/write (ISO 8601 such as "P30D"|"PT30M" or "P30M")/);
  });

  it("tells the two meanings of 30m apart", () => {
    expect(parseDuration("30m")).toEqual({
      ok: false,
      error: 'not a duration: "m" could be minutes or months: write "PT30M" or "P30M"',
    });
  });

  it("names the missing unit of a bare number", () => {
    const parsed = parseDuration("2592000");
    expect(!parsed.ok && parsed.error).toMatch(/^a number without a unit: /);
  });

  test.each([
    "P101Y",
    "P1000Y",
    "P100Y1D",
    "P100YT1S",
    "P1201M",
    "P36526D",
    "P5218W",
    "99999999999d",
    "PT876601H",
    "PT99999999999999999999S",
    `P${"9".repeat(400)}D`,
  ])("refuses %s as longer than P100Y", (text) => {
    expect(parseDuration(text)).toEqual({ ok: false, error: "too long: at most P100Y" });
  });

  it("never reads what it does not understand", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseDuration(text);
        expect(parsed.ok ? /^(P[0-9YMDTHSW]+|\d+[hdw])$/.test(text) : true).toBe(true);
      }),
    );
  });
});

describe("the calendar", () => {
  test.each([
    ["2026-03-31T12:00:00Z", "P1M", "2026-02-28T12:00:00Z"],
    ["2024-03-31T12:00:00Z", "P1M", "2024-02-29T12:00:00Z"],
    ["2024-03-30T00:00:00Z", "P1M", "2024-02-29T00:00:00Z"],
    ["2026-07-31T23:59:59Z", "P1M", "2026-06-30T23:59:59Z"],
    ["2024-02-29T06:00:00Z", "P1Y", "2023-02-28T06:00:00Z"],
    ["2024-02-29T06:00:00Z", "P4Y", "2020-02-29T06:00:00Z"],
    ["2100-03-31T00:00:00Z", "P1M", "2100-02-28T00:00:00Z"],
    ["2026-01-31T00:00:00Z", "P2M", "2025-11-30T00:00:00Z"],
    ["2026-08-31T00:00:00Z", "P6M", "2026-02-28T00:00:00Z"],
    ["2026-03-01T00:00:00Z", "P1D", "2026-02-28T00:00:00Z"],
    ["2024-03-01T00:00:00Z", "P1D", "2024-02-29T00:00:00Z"],
    ["2026-01-01T00:00:00Z", "PT1S", "2025-12-31T23:59:59Z"],
    ["2026-06-19T00:00:00Z", "P100Y", "1926-06-19T00:00:00Z"],
    ["2026-06-19T00:00:00Z", "PT0S", "2026-06-19T00:00:00Z"],
    // Days first would give January 28, months first January 31: the earlier one counts.
    ["2026-03-02T00:00:00Z", "P1M2D", "2026-01-28T00:00:00Z"],
    // Days first would give February 28, months first February 26.
    ["2026-03-31T00:00:00Z", "P1M2D", "2026-02-26T00:00:00Z"],
  ])("%s before %s is %s", (from, text, expected) => {
    expect(new Date(before(at(from), read(text))).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });

  test.each([
    ["2026-01-31T12:00:00Z", "P1M", "2026-02-28T12:00:00Z"],
    ["2024-01-31T12:00:00Z", "P1M", "2024-02-29T12:00:00Z"],
    ["2024-02-29T12:00:00Z", "P1Y", "2025-02-28T12:00:00Z"],
    ["2025-12-31T12:00:00Z", "P2M", "2026-02-28T12:00:00Z"],
    ["2026-01-30T00:00:00Z", "P1M2D", "2026-03-02T00:00:00Z"],
    ["2025-06-19T00:00:00Z", "P100Y", "2125-06-19T00:00:00Z"],
  ])("%s after %s is %s", (from, text, expected) => {
    expect(new Date(after(at(from), read(text))).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });

  it("regression: what is due by the threshold has had its whole time", () => {
    // Months first, this cutoff gave January 30, which has P1M2D only on March 2.
    const cutoff = at("2026-03-01T00:00:00Z");
    expect(before(cutoff, read("P1M2D"))).toBe(at("2026-01-27T00:00:00Z"));
    fc.assert(
      fc.property(time, duration, fc.integer({ min: 0, max: 40 * DAY }), (to, span, earlier) => {
        expect(after(before(to, span) - earlier, span)).toBeLessThanOrEqual(to);
      }),
      { numRuns: 2000 },
    );
  });

  it("is exact both ways without months", () => {
    fc.assert(
      fc.property(time, duration, (to, span) => {
        const exact = { ...span, months: 0 };
        expect(after(before(to, exact), exact)).toBe(to);
        expect(before(to, exact)).toBe(to - exact.days * DAY - exact.ms);
      }),
    );
  });

  it("never steps back by a day as the time goes on, and never at all without months", () => {
    fc.assert(
      fc.property(time, duration, fc.integer({ min: 0, max: 70 * DAY }), (from, span, later) => {
        expect(before(from + later, span)).toBeGreaterThan(before(from, span) - DAY);
        const exact = { ...span, months: 0 };
        expect(before(from + later, exact)).toBeGreaterThanOrEqual(before(from, exact));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes whole months off the calendar, not off a number of days", () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 1200 }), (to, months) => {
        const from = new Date(before(to, { months, days: 0, ms: 0 }));
        const there = new Date(to);
        const index = (date: Date): number => date.getUTCFullYear() * 12 + date.getUTCMonth();
        expect(index(there) - index(from)).toBe(months);
        expect(from.toISOString().slice(-13)).toBe(there.toISOString().slice(-13));
        expect(from.getUTCDate()).toBeLessThanOrEqual(there.getUTCDate());
        const isLastDay = new Date(from.getTime() + DAY).getUTCDate() === 1;
        expect(from.getUTCDate() === there.getUTCDate() || isLastDay).toBe(true);
      }),
    );
  });
});

describe("a duration that is no shorter than another", () => {
  const durations = fc.record({
    months: fc.integer({ min: 0, max: 14 }),
    days: fc.integer({ min: 0, max: 400 }),
    ms: fc.constantFrom(0, 1000, 3_600_000, 86_400_000),
  });
  const times = fc.integer({ min: Date.UTC(2019, 0, 1), max: Date.UTC(2029, 0, 1) });

  it("takes as much off every time", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        durations,
        durations,
        fc.array(times, { minLength: 30, maxLength: 30 }),
        (one, other, cutoffs) => {
          if (!isNoShorter(one, other)) {
            return;
          }
          compared += 1;
          expect(cutoffs.every((cutoff) => before(cutoff, one) <= before(cutoff, other))).toBe(
            true,
          );
        },
      ),
      { numRuns: 5000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it.each<[string, string, boolean]>([
    ["P30D", "P30D", true],
    ["P30D", "P29DT24H", true],
    ["P30D", "P30DT1S", false],
    ["P1M", "P28D", true],
    ["P1M", "P29D", false],
    ["P31D", "P1M", true],
    ["P30D", "P1M", false],
    ["P1Y", "P12M", true],
    ["P1M340D", "P1M340D", true],
    ["P1M340DT2H", "P1M340D", false],
    ["P1M343D", "P1M340D", true],
    ["P2M", "P1M", true],
    ["P2M", "P1M5D", true],
    ["P2M", "P1M29D", false],
  ])("%s, %s: %s", (one, other, expected) => {
    const [a, b] = [parseDuration(one), parseDuration(other)];
    expect(a.ok && b.ok && isNoShorter(a.value, b.value)).toBe(expected);
  });
});
