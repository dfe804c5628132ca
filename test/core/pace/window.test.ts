import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openWindow, sawAnswer, sawFault, type Window } from "../../../src/core/pace/window.ts";

const MOST = 6;

/** Runs so many answers of a source whose calls take what `time` says for a width. */
function run(
  window: Window,
  answers: number,
  time: (width: number) => number,
  from = 0,
): { window: Window; now: number; widths: number[] } {
  let current = window;
  let now = from;
  const widths: number[] = [];
  for (let answer = 0; answer < answers; answer++) {
    const ms = time(current.width);
    now += ms;
    current = sawAnswer(current, MOST, { sent_at: now - ms, ms }, now);
    widths.push(current.width);
  }
  return { window: current, now, widths };
}

describe("the window", () => {
  test("begins at its full width, and keeps it while calls take their time", () => {
    const { widths } = run(openWindow(MOST), 1000, () => 50);
    expect(new Set(widths)).toEqual(new Set([MOST]));
  });

  test("narrows where calls queue: together they take longer than alone", () => {
    // The source works on one call at a time, 100 ms each.
    const alone = run(openWindow(MOST), 300, (width) => width * 100, 0);
    const started = { ...openWindow(MOST), base: 100 };
    const queued = run(started, 300, (width) => width * 100);
    expect(Math.max(...queued.widths.slice(100))).toBeLessThanOrEqual(3);
    expect(Math.min(...queued.widths)).toBeGreaterThanOrEqual(1);
    expect(alone.widths.at(-1)).toBe(MOST);
  });

  test("is wide again where the source is slow by itself: a narrow window would only add to that", () => {
    const quick = run(openWindow(MOST), 100, () => 50);
    const slow = run(quick.window, 400, () => 400, quick.now);
    expect(Math.min(...slow.widths)).toBeLessThan(MOST);
    expect(slow.widths.at(-1)).toBe(MOST);
  });

  test("narrows once for calls that failed together, and comes back", () => {
    const steady = run(openWindow(MOST), 100, () => 50);
    const { now } = steady;
    let { window } = steady;
    for (let call = 0; call < MOST; call++) {
      window = sawFault(window, now, now + 50);
    }
    expect(window.width).toBe(4);
    window = sawFault(window, now + 60, now + 110);
    expect(window.width).toBe(2);
    expect(run(window, 24 * 4, () => 50, now + 110).window.width).toBe(MOST);
  });

  test("is never wider than it may be nor narrower than one, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(
          fc.record({
            ms: fc.integer({ min: 0, max: 100_000 }),
            pause: fc.integer({ min: -5000, max: 5000 }),
            fails: fc.boolean(),
          }),
          { maxLength: 300 },
        ),
        (most, calls) => {
          let window = openWindow(most);
          let now = 1_000_000;
          for (const { ms, pause, fails } of calls) {
            now += pause;
            window = fails
              ? sawFault(window, now - ms, now)
              : sawAnswer(window, most, { sent_at: now - ms, ms }, now);
            expect(window.width).toBeGreaterThanOrEqual(1);
            expect(window.width).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });
});
