import { formatTimestamp } from "../../src/core/values/timestamp.ts";
import { describe, expect, test } from "vitest";
import type { CallRemoval } from "../../src/sources/source.ts";
import { inCustodian } from "../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const MINUTE = 60_000;

const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};

/** `count` sessions, the first overdue by `count` minutes and the last by one. */
const due = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    session(`s${String(index).padStart(4, "0")}`, NOW - (count - index) * MINUTE),
  );

describe("what a report says is left", () => {
  test("is what the budget did not reach, with the longest overdue of it", async () => {
    await inCustodian(
      () => memorySource(due(30), {}, 7),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, budget: { items: 10 } });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          backlog: 20,
          oldest_due_at: formatTimestamp(NOW - 20 * MINUTE),
        });
        // The next one comes an hour later: at ten an hour, what is then left takes an hour more.
        harness.now = NOW + 60 * MINUTE;
        harness.start("swp_2", { ...POLICY, budget: { items: 10 } });
        await harness.run();
        expect(harness.news("swp_2")).toMatchObject({
          backlog: 10,
          oldest_due_at: formatTimestamp(NOW - 10 * MINUTE),
          drain_seconds: 3600,
        });
        harness.now = NOW + 120 * MINUTE;
        harness.start("swp_3", { ...POLICY, budget: { items: 10 } });
        await harness.run();
        expect(harness.news("swp_3")).toMatchObject({
          backlog: 0,
          oldest_due_at: null,
          drain_seconds: 0,
        });
      },
    );
  });

  test("is the same whether the list comes in order or not", async () => {
    await inCustodian(
      () => memorySource(due(30).toReversed(), {}, 7),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, budget: { items: 10 } });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          backlog: 20,
          oldest_due_at: formatTimestamp(NOW - 20 * MINUTE),
        });
      },
    );
  });

  test("is all of it where nothing was to be removed, and where the plan waits", async () => {
    await inCustodian(
      () => memorySource(due(30)),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, mode: "observe" });
        harness.start("swp_2", { ...POLICY, brake: { items: 5 } });
        await harness.run();
        const all = {
          backlog: 30,
          oldest_due_at: formatTimestamp(NOW - 30 * MINUTE),
          drain_seconds: null,
        };
        expect(harness.news("swp_1")).toMatchObject({ status: "observed", ...all });
        expect(harness.news("swp_2")).toMatchObject({ status: "braked", ...all });
      },
    );
  });

  test("counts what was refused, now and while it rests, and not what was renewed", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due(5));
        const { remove } = source;
        source.remove = async (ref, turn): Promise<CallRemoval> =>
          ref.id === "s0001"
            ? { kind: "refused", fault: { kind: "invalid", detail: "answered 422" } }
            : remove(ref, turn);
        source.before = (call, id) => {
          if (call === "read" && id === "s0003") {
            source.sessions.set(id, session(id, NOW + DAY));
          }
          return null;
        };
        return source;
      },
      async (harness) => {
        for (const id of ["swp_1", "swp_2"]) {
          harness.start(id, POLICY);
          await harness.run();
          expect(harness.news(id)).toMatchObject({
            status: "completed",
            backlog: 1,
            oldest_due_at: formatTimestamp(NOW - 4 * MINUTE),
          });
        }
      },
    );
  });

  test("is what a stop left untouched", async () => {
    await inCustodian(
      () => memorySource(due(20), { removal: "conditional", remove_batch: 5 }),
      async (harness) => {
        const source = harness.source as MemorySource;
        source.before = (call) => {
          if (call === "remove") {
            harness.jobs.wish("swp_1", { do: "stop", as: "stopped" });
          }
          return null;
        };
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "stopped",
          dispositions: { deleted: 5, untouched: 15 },
          backlog: 15,
          oldest_due_at: formatTimestamp(NOW - 15 * MINUTE),
        });
      },
    );
  });

  test("is not known before the plan is made", async () => {
    await inCustodian(
      () => memorySource(due(3)),
      async (harness) => {
        (harness.source as MemorySource).before = () => ({
          kind: "unauthorized",
          detail: "answered 401",
        });
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "failed",
          backlog: null,
          oldest_due_at: null,
          due_next_24h: null,
        });
      },
    );
  });
});

describe("what a list of everything shows to fall due within a day", () => {
  test("is counted with it: by the clocks, and by the activity that is known", async () => {
    const agent = (id: string) => ({
      ...session(id, NOW),
      clocks: { created_at: NOW - 90 * DAY, last_active_at: NOW - 90 * DAY },
      activity_read: false,
    });
    await inCustodian(
      () => memorySource(["soon", "later", "idle"].map(agent), { activity_by_session: true }),
      async (harness) => {
        const source = harness.source as MemorySource;
        source.active
          .set("soon", NOW - 29 * DAY - 30 * MINUTE)
          .set("later", NOW - DAY)
          .set("idle", NOW - 60 * DAY);
        const stale = { ...POLICY, expire: [{ clock: "last_active_at", after: "P30D" }] };
        harness.start("swp_1", stale);
        await harness.run();
        harness.now = NOW + MINUTE;
        harness.start("swp_2", stale);
        await harness.run();
        expect(harness.news("swp_2")).toMatchObject({
          due_next_24h: { count: 1, at_least: false },
          counted_at: formatTimestamp(NOW + MINUTE),
        });
      },
    );
  });
});
