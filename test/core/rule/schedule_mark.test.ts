import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { jitterMs, jitterOffset } from "../../../src/core/schedule/jitter.ts";
import {
  judgeSchedule,
  nextScheduled,
  type ScheduleMark,
} from "../../../src/core/rule/schedule_mark.ts";
import { fallsIn, parseSchedule } from "../../../src/core/schedule/schedule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 8, 1, 12);
const HOURLY = "0 * * * *";

function markAt(minute: number, schedule: unknown = HOURLY): ScheduleMark {
  return { schedule: JSON.stringify(schedule), minute };
}

describe("a schedule at a tick", () => {
  test.each([
    ["new, in its minute", null, NOON, "now"],
    ["new, within its minute", null, NOON + 59_999, "now"],
    ["new, after its minute: it has missed nothing", null, NOON + MINUTE, null],
    ["served in this minute", markAt(NOON), NOON + 30_000, null],
    ["served an hour ago", markAt(NOON - HOUR), NOON, "now"],
    ["missed by a minute", markAt(NOON - HOUR), NOON + MINUTE, "late"],
    ["missed three days long", markAt(NOON - 3 * DAY), NOON + 5 * MINUTE, "late"],
    [
      "of another text, which missed nothing",
      markAt(NOON - 3 * DAY, "5 * * * *"),
      NOON + MINUTE,
      null,
    ],
    ["of another text, in its minute", markAt(NOON - 3 * DAY, "5 * * * *"), NOON, "now"],
    ["a tick that comes late, after a newer one", markAt(NOON), NOON - 5 * MINUTE, null],
    ["a mark that a clock made which jumped", markAt(NOON + 400 * DAY), NOON, "now"],
  ] as const)("%s", (_, mark, tick, due) => {
    expect(judgeSchedule("p", HOURLY, mark, tick).due).toBe(due);
  });

  it("begins a mark where there is none that fits, and only there", () => {
    const begin = { schedule: JSON.stringify(HOURLY), minute: NOON - MINUTE };
    expect(judgeSchedule("p", HOURLY, null, NOON + 1).begin).toEqual(begin);
    expect(judgeSchedule("p", HOURLY, markAt(NOON, "1 * * * *"), NOON).begin).toEqual(begin);
    expect(judgeSchedule("p", HOURLY, markAt(NOON + DAY), NOON).begin).toEqual(begin);
    expect(judgeSchedule("p", HOURLY, markAt(NOON - DAY), NOON).begin).toBeNull();
  });

  it("runs in the named zone, so much later as its jitter says", () => {
    const schedule = { cron: "0 3 * * *", zone: "Europe/Berlin", jitter: "PT2H" };
    const at = Date.UTC(2026, 8, 1, 1) + jitterOffset("p", "PT2H");
    expect(judgeSchedule("p", schedule, null, at).due).toBe("now");
    const other = [at - MINUTE, at + MINUTE];
    expect(other.map((tick) => judgeSchedule("p", schedule, null, tick).due)).toEqual([null, null]);
  });

  it("is served exactly once for however many of its minutes went by, whichever ticks came", () => {
    const cron = fc.constantFrom("* * * * *", "*/7 * * * *", HOURLY, "30 2 * * *", "0 0 1 * *");
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu");
    const jitter = fc.constantFrom(undefined, "PT1M", "PT45M", "P1D");
    const gaps = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 });
    const start = fc.integer({ min: Date.UTC(2026, 2, 25), max: Date.UTC(2026, 10, 1) });
    fc.assert(
      fc.property(cron, zone, jitter, gaps, start, (text, place, spread, waits, from) => {
        const schedule = { cron: text, zone: place, ...(spread && { jitter: spread }) };
        const parsed = parseSchedule(text, place);
        const offset = jitterOffset("p", spread ?? null);
        let mark: ScheduleMark | null = null;
        let last = Math.floor(from / MINUTE) * MINUTE - MINUTE;
        let tick = from;
        for (const wait of [0, ...waits]) {
          tick += wait * MINUTE;
          const verdict = judgeSchedule("p", schedule, mark, tick);
          // By a reference that knows no marks: whether any minute since the last tick is one of its own.
          const passed = parsed.ok && fallsIn(parsed.value, last - offset, verdict.minute - offset);
          expect(verdict.due !== null).toBe(passed);
          mark = verdict.begin ?? mark;
          if (verdict.due !== null && mark !== null) {
            mark = { ...mark, minute: verdict.minute };
          }
          expect(judgeSchedule("p", schedule, mark, tick).due).toBeNull();
          last = verdict.minute;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("jitter", () => {
  it("is whole minutes below its length, the same each time, and spreads the ids", () => {
    const ids = Array.from({ length: 200 }, (_, n) => `policy-${n}`);
    const offsets = ids.map((id) => jitterOffset(id, "PT1H"));
    expect(offsets).toEqual(ids.map((id) => jitterOffset(id, "PT1H")));
    expect(offsets.every((ms) => ms % MINUTE === 0 && ms >= 0 && ms < HOUR)).toBe(true);
    expect(new Set(offsets).size).toBeGreaterThan(40);
    expect(jitterOffset("p", null)).toBe(0);
    expect(jitterOffset("p", "PT1M")).toBe(0);
  });

  test.each([
    ["PT1M", MINUTE],
    ["P1D", DAY],
    ["PT24H", DAY],
    ["PT90M", 90 * MINUTE],
    ["PT59S", null],
    ["PT90S", null],
    ["PT0S", null],
    ["P1DT1M", null],
    ["P1M", null],
    ["30", null],
  ])("of %s is %s", (text, expected) => {
    expect(jitterMs(text)).toBe(expected);
  });
});

describe("when a schedule is next to be served", () => {
  it("is the first minute after the mark at which a tick would serve it", () => {
    const cron = fc.constantFrom("* * * * *", "*/7 * * * *", HOURLY, "30 2 * * *", "0 0 1 * *");
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu");
    const jitter = fc.constantFrom(undefined, "PT45M", "P1D");
    const minute = fc
      .integer({ min: Date.UTC(2026, 2, 25) / MINUTE, max: Date.UTC(2026, 10, 1) / MINUTE })
      .map((count) => count * MINUTE);
    fc.assert(
      fc.property(cron, zone, jitter, minute, (text, name, spread, at) => {
        const schedule = { cron: text, zone: name, ...(spread ? { jitter: spread } : {}) };
        const mark = markAt(at, schedule);
        const next = nextScheduled("p", schedule, mark, at) ?? Number.NaN;
        expect(next).toBeGreaterThan(at);
        expect(judgeSchedule("p", schedule, mark, next).due).toBe("now");
        expect(judgeSchedule("p", schedule, mark, next - MINUTE).due).toBeNull();
      }),
    );
  });

  it("has passed where it was missed, and begins anew without a mark of this schedule", () => {
    expect(nextScheduled("p", HOURLY, markAt(NOON - 5 * HOUR), NOON)).toBe(NOON - 4 * HOUR);
    for (const mark of [null, markAt(NOON - DAY, "1 * * * *"), markAt(NOON + DAY)]) {
      expect(nextScheduled("p", HOURLY, mark, NOON)).toBe(NOON + HOUR);
    }
  });
});
