import { describe, expect, test } from "vitest";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import { paintFor } from "../../scripts/start/screen/paint.ts";
import { headerLine, sweepLines } from "../../scripts/start/screen/report.ts";
import { sweep } from "./sweep_report.ts";

const paint = paintFor(false, {});

function linesOf(changes: Partial<SweepReport>, columns = 80): string[] {
  return sweepLines(sweep(changes), "14:00:21", { width: 23, columns, paint });
}

describe("the line of a sweep", () => {
  test("stands under its header", () => {
    expect([headerLine(23, paint), ...linesOf({})]).toEqual([
      "time     policy                  examined     due removed renewed failed   took",
      "14:00:21 expired-client-sessions    3,002   1,266   1,200      60      6  1.5 s",
    ]);
  });

  test("says what the numbers do not: a plan that waits, and how to approve it", () => {
    expect(linesOf({ status: "braked", finished_at: null })[1]).toBe(
      "         braked: nothing removed; to approve: npx lethe approve swp_1",
    );
  });

  test("has that behind it where there is room", () => {
    const [line, ...rest] = linesOf({ status: "stalled" }, 120);
    expect(line).toMatch(/ 1\.5 s {2}stalled$/);
    expect(rest).toEqual([]);
  });

  test("tells a preview from a policy that observes, and who approved what goes on", () => {
    const mode = "observe";
    expect(linesOf({ mode, status: "observed", trigger: "preview" })[1]?.trim()).toBe(
      "preview: nothing removed",
    );
    expect(linesOf({ mode, status: "observed" })[1]?.trim()).toBe("mode observe: nothing removed");
    const approved_by = [{ name: "ops", at: "2026-08-01T12:00:00.000Z" }];
    expect(linesOf({ status: "removing", approved_by })[1]?.trim()).toBe(
      "removing, approved by ops",
    );
  });

  test("says why a sweep failed", () => {
    const error = { code: "source_unauthorized", message: "the credential was refused" } as const;
    expect(linesOf({ status: "failed", error })[1]).toContain("failed: the credential was refused");
  });

  test("has colours on a terminal only, and not with NO_COLOR", () => {
    expect(paintFor(true, {}).red("x")).toBe("\u001B[31mx\u001B[39m");
    expect(paintFor(true, { NO_COLOR: "1" }).red("x")).toBe("x");
    expect(paintFor(true, { TERM: "dumb" }).red("x")).toBe("x");
    expect(paintFor(false, {}).red("x")).toBe("x");
  });
});
