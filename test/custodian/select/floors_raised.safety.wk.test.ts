import { describe, expect, test } from "vitest";
import { NO_FLOORS, type Floors } from "../../../src/core/policy/floors.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

describe("floors that come to ask for more", () => {
  const NOW = Date.UTC(2026, 7, 1);
  const POLICY = { expire: [{ clock: "expires_at", after: "PT0S" }], brake: { percent: 100 } };

  test.each<[string, Partial<Floors>, Partial<Floors>, "superseded" | "completed"]>([
    ["a minimum age, where there was none", {}, { min_age: "P30D" }, "superseded"],
    ["a longer minimum age", { min_age: "P1D" }, { min_age: "P2D" }, "superseded"],
    ["an age that cannot be compared", { min_age: "P30D" }, { min_age: "P1M" }, "superseded"],
    ["a lower brake", { brake_percent_max: 20 }, { brake_percent_max: 10 }, "superseded"],
    ["an approval", {}, { approval: "changes" }, "superseded"],
    ["no more than before", { min_age: "P1M" }, { min_age: "P1M" }, "completed"],
    ["less", { min_age: "PT1H", approval: "none" }, {}, "completed"],
  ])("%s: what becomes of a sweep in the midst of its removals", async (_, then, now, status) => {
    const clocks = { expires_at: NOW - DAY, created_at: NOW - 400 * DAY };
    const source = memorySource(
      Array.from({ length: 12 }, (_one, n) => session(`s${n}`, NOW, { clocks })),
      { concurrency: 1 },
    );
    await inCustodian(
      () => source,
      async (harness) => {
        const floors = { ...NO_FLOORS, ...then };
        harness.floors = floors;
        harness.calls = 8;
        harness.start("swp_1", POLICY, NOW, { floors });
        await harness.slice();
        const before = source.removed.length;
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(12);
        harness.floors = { ...NO_FLOORS, ...now };
        harness.calls = 900;
        await harness.run();
        expect(harness.broken).toEqual([]);
        expect(harness.news("swp_1").status).toBe(status);
        expect(source.removed).toHaveLength(status === "completed" ? 12 : before);
      },
    );
  });
});
