import { describe, expect, test } from "vitest";
import type { Session } from "../../src/core/session/session.ts";
import type { Touched } from "../support/counted_sql.ts";
import { inCustodian, type Harness } from "../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);

/** More rows than any statement may touch. */
const MANY = 24_000;
const MOST = 12_000;

const BATCHES = { removal: "conditional", remove_batch: 1000 } as const;

const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  budget: { items: 1_000_000 },
  verify: 0,
};

const overdue = (index: number): Session =>
  session(`s${String(index).padStart(6, "0")}`, NOW - DAY - index * 1000);
/** Each number below `count` once, in no order. */
const shuffled = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => (index * 7919) % count);
const inOrder = (count: number): Session[] =>
  Array.from({ length: count }, (_, index) => overdue(count - index));
const inNoOrder = (count: number): Session[] => shuffled(count).map(overdue);

/** Names the statement where one touched too much. */
function expectSmall({ worst }: Pick<Touched, "worst">): void {
  expect(worst.rows < MOST ? "" : `${worst.rows}: ${worst.query}`).toBe("");
}

async function sweep(
  sessions: readonly Session[],
  policy: object,
  change: (source: MemorySource, harness: Harness) => void = () => undefined,
) {
  let result: { harness: Harness; source: MemorySource; touched: Touched } | undefined;
  await inCustodian(
    (harness) => {
      const source = memorySource(sessions, BATCHES, 500);
      change(source, harness);
      return source;
    },
    async (harness) => {
      harness.touched();
      harness.start("swp_1", { ...POLICY, ...policy });
      await harness.run();
      expect(harness.broken).toEqual([]);
      result = { harness, source: harness.source as MemorySource, touched: harness.touched() };
    },
  );
  if (result === undefined) {
    throw new Error("the sweep did not run");
  }
  const { harness, source, touched } = result;
  return { news: harness.news("swp_1"), removed: source.removed, touched };
}

