import { describe, expect, test } from "vitest";
import type { SweepOrder } from "../../../src/contract/custodian.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import {
  DAY,
  memorySource,
  session,
  type MemoryOptions,
  type MemorySource,
} from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const EXPIRED = { expire: [{ clock: "expires_at", after: "P1D" }] };

/** A source that takes a removal for a fault of the engine. */
function forbidding(changes: MemoryOptions, count: number): MemorySource {
  const source: MemorySource = memorySource(
    Array.from({ length: count }, (_, index) =>
      session(`s${index}`, NOW - (2 + index) * DAY, {
        person: [{ type: "user_identifier_key", values: [`person ${index % 7}`] }],
        clocks: {
          expires_at: NOW - (2 + index) * DAY,
          last_active_at: NOW - (2 + index) * DAY,
          created_at: NOW - (3 + index) * DAY,
        },
        activity_read: changes.activity_by_session !== true,
      }),
    ),
    changes,
    17,
  );
  source.remove = () => {
    throw new Error("observing has reached a removal");
  };
  if (source.removes === "by_batch") {
    Object.assign(source, {
      resolve: () => {
        throw new Error("observing has reached the resolving of a removal");
      },
    });
  }
  return source;
}

const SOURCES: Readonly<Record<string, MemoryOptions>> = {
  "removes by call": {},
  "removes by call and reads activity": { activity_by_session: true },
  "removes in batches": { removal: "conditional", remove_batch: 50 },
  "lists what is due": { removal: "conditional", remove_batch: 50, selective: true },
};

const POLICIES: Readonly<Record<string, object>> = {
  "with nothing to stop it": {},
  "stopped by its brake": { brake: { items: 1 } },
  "cut to its budget": { budget: { items: 5 } },
  "keeping each person's newest": { keep: { latest: 1, min_age: "P1D" } },
  "by activity": { expire: [{ clock: "last_active_at", after: "P1D" }] },
  "that reads all back": { verify: 100 },
  "that asks for every approval": { approval: "every" },
  "of a mode that is not written": { mode: undefined },
};

const OTHER = Policy.parse({
  source: "client_sessions",
  mode: "enforce",
  expire: [{ clock: "created_at", after: "P3D" }],
});
const ORDERS: Readonly<Record<string, Partial<SweepOrder>>> = {
  "a sweep": {},
  "a sweep whose plans are approved": { approval: "every" },
  "a preview": { preview: true },
  "a preview of a version that enforces": { preview: true },
  "a preview that compares": { preview: true, other: OTHER },
};

const CASES = Object.keys(SOURCES).flatMap((source) =>
  Object.keys(POLICIES).flatMap((policy) =>
    Object.keys(ORDERS).map((order) => [order, policy, source] as const),
  ),
);

describe("what observes reaches no removal", () => {
  test.each(CASES)("%s %s, of a source that %s", async (order, policy, name) => {
    const source = forbidding(SOURCES[name] ?? {}, 40);
    await inCustodian(
      () => source,
      async (harness) => {
        const mode = order.endsWith("enforces") ? "enforce" : "observe";
        const document = { ...EXPIRED, mode, ...POLICIES[policy] };
        harness.start("swp_1", document, NOW, ORDERS[order]);
        // A person who approves what only observes changes nothing.
        for (let slice = 0; slice < 3; slice++) {
          await harness.slice();
          harness.jobs.wish("swp_1", { do: "proceed" });
        }
        await harness.run();
        expect(harness.broken).toEqual([]);
        const news = harness.news("swp_1");
        expect(news).toMatchObject({ status: "observed", dispositions: {} });
        expect(news.counts.planned).toBeGreaterThan(0);
        expect(source.sessions.size).toBe(40);
        expect(source.calls.filter(({ call }) => call === "remove")).toEqual([]);
      },
    );
  });

  test("and the same source is asked for removals once the mode is enforce", async () => {
    for (const changes of Object.values(SOURCES)) {
      const source = forbidding(changes, 40);
      await inCustodian(
        () => source,
        async (harness) => {
          harness.start("swp_1", { ...EXPIRED, brake: { percent: 100 } });
          await harness.slice();
          expect(harness.broken.map(String)).toContainEqual(
            "Error: observing has reached a removal",
          );
        },
      );
    }
  });
});
