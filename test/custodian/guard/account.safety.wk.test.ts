import { describe, expect, test } from "vitest";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = { expire: [{ clock: "expires_at", after: "P1D" }], brake: { percent: 100 } };
const CHANGED = { status: "failed", error: { code: "account_changed" } };

function due(count: number): MemorySource {
  return memorySource(
    Array.from({ length: count }, (_, index) => session(`s${index}`, NOW - (2 + index) * DAY)),
    {},
    10,
  );
}

describe("a plan for one account", () => {
  test("is void when another one answers while it waits, and its approval does nothing", async () => {
    const source = due(30);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.start("swp_1", { ...POLICY, brake: { items: 1 } });
        await harness.run();
        harness.fingerprint = "another account";
        harness.jobs.wish("swp_1", { do: "proceed" });
        harness.wake("swp_1");
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          ...CHANGED,
          dispositions: { untouched: 30 },
        });
        expect(source.removed).toEqual([]);
      },
    );
  });

  test("is not begun when the order was accepted for another one", async () => {
    const source = due(3);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.start("swp_1", POLICY, NOW, { account: "another account" });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({ ...CHANGED, dispositions: {} });
        expect(source.calls).toEqual([]);
      },
    );
  });

  test.each([1, 5, 17])("stops after removal %d when another one answers then", async (nth) => {
    const source = due(30);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.calls = 2 * nth + 6;
        source.after = (call) => {
          if (call === "remove" && source.removed.length === nth) {
            harness.fingerprint = "another account";
          }
          return null;
        };
        harness.start("swp_1", POLICY);
        await harness.run();
        const { dispositions } = harness.news("swp_1");
        expect(harness.news("swp_1")).toMatchObject(CHANGED);
        // What the slice had under way belongs to the account that it began with.
        expect(dispositions.deleted).toBe(source.removed.length);
        expect(source.removed.length).toBeLessThan(30);
        expect(Object.values(dispositions).reduce((sum, n) => sum + n, 0)).toBe(30);
      },
    );
  });
});
