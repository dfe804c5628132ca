import { describe, expect, test } from "vitest";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import { runTicks, type TickWorld } from "../../scripts/start/ticks.ts";
import { emptySweep, sweep } from "./sweep_report.ts";

const START = Date.UTC(2026, 7, 1, 12, 0, 20);

interface Script {
  /** What GET /v1/sweeps answers, by the number of ticks fired so far. */
  readonly sweeps: readonly (readonly SweepReport[])[];
  readonly ticks: number;
  readonly failing?: number;
}

/** A world whose clock moves only by sleeping. */
async function play({ sweeps, ticks, failing }: Script) {
  const stop = new AbortController();
  const seen = {
    fired: [] as number[],
    shown: [] as string[],
    ticked: [] as number[],
    complaints: [] as unknown[],
  };
  let now = START;
  const world: TickWorld = {
    client: {
      get: async () => ({ data: sweeps[Math.min(seen.fired.length, sweeps.length - 1)] }),
    },
    fire: async (scheduledTime) => {
      seen.fired.push(scheduledTime);
      if (seen.fired.length === failing) {
        throw new Error("no answer");
      }
    },
    afterFirst: async () => undefined,
    show: ({ id, status }) => seen.shown.push(status === "completed" ? id : `${id} ${status}`),
    look: async () => undefined,
    complain: (error) => seen.complaints.push(error),
    ticked: (scheduledTime) => seen.ticked.push(scheduledTime),
    now: () => now,
    sleep: async (ms) => {
      now += Math.max(0, ms);
      const hasShownAll = seen.fired.length === ticks && now % 60_000 > 50_000;
      if (hasShownAll) {
        stop.abort();
      }
    },
  };
  await runTicks(world, stop.signal);
  return seen;
}

describe("the ticks", () => {
  test("are fired at once and then at each full minute", async () => {
    const { fired } = await play({ sweeps: [[]], ticks: 3 });
    const minute = Date.UTC(2026, 7, 1, 12, 1);
    expect(fired).toEqual([START, minute, minute + 60_000]);
  });

  test("show every sweep once, when it has ended, and none of before the start", async () => {
    const old = sweep({ id: "swp_old" });
    const ended = sweep({ id: "swp_new" });
    const { shown } = await play({ sweeps: [[old], [ended, old]], ticks: 3 });
    expect(shown).toEqual(["swp_new"]);
  });

  test("show each minute how far a long sweep has come", async () => {
    const running = sweep({ id: "swp_long", status: "removing", finished_at: null });
    const ended = sweep({ id: "swp_long" });
    const { shown } = await play({ sweeps: [[], [running], [running], [ended]], ticks: 4 });
    expect(shown).toEqual(["swp_long removing", "swp_long removing", "swp_long"]);
  });

  test("show a sweep that has waited since before the start", async () => {
    const { shown } = await play({ sweeps: [[sweep({ status: "braked" })]], ticks: 2 });
    expect(shown).toEqual(["swp_1 braked"]);
  });

  test("show how a sweep ended that was approved after it had waited", async () => {
    const waiting = sweep({ id: "swp_wide", status: "needs_approval", finished_at: null });
    const ended = sweep({ id: "swp_wide" });
    const { shown } = await play({ sweeps: [[], [waiting], [ended]], ticks: 2 });
    expect(shown).toEqual(["swp_wide needs_approval", "swp_wide"]);
  });

  test("show at once that a sweep goes on that had waited, and then how far it comes each minute", async () => {
    const wide = (status: SweepReport["status"]) =>
      sweep({ id: "swp_wide", status, finished_at: null });
    const removing = [wide("removing")];
    const sweeps = [[], [wide("braked")], removing, [sweep({ id: "swp_wide" })]];
    const { shown } = await play({ sweeps, ticks: 3 });
    expect(shown).toEqual([
      "swp_wide braked",
      "swp_wide removing",
      "swp_wide removing",
      "swp_wide",
    ]);
  });

  test("say nothing of one whose sweeps found nothing to do, except at the first", async () => {
    const one = emptySweep("swp_1");
    const two = emptySweep("swp_2");
    const preview = { ...emptySweep("swp_3"), trigger: "preview" as const };
    const mixed = [[], [one], [preview, two, one]];
    const { shown, ticked, fired } = await play({ sweeps: mixed, ticks: 3 });
    expect(shown).toEqual(["swp_1", "swp_2", "swp_3"]);
    expect(ticked).toEqual(fired.slice(0, -1));
    const quiet = await play({ sweeps: [[], [one], [two, one]], ticks: 3 });
    expect(quiet.shown).toEqual(["swp_1"]);
  });

  test("go on after one that failed", async () => {
    const { fired, complaints } = await play({ sweeps: [[]], ticks: 3, failing: 2 });
    expect(fired).toHaveLength(3);
    expect(complaints).toHaveLength(1);
  });
});
