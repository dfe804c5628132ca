import { describe, expect, test } from "vitest";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};

function due(count: number) {
  return Array.from({ length: count }, (_, index) =>
    session(`s${String(index).padStart(4, "0")}`, NOW - DAY - index),
  );
}

describe("a sweep that needs many slices", () => {
  test.for(["reread", "conditional"] as const)(
    "goes on as long as each slice removes something (%s)",
    async (removal) => {
      const batch = removal === "conditional" ? 3 : 1;
      await inCustodian(
        () => memorySource(due(300), { removal, remove_batch: batch }),
        async (harness) => {
          harness.calls = 40;
          harness.start("swp_1", POLICY);
          await harness.run();
          expect(harness.news("swp_1")).toMatchObject({
            status: "completed",
            dispositions: { deleted: 300 },
          });
          expect(Math.max(...harness.spent)).toBeLessThanOrEqual(40);
          expect(harness.spent.length).toBeGreaterThan(2);
        },
      );
    },
  );

  test("goes on as long as each slice reads the activity of something", async () => {
    const agents = due(300).map((one) => ({
      ...one,
      clocks: { created_at: NOW - 90 * DAY, last_active_at: NOW - 90 * DAY },
      activity_read: false,
    }));
    await inCustodian(
      () => memorySource(agents, { activity_by_session: true }),
      async (harness) => {
        harness.calls = 40;
        harness.start("swp_1", {
          ...POLICY,
          expire: [{ clock: "last_active_at", after: "P30D" }],
        });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          counts: { examined: 300, due: 300, planned: 300 },
          dispositions: { deleted: 300 },
        });
      },
    );
  });

  test.for([1, 37, 100])("reads back %s percent of what it removed, each once", async (percent) => {
    await inCustodian(
      () => memorySource(due(300)),
      async (harness) => {
        harness.calls = 40;
        harness.start("swp_1", { ...POLICY, verify: percent });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          verified: { read: 3 * percent, seen_again: 0 },
        });
      },
    );
  });

  test("reads back more than one step may, each once", async () => {
    await inCustodian(
      () => memorySource(due(5000), { removal: "conditional", remove_batch: 1000 }),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, verify: 100 });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          verified: { read: 5000, seen_again: 0 },
        });
      },
    );
  });

  test("never asks more than a slice may, whatever a removal costs", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due(200), { removal: "conditional", remove_batch: 3 });
        const { remove } = source;
        source.remove = async (refs, condition, batch, turn) => {
          const spent = turn.spend(4);
          if (!spent.ok) {
            return refs.map(() => ({ kind: "failed", fault: spent.error }));
          }
          return remove(refs, condition, batch, {
            ...turn,
            fetch: async () => ({ ok: true, value: new Response() }),
          });
        };
        return source;
      },
      async (harness) => {
        harness.calls = 40;
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          dispositions: { deleted: 200 },
        });
        expect(Math.max(...harness.spent)).toBeLessThanOrEqual(40);
      },
    );
  });

  test("is not slower than its pace allows, however low", async () => {
    await inCustodian(
      () => memorySource(due(12)),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, budget: { per_second: 0.2 } });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          dispositions: { deleted: 12 },
        });
      },
    );
  });
});

describe("a list that takes longer than a slice", () => {
  test("counts once it is whole, and is not read again", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due(30), {}, 1000);
        source.after = (call) => {
          if (call === "list") {
            harness.now += 60_000;
          }
          return null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          counts: { examined: 30, due: 30, planned: 30 },
          dispositions: { deleted: 30 },
        });
        const { calls } = harness.source as ReturnType<typeof memorySource>;
        expect(calls.filter(({ call }) => call === "list")).toHaveLength(1);
      },
    );
  });
});

describe("a wish that comes while a step is under way", () => {
  test("is obeyed although the step has just decided to wait for a person", async () => {
    await inCustodian(
      (harness) => ({
        // A source that does not list what is not due, so that the guard has to count it.
        ...memorySource(due(200), { selective: true }),
        population: async () => {
          harness.jobs.wish("swp_1", { do: "stop", as: "cancelled" });
          return { ok: true, value: { scopes: { w: 200 }, next: null } };
        },
      }),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, brake: { items: 10 } });
        await harness.run();
        expect(harness.told("swp_1").slice(-3)).toEqual(["braked", "verifying", "cancelled"]);
        expect(harness.news("swp_1").dispositions).toEqual({ untouched: 200 });
      },
    );
  });

  test("stop does not wait for the rest that the source has asked for", async () => {
    const hour = 3_600_000;
    await inCustodian(
      (harness) => {
        const source = memorySource(due(3));
        source.before = (call) => {
          if (call !== "read") {
            return null;
          }
          harness.jobs.wish("swp_1", { do: "stop", as: "stopped" });
          return { kind: "throttled", until: harness.now + hour, detail: "429" };
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "stopped",
          dispositions: { untouched: 3 },
        });
        expect(harness.now - NOW).toBeLessThan(hour);
      },
    );
  });
});

describe("a sweep that makes no progress", () => {
  test("stalls after five slices, and says that nothing was touched", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due(3));
        source.before = (call) =>
          call === "list" ? { kind: "unavailable", detail: "answered 500" } : null;
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "stalled",
          error: { code: "stalled", message: expect.stringContaining("answered 500") },
          dispositions: {},
        });
        const { calls, removed } = harness.source as ReturnType<typeof memorySource>;
        // The first slice got as far as to open the selection; five more got nowhere.
        expect(calls).toHaveLength(6);
        expect(removed).toEqual([]);
      },
    );
  });
});
