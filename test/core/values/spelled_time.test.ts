import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isZone, spellTime, type TimeReading } from "../../../src/core/values/spelled_time.ts";
import { parseClock } from "../../../src/core/values/timestamp.ts";

const NOTHING: TimeReading = { zone: null, unit: null };
const inZone = (zone: string): TimeReading => ({ zone, unit: null });
const inUnit = (unit: "s" | "ms"): TimeReading => ({ zone: null, unit });

describe("a time that does not say which time it means", () => {
  test.each([
    ["2026-02-03T04:05:06", "zone"],
    ["2026-02-03 04:05:06.123456", "zone"],
    ["2026-02-03 04:05", "zone"],
    ["2026-02-03", "zone"],
    [1_770_091_506, "unit"],
    [1_770_091_506_000, "unit"],
    ["1770091506", "unit"],
    ["1770091506.25", "unit"],
    [0, "unit"],
  ])("%j needs a word on its %s", (value, missing) => {
    expect(spellTime(value, NOTHING)).toEqual({ kind: "ambiguous", missing });
  });

  test.each([
    ["2026-02-03T04:05:06", inZone("UTC"), "2026-02-03T04:05:06.000Z"],
    ["2026-02-03 04:05:06.1234", inZone("UTC"), "2026-02-03T04:05:06.124Z"],
    ["2026-02-03 04:05", inZone("+02:00"), "2026-02-03T02:05:00.000Z"],
    ["2026-02-03T04:05:06", inZone("Europe/Berlin"), "2026-02-03T03:05:06.000Z"],
    ["2026-07-03T04:05:06", inZone("Europe/Berlin"), "2026-07-03T02:05:06.000Z"],
    ["2026-02-03", inZone("UTC"), "2026-02-03T23:59:59.999Z"],
    // Shown twice when the clocks go back: the later one. Left out when they go ahead: by the offset before.
    ["2026-10-25T02:30:00", inZone("Europe/Berlin"), "2026-10-25T01:30:00.000Z"],
    ["2026-03-29T02:30:00", inZone("Europe/Berlin"), "2026-03-29T01:30:00.000Z"],
    [1_770_091_506, inUnit("s"), "2026-02-03T04:05:06.000Z"],
    ["1770091506.2504", inUnit("s"), "2026-02-03T04:05:06.251Z"],
    [1_770_091_506_000, inUnit("ms"), "2026-02-03T04:05:06.000Z"],
  ] as const)("%j with %j is %s", (value, reading, text) => {
    expect(spellTime(value, reading)).toEqual({ kind: "time", text });
  });

  test.each([
    ["2026-02-30T04:05:06", inZone("UTC")],
    [1_770_091_506_000, inUnit("s")],
    [1_770_091_506, inUnit("ms")],
    ["9".repeat(400), inUnit("s")],
  ] as const)("%j with %j is absurd, and left as it is", (value, reading) => {
    expect(spellTime(value, reading)).toEqual({ kind: "as_given" });
    expect(parseClock(value)).toBeNull();
  });

  it("is the same time in every zone in which a clock shows it once", () => {
    const time = fc.integer({ min: Date.UTC(2016, 0, 1), max: Date.UTC(2090, 0, 1) });
    const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(time, minutes, (at, ahead) => {
        const pad = (n: number): string => String(n).padStart(2, "0");
        const size = Math.abs(ahead);
        const zone = `${ahead < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
        const local = new Date(at + ahead * 60_000).toISOString().slice(0, -1);
        const text = new Date(at).toISOString();
        expect(spellTime(local, inZone(zone))).toEqual({ kind: "time", text });
      }),
    );
  });

  it("is never read early: a clock of the zone has shown it by then", () => {
    const time = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    fc.assert(
      fc.property(time, fc.constantFrom(...zones), (at, zone) => {
        const shown = new Date(at).toLocaleString("sv", { timeZone: zone });
        const spelled = spellTime(shown, inZone(zone));
        const read = spelled.kind === "time" ? Date.parse(spelled.text) : Number.NaN;
        expect(read).toBeGreaterThanOrEqual(Math.floor(at / 1000) * 1000);
        expect(read - at).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });
});

test.each([
  "2026-02-03 04:05:06.123+00",
  "2026-02-03T04:05Z",
  "yesterday",
  "",
  null,
  undefined,
  {},
])("%j is left as it is, whatever is said", (value) => {
  expect(spellTime(value, { zone: "UTC", unit: "s" })).toEqual({ kind: "as_given" });
});

test("zones are those that can be named", () => {
  expect(["UTC", "+02:00", "-0530", "Europe/Berlin"].filter(isZone)).toHaveLength(4);
  expect(["", "Mars/Base", "+25:00", "CEST?"].filter(isZone)).toEqual([]);
});
