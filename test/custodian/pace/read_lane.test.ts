import { describe, expect, test } from "vitest";
import { ReadLane } from "../../../src/custodian/pace/read_lane.ts";
import type { Runtime } from "../../../src/platform/runtime.ts";

const START = 1_000_000;

interface Bench {
  now: number;
  wanted: boolean;
  readonly lane: ReadLane;
}

function openBench(): Bench {
  const sleepers: { at: number; wake: () => void }[] = [];
  /** Time stands still while anybody is awake, and then jumps to whoever sleeps the shortest. */
  const wakeNext = (): void => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (next !== undefined) {
      bench.now = Math.max(bench.now, next.at);
      next.wake();
      setImmediate(wakeNext);
    }
  };
  const runtime: Runtime = {
    now: () => bench.now,
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length),
    sleep: async (ms) =>
      new Promise((wake) => {
        sleepers.push({ at: bench.now + ms, wake });
        setImmediate(wakeNext);
      }),
  };
  const bench: Bench = {
    now: START,
    wanted: true,
    lane: new ReadLane(runtime, () => bench.wanted),
  };
  return bench;
}

/** When so many calls of one read go, each taking so long. */
function callsAt(bench: Bench, calls: number, ms: number, perSecond: number | null): number[] {
  return Array.from({ length: calls }, () => {
    for (;;) {
      const at = bench.lane.next(perSecond, bench.now);
      if (at <= bench.now) {
        break;
      }
      bench.now = at;
    }
    bench.lane.granted(bench.now);
    const went = bench.now - START;
    bench.now += ms;
    return went;
  });
}

describe("calls of a caller", () => {
  test("are one in five at the pace of the source while jobs want it", () => {
    expect(callsAt(openBench(), 4, 10, 10)).toEqual([0, 500, 1000, 1500]);
  });

  test("take a fifth of the time where nothing says how fast calls may go, or they are slow", () => {
    expect(callsAt(openBench(), 4, 20, null)).toEqual([0, 100, 200, 300]);
    expect(callsAt(openBench(), 3, 200, 10)).toEqual([0, 1000, 2000]);
    expect(callsAt(openBench(), 3, 4000, null)).toEqual([0, 5000, 10_000]);
  });

  test("wait for nobody while no job wants the source", () => {
    const bench = openBench();
    bench.wanted = false;
    expect(callsAt(bench, 3, 10, 10)).toEqual([0, 10, 20]);
  });

  test("do not wait for a time that a clock ahead has set", () => {
    const bench = openBench();
    callsAt(bench, 1, 10, 10);
    bench.now -= 500_000;
    expect(bench.lane.next(10, bench.now)).toBe(bench.now);
  });
});

describe("callers", () => {
  test("come one after the other, and beyond a short line are told when to come again", async () => {
    const bench = openBench();
    const gate = Promise.withResolvers<string>();
    const first = bench.lane.run(async () => gate.promise);
    const order: number[] = [];
    const others = Array.from({ length: 20 }, async (_, place) =>
      bench.lane.run(() => {
        order.push(place);
        return Promise.resolve(place);
      }),
    );
    expect(order).toEqual([]);
    gate.resolve("first");
    expect(await first).toEqual("first");
    const answers = await Promise.all(others);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(answers.slice(10)).toEqual(
      Array.from({ length: 10 }, () => ({ kind: "busy", retry_after: 1 })),
    );
  });

  test("who have waited for some seconds are told so too, and hold up nobody", async () => {
    const bench = openBench();
    const gate = Promise.withResolvers<string>();
    const first = bench.lane.run(async () => gate.promise);
    expect(await bench.lane.run(() => Promise.resolve("second"))).toEqual({
      kind: "busy",
      retry_after: 1,
    });
    expect(bench.now - START).toBe(5000);
    gate.resolve("first");
    await first;
    expect(await bench.lane.run(() => Promise.resolve("third"))).toEqual("third");
  });

  test("whose read throws leave the line to the next", async () => {
    const { lane } = openBench();
    await expect(lane.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await lane.run(() => Promise.resolve("next"))).toEqual("next");
  });
});
