import { describe, expect, test } from "vitest";
import { NO_COUNTS, UNTOLD_SWEEP, type SweepReport } from "../../src/core/report/sweep.ts";
import { NO_FLOORS } from "../../src/core/policy/floors.ts";
import { paintFor } from "../../scripts/start/paint.ts";
import { headerLine, sweepLine } from "../../scripts/start/report.ts";
import { runTicks, type TickWorld } from "../../scripts/start/ticks.ts";

const START = Date.UTC(2026, 7, 1, 12, 0, 20);
const plain = paintFor(false, undefined);

function sweep(changes: Partial<SweepReport> = {}): SweepReport {
  return {
    ...UNTOLD_SWEEP,
    id: "swp_1",
    policy: "expired-client-sessions",
    policy_digest: "d",
    source: "client_sessions",
    mode: "enforce",
    status: "completed",
    tick: null,
    plan_digest: "p",
    counts: { ...NO_COUNTS, matched: null, examined: 3002, due: 1266, planned: 1266 },
    dispositions: { deleted: 1200, renewed: 60, refused: 4, unknown: 2 },
    note: null,
    scopes: null,
    started_by: null,
    joined_by: [],
    approved_by: [],
    cancelled_by: null,
    stop_reason: null,
    created_at: "2026-08-01T12:00:20.000Z",
    waits_since: null,
    finished_at: "2026-08-01T12:00:21.500Z",
    trigger: "tick",
    folded: null,
    approval: "none",
    floors: NO_FLOORS,
    ...changes,
  };
}

describe("the line of a sweep", () => {
  test("stands under its header", () => {
    const lines = [headerLine(24, plain), sweepLine(sweep(), "14:00:21", 24, plain)];
    expect(lines).toEqual([
      "time      policy                   examined      due  removed  renewed   failed    took",
      "14:00:21  expired-client-sessions     3,002    1,266    1,200       60        6   1.5 s",
    ]);
  });

  test("says what the numbers do not: a plan that waits, and how to approve it", () => {
    const line = sweepLine(sweep({ status: "braked", finished_at: null }), "14:00:21", 24, plain);
    expect(line).toContain(
      'braked, nothing removed: to approve, POST /v1/sweeps/swp_1/approve {"plan_digest":"p"}',
    );
  });

  test("says why a sweep failed", () => {
    const error = {
      code: "source_unauthorized",
      message: "the credential was refused",
    } as const;
    const line = sweepLine(sweep({ status: "failed", error }), "14:00:21", 24, plain);
    expect(line).toContain("failed: the credential was refused");
  });

  test("has colours on a terminal only, and not with NO_COLOR", () => {
    expect(paintFor(true, undefined).red("x")).toBe("\u001B[31mx\u001B[39m");
    expect(paintFor(true, "1").red("x")).toBe("x");
    expect(paintFor(false, undefined).red("x")).toBe("x");
  });
});

interface Script {
  /** What GET /v1/sweeps answers, by the number of ticks fired so far. */
  readonly sweeps: readonly (readonly SweepReport[])[];
  readonly ticks: number;
  readonly failing?: number;
}

/** A world whose clock moves only by sleeping. */
async function play({ sweeps, ticks, failing }: Script) {
  const stop = new AbortController();
  const seen = { fired: [] as number[], shown: [] as string[], complaints: [] as unknown[] };
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

  test("go on after one that failed", async () => {
    const { fired, complaints } = await play({ sweeps: [[]], ticks: 3, failing: 2 });
    expect(fired).toHaveLength(3);
    expect(complaints).toHaveLength(1);
  });
});
