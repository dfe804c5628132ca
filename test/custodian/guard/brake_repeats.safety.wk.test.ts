import { describe, expect, test } from "vitest";
import type { SweepNews } from "../../../src/contract/custodian.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = { expire: [{ clock: "expires_at", after: "PT0S" }], brake: { percent: 50 } };

function many(prefix: string, count: number, expiresAt: number): Session[] {
  return Array.from({ length: count }, (_, n) => session(`${prefix}${n}`, expiresAt));
}

/** A sweep of a source whose list shows these sessions, in this order, however often. */
async function sweepOf(shown: readonly Session[], evictAt: number | null = null) {
  const source = memorySource(shown);
  let news: SweepNews | null = null;
  await inCustodian(
    (harness) => ({
      ...source,
      async list(_query, cursor, sink, turn) {
        await turn.fetch("https://memory.test", {});
        const from = Number(cursor ?? 0);
        if (from === evictAt) {
          // What is in memory alone is gone from here on.
          harness.calls = 1;
        }
        sink(shown.slice(from, from + 50));
        const next = from + 50 < shown.length ? String(from + 50) : null;
        return { ok: true, value: { next, undated: 0 } };
      },
    }),
    async (harness) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      expect(harness.broken).toEqual([]);
      news = harness.news("swp_1");
    },
  );
  return { news, removed: source.removed };
}

describe("the brake by percent, and a list that repeats itself", () => {
  test("counts a session that is not due once, however often the list shows it", async () => {
    const live = many("live", 50, NOW + DAY);
    const due = many("due", 150, NOW - DAY);
    const { news, removed } = await sweepOf([...live, ...live, ...due, ...live, ...live, ...live]);
    expect(news).toMatchObject({ status: "braked", guard: { code: "brake_percent", due: 150 } });
    expect(removed).toEqual([]);
  });

  test("counts so across slices, in which nothing is kept in memory", async () => {
    const live = many("live", 50, NOW + DAY);
    const due = many("due", 150, NOW - DAY);
    const { news, removed } = await sweepOf([...live, ...due, ...live, ...live, ...live], 100);
    expect(news).toMatchObject({ status: "braked", guard: { code: "brake_percent", due: 150 } });
    expect(removed).toEqual([]);
  });

  test("counts a due session once too, and what is repeated of both kinds", async () => {
    const live = many("live", 100, NOW + DAY);
    const due = many("due", 120, NOW - DAY);
    const { news } = await sweepOf([...due, ...live, ...due, ...live, ...live]);
    expect(news).toMatchObject({ status: "braked", guard: { code: "brake_percent", due: 120 } });
  });

  test("goes by the exact number where nothing is repeated", async () => {
    const due = many("due", 150, NOW - DAY);
    const within = await sweepOf([...due, ...many("live", 150, NOW + DAY)]);
    expect(within.news).toMatchObject({ status: "completed", guard: null });
    const over = await sweepOf([...due, ...many("live", 149, NOW + DAY)]);
    expect(over.news).toMatchObject({
      status: "braked",
      guard: { code: "brake_percent", due: 150, matched: 299 },
    });
  });
});

describe("the brake by percent, and sessions that go by another hand", () => {
  test("counts none that was gone when its activity was to be read", async () => {
    const last = { last_active_at: NOW - DAY, created_at: NOW - DAY };
    const stale = (prefix: string, count: number): Session[] =>
      Array.from({ length: count }, (_, n) =>
        session(`${prefix}${n}`, NOW - DAY, { clocks: last, activity_read: false }),
      );
    const source = memorySource([...stale("due", 150), ...stale("gone", 200)], {
      activity_by_session: true,
    });
    await inCustodian(
      () => ({
        ...source,
        readActivity: async (ref, since, cursor, turn) =>
          ref.id.startsWith("gone")
            ? { ok: true, value: { kind: "absent" } }
            : (source.readActivity?.(ref, since, cursor, turn) ?? Promise.reject(new Error())),
      }),
      async (harness) => {
        harness.start("swp_1", {
          expire: [{ clock: "last_active_at", after: "PT0S" }],
          brake: { percent: 50 },
        });
        await harness.run();
        expect(harness.broken).toEqual([]);
        expect(harness.news("swp_1")).toMatchObject({
          status: "braked",
          guard: { code: "brake_percent", due: 150, matched: 150 },
        });
      },
    );
    expect(source.removed).toEqual([]);
  });
});
