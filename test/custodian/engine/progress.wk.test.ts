import { expect, test } from "vitest";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);

test.for(["reread", "conditional"] as const)(
  "regression: each slice tells how far a long removal has come (%s)",
  async (removal) => {
    const due = Array.from({ length: 300 }, (_, index) => session(`s${index}`, NOW - DAY - index));
    await inCustodian(
      () => memorySource(due, { removal, remove_batch: 1 }),
      async (harness) => {
        harness.calls = 40;
        harness.perSecond = 10;
        harness.start("swp_1", {
          expire: [{ clock: "expires_at", after: "PT0S" }],
          brake: { percent: 100 },
        });
        const seen: number[] = [];
        for (let slice = 0; slice < 4; slice++) {
          await harness.slice();
          harness.now += 1000;
          const { status, dispositions } = harness.news("swp_1");
          expect(status).toBe("removing");
          seen.push(dispositions.deleted ?? 0);
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
        expect(new Set(seen).size).toBe(seen.length);
      },
    );
  },
);
