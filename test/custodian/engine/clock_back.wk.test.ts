import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { forgetOldRemovals } from "../../../src/custodian/engine/upkeep.ts";
import { Timers } from "../../../src/platform/timers.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};

test("a clock that ran a year ahead in the middle of a sweep, and came back, stops nothing", async () => {
  const source = memorySource(
    Array.from({ length: 20 }, (_, index) => session(`s${index}`, NOW - DAY - index)),
  );
  await inCustodian(
    () => source,
    async (harness) => {
      let removals = 0;
      // The clock is ahead while some removals fail, so that their rows, the job and the source wait.
      source.before = (call) => {
        if (call !== "remove") {
          return null;
        }
        removals += 1;
        harness.now = removals < 4 ? NOW : NOW + 365 * DAY;
        return { kind: "unavailable", detail: "no answer" };
      };
      harness.start("swp_1", POLICY);
      await harness.slice();
      expect(harness.rows().some(({ tries }) => tries > 0)).toBe(true);
      source.before = () => null;
      harness.now = NOW + 60_000;
      await runInDurableObject(env.CUSTODIAN.getByName("harness"), (_, state) => {
        new Timers(state.storage).recallJobs(harness.now);
      });
      await harness.run();
      expect(harness.now).toBeLessThan(NOW + DAY);
      const { deleted = 0, absent_after_attempt: lost = 0 } = harness.news("swp_1").dispositions;
      expect(deleted + lost).toBe(20);
    },
  );
});

test("a clock that ran a year ahead, and came back, does not put off what is forgotten once a day", async () => {
  await inCustodian(
    () => memorySource([session("a", NOW - DAY)]),
    async (harness) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      await runInDurableObject(env.CUSTODIAN.getByName("harness"), (_, { storage }) => {
        const timers = new Timers(storage);
        forgetOldRemovals(storage.sql, timers, NOW + 365 * DAY);
        expect(timers.at("removals")).toBe(NOW + 366 * DAY);
        forgetOldRemovals(storage.sql, timers, NOW);
        expect(timers.at("removals")).toBe(NOW + DAY);
      });
    },
  );
});
