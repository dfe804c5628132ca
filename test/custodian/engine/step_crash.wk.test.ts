import { expect, test } from "vitest";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);

function idle(count: number) {
  return Array.from({ length: count }, (_, index) =>
    session(`s${index}`, NOW + DAY, {
      clocks: { created_at: NOW - 90 * DAY, last_active_at: NOW - (60 + index) * DAY },
      activity_read: false,
    }),
  );
}

test("regression: a crash while activities are read loses none of the due that the brake counts", async () => {
  const source = memorySource(idle(6), { activity_by_session: true });
  await inCustodian(
    () => source,
    async (harness) => {
      let crash = (): void => undefined;
      const crashed = new Promise<void>((resolve) => {
        crash = resolve;
      });
      source.before = async (call, id) => {
        if (call === "activity" && id === "s3") {
          // The others have been answered and stored by then.
          setTimeout(crash, 50);
          await new Promise(() => undefined);
        }
        return null;
      };
      harness.start("swp_1", {
        expire: [{ clock: "last_active_at", after: "P30D" }],
        brake: { items: 5 },
        verify: 0,
      });
      await harness.slice(crashed);
      source.before = () => null;
      await harness.run();
      expect(harness.news("swp_1")).toMatchObject({
        status: "braked",
        counts: { due: 6, planned: 6 },
      });
      // The longest overdue goes first, although the crash came before that was noted.
      expect(harness.rows().map(({ id }) => id)).toEqual(["s5", "s4", "s3", "s2", "s1", "s0"]);
    },
  );
});

test("regression: no call of a step that threw goes on beside the next step", async () => {
  const source = memorySource(
    Array.from({ length: 8 }, (_, index) => session(`s${index}`, NOW - DAY - index)),
  );
  await inCustodian(
    () => source,
    async (harness) => {
      let throws = true;
      let underWay = 0;
      let most = 0;
      source.before = async (call) => {
        if (call !== "read") {
          return null;
        }
        if (throws) {
          throws = false;
          throw new Error("a bug");
        }
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 20));
        underWay -= 1;
        return null;
      };
      harness.start("swp_1", {
        expire: [{ clock: "expires_at", after: "PT0S" }],
        brake: { percent: 100 },
        verify: 0,
      });
      await harness.run();
      expect(harness.broken).toHaveLength(1);
      expect(most).toBeLessThanOrEqual(source.capabilities.concurrency);
      expect(harness.news("swp_1")).toMatchObject({
        status: "completed",
        dispositions: { deleted: 8 },
      });
    },
  );
});