describe("no statement touches more than a few thousand rows", () => {
  test("where the list comes in order", async () => {
    const { news, touched } = await sweep(inOrder(MANY), {});
    expect(news).toMatchObject({ status: "completed", dispositions: { deleted: MANY } });
    expectSmall(touched);
  });

  test("where it comes in no order, and more is due than the budget", async () => {
    const items = MANY / 2;
    const { news, removed, touched } = await sweep(inNoOrder(MANY), { budget: { items } });
    expect(news).toMatchObject({ counts: { due: MANY, planned: items } });
    const oldest = inNoOrder(MANY)
      .toSorted((a, b) => (a.clocks.expires_at ?? 0) - (b.clocks.expires_at ?? 0))
      .slice(0, items)
      .map(({ id }) => id);
    expect(removed).toEqual(oldest);
    expectSmall(touched);
  });

  test("where it repeats its rows, far apart", async () => {
    const half = inOrder(MANY / 2);
    const { news, removed, touched } = await sweep(half, { brake: { percent: 50 } }, (source) => {
      const { list } = source;
      source.list = async (query, cursor, sink, turn) => {
        const [part = "0", at = "0"] = (cursor ?? "").split(":");
        const page = await list(query, at, sink, turn);
        return page.ok && page.value.next === null && part !== "1"
          ? { ok: true, value: { next: "1:0", undated: 0 } }
          : page.ok && page.value.next !== null
            ? { ok: true, value: { ...page.value, next: `${part}:${page.value.next}` } }
            : page;
      };
    });
    expect(news).toMatchObject({
      status: "braked",
      guard: { due: half.length, matched: half.length },
      counts: { planned: half.length },
    });
    expect(removed).toEqual([]);
    expectSmall(touched);
  });

  test("where the newest of one person among many stay", async () => {
    const sessions = inNoOrder(MANY).map((one, index) => ({
      ...one,
      person: [{ type: "user_identifier_key", values: [index % 2 === 0 ? "jane" : `p${index}`] }],
    }));
    const { news, touched } = await sweep(sessions, { keep: { latest: 3 } });
    const kept = MANY / 2 + 3;
    expect(news).toMatchObject({
      status: "completed",
      counts: { due: MANY - kept, kept, planned: MANY - kept },
    });
    expectSmall(touched);
  });

  test("where a stream was cut off, and its rows are written again", async () => {
    let cut = false;
    const { news, touched } = await sweep(inOrder(MANY), {}, (source) => {
      source.list = async (_query, _cursor, sink, turn) => {
        await turn.fetch("https://memory.test", {});
        const all = [...source.sessions.values()];
        for (let from = 0; from < all.length; from += 500) {
          sink(all.slice(from, from + 500));
        }
        const fails = !cut;
        cut = true;
        return fails
          ? { ok: false, error: { kind: "unavailable", detail: "cut" } }
          : { ok: true, value: { next: null, undated: 0 } };
      };
    });
    expect(news).toMatchObject({ counts: { due: MANY }, dispositions: { deleted: MANY } });
    expectSmall(touched);
  });

  test("where the sweep is stopped, and nothing of it was removed", async () => {
    const { news, touched } = await sweep(inOrder(MANY), {}, (source, harness) => {
      source.before = (call) => {
        if (call === "remove") {
          harness.jobs.wish("swp_1", { do: "stop", as: "stopped" });
        }
        return null;
      };
    });
    expect(news).toMatchObject({
      status: "stopped",
      dispositions: { deleted: 1000, untouched: MANY - 1000 },
    });
    expectSmall(touched);
  });

  test("where every session's activity is read, and most were active", async () => {
    const count = 14_000;
    const agents = Array.from({ length: count }, (_, index) => ({
      ...session(`a${index}`, NOW),
      clocks: { created_at: NOW - 90 * DAY, last_active_at: null },
      activity_read: false,
    }));
    const policy = { expire: [{ clock: "last_active_at", after: "P30D" }] };
    await inCustodian(
      () => memorySource(agents, { activity_by_session: true }, 500),
      async (harness) => {
        const source = harness.source as MemorySource;
        harness.calls = 100_000;
        for (const { id } of agents) {
          source.active.set(id, NOW - DAY);
        }
        harness.start("swp_1", { ...POLICY, ...policy });
        await harness.run();
        // The next list has only one of them: what is known of the others is forgotten.
        for (const { id } of agents.slice(1)) {
          source.sessions.delete(id);
        }
        harness.now += DAY;
        harness.start("swp_2", { ...POLICY, ...policy });
        await harness.run();
        const { worst } = harness.touched();
        expectSmall({ worst });
        expect(harness.news("swp_2")).toMatchObject({ status: "completed" });
      },
    );
  }, 60_000);
});

describe("the rows that a sweep touches", () => {
  test.each([
    ["in order", inOrder],
    ["in no order", inNoOrder],
  ])("grow no faster than its sessions, %s", async (_name, list) => {
    const perSession = async (count: number): Promise<number> => {
      const { touched } = await sweep(list(count), {});
      return (touched.read + touched.written) / count;
    };
    const few = await perSession(MANY / 8);
    const many = await perSession(MANY);
    expect(many).toBeLessThan(few * 1.1);
    expect(many).toBeLessThan(60);
  });
});

describe("a job whose source is gone", () => {
  test("counts a large plan some rows at a time, as nobody can read any of it", async () => {
    await inCustodian(
      () => memorySource([]),
      async (harness) => {
        const { plan, outcomes } = harness;
        for (let from = 0; from < MANY; from += 500) {
          plan.append(
            7,
            from + 1,
            Array.from({ length: 500 }, (_, index) => ({
              scope: "w",
              id: `s${from + index}`,
              version: 1,
              clause: 0,
              due_at: 1,
              state: 0 as const,
              disposition: null,
            })),
          );
        }
        outcomes.attempt(7, 1);
        outcomes.countTry(7, 2);
        outcomes.settle(7, [3, 4], "deleted", harness.now);
        harness.touched();
        const ends = { unknown: 1, unreachable: 1, deleted: 2, untouched: MANY - 4 };
        expect(outcomes.givenUp(7)).toEqual({ dispositions: ends, by_clause: [ends] });
        expect(outcomes.dispositions(7)).toEqual({ deleted: 2 });
        const { worst } = harness.touched();
        expectSmall({ worst });
      },
    );
  });
});
