import { describe, expect, test } from "vitest";
import { inCustodian } from "./sweep_harness.ts";
import { DAY, memorySource, session } from "./sweep_memory.ts";

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
