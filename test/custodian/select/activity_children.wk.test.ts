import { describe, expect, test } from "vitest";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const FAMILIES = 20;

/** Parents that name somebody, all of them older than the nameless session that each has made. */
function families(readsActivity: boolean): MemorySource {
  const clocks = (n: number) => ({
    created_at: NOW - 100 * DAY + n,
    last_active_at: NOW - 100 * DAY + n,
  });
  const more = (n: number) => ({ clocks: clocks(n), activity_read: !readsActivity });
  const numbers = Array.from({ length: FAMILIES }, (_, n) => n);
  return memorySource(
    [
      ...numbers.map((n) =>
        session(`p${n}`, 0, { ...more(n), person: [{ type: "user", values: [`u${n}`] }] }),
      ),
      ...numbers.map((n) =>
        session(`c${n}`, 0, { ...more(1000 + n), parent: { scope: "w", id: `p${n}` } }),
      ),
    ],
    { activity_by_session: readsActivity, has_children: true },
  );
}

describe("a small budget", () => {
  test.each([true, false])(
    "is not filled by sessions that wait for what they have made (activity read apart: %j)",
    async (readsActivity) => {
      const source = families(readsActivity);
      await inCustodian(
        () => source,
        async (harness) => {
          const sweeps = (2 * FAMILIES) / 5;
          for (let n = 1; n <= sweeps; n++) {
            harness.start(`swp_${n}`, {
              expire: [{ clock: "last_active_at", after: "P30D" }],
              verify: 0,
              brake: { percent: 100 },
              budget: { items: 5 },
            });
            await harness.run();
            expect(harness.news(`swp_${n}`)).toMatchObject({
              status: "completed",
              dispositions: { deleted: 5 },
            });
            expect(harness.news(`swp_${n}`).backlog).toBe(2 * FAMILIES - 5 * n);
            harness.now += 3_600_000;
          }
          expect(source.sessions.size).toBe(0);
        },
      );
    },
  );
});
