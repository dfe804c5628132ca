import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backlogOf } from "../../../src/core/count/backlog.ts";

const MINUTE = 60_000;

describe("the backlog", () => {
  test.each([
    ["what is gone or renewed is in none", { deleted: 4, already_absent: 2, renewed: 4 }, 0],
    ["what goes with nobody any more is in none", { deleted: 8, shared: 2 }, 0],
    ["what was left is", { deleted: 4, refused: 1, unknown: 1, untouched: 4 }, 6],
    ["held sessions are", { deleted: 9, held: 1 }, 1],
    ["what an attempt left no trace of is in none", { absent_after_attempt: 10 }, 0],
    ["more gone than was due is none", { deleted: 12 }, 0],
  ])("%s", (_name, dispositions, backlog) => {
    expect(
      backlogOf({ due: 10, dispositions, removing_ms: MINUTE, interval_ms: null }).backlog,
    ).toBe(backlog);
  });

  test("drains at the pace of the removals where nothing was swept before", () => {
    expect(
      backlogOf({
        due: 300,
        dispositions: { deleted: 100 },
        removing_ms: MINUTE,
        interval_ms: null,
      }),
    ).toEqual({ backlog: 200, drain_seconds: 120 });
  });

  test("drains a budget a sweep where sweeps are further apart than they take", () => {
    expect(
      backlogOf({
        due: 300,
        dispositions: { deleted: 100 },
        removing_ms: 1000,
        interval_ms: 60 * MINUTE,
      }).drain_seconds,
    ).toBe(7200);
  });

  test.each([
    ["nothing was removed", {}, MINUTE],
    ["no time was measured", { deleted: 1 }, null],
  ])("says nothing where %s", (_name, dispositions, removing) => {
    expect(
      backlogOf({ due: 3, dispositions, removing_ms: removing, interval_ms: null }).drain_seconds,
    ).toBeNull();
  });

  test("takes longer the more is left, and none where none is", () => {
    const count = fc.nat({ max: 1_000_000 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 1000 }), (left, more, deleted) => {
        const drain = (backlog: number): number =>
          backlogOf({
            due: backlog + deleted,
            dispositions: { deleted },
            removing_ms: MINUTE,
            interval_ms: null,
          }).drain_seconds ?? Number.NaN;
        return drain(left) <= drain(left + more) && drain(0) === 0;
      }),
    );
  });
});
