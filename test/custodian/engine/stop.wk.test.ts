import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/sources/fault.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};
const DOWN: Fault = { kind: "unavailable", detail: "answered 500" };

function due(...ids: string[]) {
  return ids.map((id, index) => session(id, NOW - DAY - index));
}

describe("a sweep that is stopped with answers outstanding", () => {
  test("reads what it attempted, in the next slice if this one may ask no more", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due("a", "b", "c", "d"));
        let attempts = 0;
        source.after = (call) => {
          if (call !== "remove") {
            return null;
          }
          attempts += 1;
          if (attempts === 4) {
            harness.jobs.wish("swp_1", { do: "stop", as: "cancelled" });
          }
          return DOWN;
        };
        return source;
      },
      async (harness) => {
        // One call for the list, four reads and four removals: nothing is left for the resolving reads.
        harness.calls = 10;
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "cancelled",
          dispositions: { absent_after_attempt: 4 },
        });
      },
    );
  });
});

describe("what ends a sweep in the middle of its removals", () => {
  test("a stop: no removal goes out after it, and what went before is counted", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due(...Array.from({ length: 16 }, (_, index) => `s${index}`)));
        let reads = 0;
        source.before = (call) => {
          reads += call === "read" ? 1 : 0;
          if (reads === 9) {
            harness.jobs.wish("swp_1", { do: "stop", as: "stopped" });
          }
          return null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        const { calls, removed } = harness.source as MemorySource;
        const ninth = calls.findIndex(
          ({ call }, index) =>
            call === "read" &&
            calls.slice(0, index + 1).filter((one) => one.call === call).length === 9,
        );
        expect(calls.slice(ninth).filter(({ call }) => call === "remove")).toEqual([]);
        expect(harness.news("swp_1")).toMatchObject({
          status: "stopped",
          dispositions: { deleted: removed.length, untouched: 16 - removed.length },
        });
      },
    );
  });

  test("another account: nobody asks it what became of the first one's sessions", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due("a", "b"));
        source.before = (call, id) => {
          if (call === "remove" && id === "b") {
            harness.fingerprint = "another account";
          }
          return call === "remove" ? DOWN : null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        const { calls, removed } = harness.source as MemorySource;
        expect(calls.filter(({ call }) => call === "read")).toHaveLength(2);
        expect(removed).toEqual([]);
        expect(harness.news("swp_1")).toMatchObject({
          status: "failed",
          error: { code: "account_changed" },
          dispositions: { unknown: 2 },
        });
      },
    );
  });

  test("another account while it ends: what was attempted is not looked for there", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due("a"));
        source.before = (call) => {
          if (call === "remove") {
            harness.jobs.wish("swp_1", { do: "stop", as: "stopped" });
            return DOWN;
          }
          const reads = source.calls.filter((one) => one.call === "read").length;
          if (call !== "read" || reads < 2) {
            return null;
          }
          // The resolving read gets no answer, and the next slice runs under another configuration.
          harness.fingerprint = "another account";
          source.sessions.clear();
          return DOWN;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "stopped",
          dispositions: { unknown: 1 },
        });
      },
    );
  });

  test("a stop before the first removal: every planned session is untouched, page by page", async () => {
    await inCustodian(
      (harness) => {
        const ids = Array.from({ length: 2500 }, (_, index) => `s${index}`);
        const source = memorySource(due(...ids), {}, 500);
        source.before = (call) => {
          if (call === "read") {
            harness.jobs.wish("swp_1", { do: "stop", as: "cancelled" });
          }
          return null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "cancelled",
          dispositions: { untouched: 2500 },
        });
      },
    );
  });
});
