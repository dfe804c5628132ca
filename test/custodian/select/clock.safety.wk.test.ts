import { describe, expect, test } from "vitest";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = { expire: [{ clock: "expires_at", after: "P1D" }], brake: { percent: 100 } };

describe("the clock that a sweep is judged by", () => {
  test.each<[string, number]>([
    ["1970, as on a machine that has forgotten it", 0],
    ["the end of 2014", Date.UTC(2014, 11, 31)],
    ["2100", Date.UTC(2100, 0, 1)],
    ["the last there is", 8_640_000_000_000_000],
  ])("is not believed when it shows %s", async (_, now) => {
    const source = memorySource([session("s1", NOW - 9 * DAY)]);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.now = now;
        harness.start("swp_1", POLICY);
        await harness.slice();
        await harness.slice();
        expect(harness.news("swp_1")).toMatchObject({
          status: "failed",
          error: { code: "clock_absurd" },
        });
        expect(source.calls).toEqual([]);
      },
    );
  });

  test("is the earlier of the tick's and the object's, so that neither alone makes sessions due", async () => {
    const source = memorySource([session("long", NOW - 9 * DAY), session("soon", NOW - DAY / 2)]);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.start("swp_1", POLICY, NOW + 365 * DAY);
        await harness.run();
        harness.now = NOW + 365 * DAY;
        harness.start("swp_2", POLICY, NOW);
        await harness.run();
        expect(source.removed).toEqual(["long"]);
        expect([...source.sessions.keys()]).toEqual(["soon"]);
      },
    );
  });

  test("is frozen: a clock that jumps ahead in the middle makes nothing more due", async () => {
    const source = memorySource(
      [session("a", NOW - 9 * DAY), session("b", NOW - 8 * DAY), session("soon", NOW)],
      {},
      1,
    );
    await inCustodian(
      () => source,
      async (harness) => {
        source.before = (call) => {
          harness.now += call === "list" ? 30 * DAY : 0;
          return null;
        };
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(source.removed).toEqual(["a", "b"]);
      },
    );
  });
});

describe.each(["reread", "conditional"] as const)("a cutoff ahead of the clock (%s)", (removal) => {
  const HOUR = 3_600_000;
  const soon = (): MemorySource =>
    memorySource(
      Array.from({ length: 150 }, (_, index) =>
        session(`s${index}`, NOW + 11 * HOUR + index * 60_000),
      ),
      { removal, remove_batch: removal === "reread" ? 1 : 20 },
    );
  const policy = { ...POLICY, expire: [{ clock: "expires_at", after: "PT0S" }] };

  test("ends a sweep whose plan is approved an hour after the clock was right", async () => {
    const source = soon();
    await inCustodian(
      () => source,
      async (harness) => {
        harness.now = NOW + DAY;
        harness.start("swp_1", { ...policy, brake: { percent: 20 } }, NOW + DAY);
        await harness.slice();
        expect(harness.news("swp_1")).toMatchObject({ status: "braked", counts: { due: 150 } });
        harness.now = NOW + HOUR;
        harness.jobs.wish("swp_1", { do: "proceed" });
        harness.wake("swp_1");
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "failed",
          error: {
            code: "cutoff_ahead",
            message: expect.stringContaining("2026-08-02T00:00:00") as string,
          },
        });
        expect(source.removed).toEqual([]);
      },
    );
  });

  test.each<["list" | "remove", number]>([
    ["list", 1],
    ["remove", 1],
    ["remove", 3],
  ])("ends a sweep in the middle of which (%s %i) the clock is set right", async (call, nth) => {
    const source = soon();
    await inCustodian(
      () => source,
      async (harness) => {
        harness.now = NOW + DAY;
        let calls = 0;
        let gone = Infinity;
        source.after = (made) => {
          calls += made === call ? 1 : 0;
          if (made === call && calls === nth) {
            harness.now = NOW;
            // What is under way beside it was decided while the clock was ahead.
            gone = source.removed.length + source.capabilities.concurrency;
          }
          return null;
        };
        harness.start("swp_1", policy, NOW + DAY);
        await harness.slice();
        // What a tick does: what waits for a time that was ahead goes on.
        harness.wake("swp_1");
        await harness.slice();
        expect(harness.news("swp_1")).toMatchObject({
          status: "failed",
          error: { code: "cutoff_ahead" },
        });
        expect(source.removed.length).toBeLessThanOrEqual(gone);
        expect(source.sessions.size).toBeGreaterThan(0);
      },
    );
  });
});

test("a minimum age is counted from the clock, too, where the cutoff lies ahead of it", async () => {
  const source = memorySource([
    session("young", NOW - DAY, { clocks: { expires_at: NOW - 2 * DAY, created_at: NOW - DAY } }),
  ]);
  await inCustodian(
    () => source,
    async (harness) => {
      harness.now = NOW + 30 * DAY;
      source.after = (call) => {
        // The list was made by the wrong clock, and the session is read by the right one.
        harness.now = call === "list" ? NOW : harness.now;
        return null;
      };
      harness.start("swp_1", { ...POLICY, keep: { min_age: "P7D" } }, NOW + 30 * DAY);
      await harness.slice();
      harness.wake("swp_1");
      await harness.slice();
      expect(harness.news("swp_1").error?.code).toBe("cutoff_ahead");
      expect(source.removed).toEqual([]);
    },
  );
});

describe("the clock of a session", () => {
  test.each<[string, number | null]>([
    ["missing", null],
    ["0", 0],
    ["in seconds instead of milliseconds", Math.floor(NOW / 1000)],
    ["in microseconds", NOW * 1000],
    ["before 2015", Date.UTC(2014, 11, 31)],
    ["negative", -1],
    ["no number", Number.NaN],
    ["infinite", -Infinity],
    ["in the future", NOW + DAY],
  ])("that is %s makes it due by nothing", async (_, at) => {
    const source = memorySource([
      session("odd", NOW, { clocks: { expires_at: at, created_at: at } }),
    ]);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.start("swp_1", {
          ...POLICY,
          expire: [...POLICY.expire, { clock: "created_at", after: "PT0S" }],
        });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({ status: "completed", counts: { due: 0 } });
        expect(source.sessions.size).toBe(1);
      },
    );
  });
});
