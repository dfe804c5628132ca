import { describe, expect, test } from "vitest";
import type { Session } from "../../../src/core/session/session.ts";
import { INCOMPARABLE } from "../../../src/core/session/person.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};

function of(person: string | string[] | null, id: string, created: number | null): Session {
  const values = person === null ? [] : [person].flat();
  return {
    ...session(id, NOW - DAY),
    clocks: { expires_at: NOW - DAY, created_at: created },
    person: [
      { type: "user_identifier_key", values },
      { type: "client_session_id", values: [id] },
    ],
  };
}

/** Runs one sweep of a policy; what it left behind, and what it told. */
async function sweep(
  sessions: readonly Session[],
  policy: object,
  change: (source: MemorySource) => void = () => undefined,
): Promise<{ left: string[]; counts: object }> {
  const result = { left: [] as string[], counts: {} };
  await inCustodian(
    () => {
      const isToldApart = sessions.some((one) => !one.activity_read);
      const source = memorySource(sessions, { activity_by_session: isToldApart }, 7);
      change(source);
      return source;
    },
    async (harness) => {
      harness.start("swp_1", { ...POLICY, ...policy });
      await harness.run();
      result.left = [...(harness.source as MemorySource).sessions.keys()].toSorted();
      result.counts = harness.news("swp_1").counts;
    },
  );
  return result;
}

describe("the latest of each person", () => {
  const created = (day: number): number => NOW - 40 * DAY + day * DAY;
  const kept = (latest: number) => ({ keep: { latest } });

  test("stay, however long expired; who names nobody has no latest", async () => {
    const sessions = [
      of("jane", "j1", created(1)),
      of("jane", "j2", created(2)),
      of("jane", "j3", created(3)),
      of("joe", "o1", created(9)),
      of(null, "n1", created(1)),
      of(null, "n2", created(2)),
    ];
    expect(await sweep(sessions, kept(2))).toMatchObject({
      left: ["j2", "j3", "o1"],
      counts: { examined: 6, due: 3, kept: 3, planned: 3 },
    });
  });

  test("stay for each of several people whom a session names", async () => {
    const sessions = [
      of(["jane", "joe"], "both", created(5)),
      of("joe", "o1", created(3)),
      of("jane", "j1", created(7)),
    ];
    expect(await sweep(sessions, kept(1))).toMatchObject({
      left: ["both", "j1"],
      counts: { due: 1, kept: 2, planned: 1 },
    });
  });

  test("may be one whose age nobody knows: it stays too, and takes nobody's place", async () => {
    const sessions = [
      of("jane", "ageless", null),
      of("jane", "j1", created(1)),
      of("jane", "j2", created(2)),
    ];
    expect(await sweep(sessions, kept(1))).toMatchObject({
      left: ["ageless", "j2"],
      counts: { due: 1, kept: 2, planned: 1 },
    });
  });

  test("stay, all of them, where the value that names their people cannot be compared", async () => {
    const sessions = [1, 2, 3].map((day) => ({
      ...of("", `big${day}`, created(day)),
      person: [{ type: "metadata:user_id", values: [INCOMPARABLE] }],
    }));
    expect(await sweep([...sessions, of("jane", "j1", created(1))], kept(1))).toMatchObject({
      left: ["big1", "big2", "big3", "j1"],
      counts: { due: 0, kept: 4, planned: 0 },
    });
  });

  test("are counted once when the list repeats a row", async () => {
    const sessions = [of("jane", "j1", created(1)), of("jane", "j2", created(2))];
    const repeated = await sweep(sessions, kept(1), (source) => {
      const { list } = source;
      source.list = async (query, cursor, sink, turn) =>
        list(query, cursor, (rows) => sink([...rows, ...rows]), turn);
    });
    expect(repeated).toMatchObject({ left: ["j2"], counts: { due: 1, kept: 1, planned: 1 } });
  });

  test("are told by their activity where it has been read", async () => {
    const agent = (id: string, day: number): Session => ({
      ...of("jane", id, created(day)),
      clocks: { created_at: created(day), last_active_at: created(day) },
      activity_read: false,
    });
    const stale = { ...kept(1), expire: [{ clock: "last_active_at", after: "P10D" }] };
    const swept = await sweep([agent("newer", 5), agent("older", 1)], stale, (source) => {
      source.active.set("older", created(20));
    });
    expect(swept).toMatchObject({ left: ["older"], counts: { due: 1, kept: 1, planned: 1 } });
  });
});

describe("a list that repeats its rows", () => {
  test("does not thin out the share that the brake looks at", async () => {
    const sessions = [
      ...Array.from({ length: 120 }, (_, index) => session(`due${index}`, NOW - DAY)),
      ...Array.from({ length: 60 }, (_, index) => session(`live${index}`, NOW + DAY)),
    ];
    await inCustodian(
      () => {
        const source = memorySource(sessions);
        const { list } = source;
        source.list = async (query, cursor, sink, turn) =>
          list(query, cursor, (rows) => sink([...rows, ...rows, ...rows]), turn);
        return source;
      },
      async (harness) => {
        harness.start("swp_1", { ...POLICY, brake: { percent: 50 } });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "braked",
          guard: { code: "brake_percent", due: 120 },
          counts: { due: 120, planned: 120 },
        });
        const { guard } = harness.news("swp_1");
        // What is different among the repeated is estimated, and never taken for more than it is.
        const matched = guard?.code === "brake_percent" ? guard.matched : 0;
        expect(matched).toBeGreaterThan(160);
        expect(matched).toBeLessThanOrEqual(180);
      },
    );
  });
});

describe("the budget", () => {
  test("takes the longest overdue, in any order of the list, and counts everything due", async () => {
    const sessions = Array.from({ length: 3000 }, (_, index) =>
      session(
        `s${String((index * 7919) % 3000).padStart(4, "0")}`,
        NOW - DAY - ((index * 7919) % 3000) * 1000,
      ),
    );
    await inCustodian(
      () => memorySource(sessions, {}, 500),
      async (harness) => {
        harness.start("swp_1", { ...POLICY, budget: { items: 20 } });
        await harness.run();
        const { removed } = harness.source as MemorySource;
        const oldest = Array.from({ length: 20 }, (_, index) => `s${2980 + index}`);
        expect(removed.toSorted()).toEqual(oldest);
        expect(harness.news("swp_1")).toMatchObject({ counts: { due: 3000, planned: 20 } });
      },
    );
  });

  test("holds where some clocks are read session by session", async () => {
    const unread = (id: string, days: number): Session => ({
      ...session(id, NOW),
      clocks: { created_at: NOW - 400 * DAY, last_active_at: NOW - days * DAY },
      activity_read: false,
    });
    await inCustodian(
      () =>
        memorySource(
          [
            unread("idle40", 40),
            unread("idle90", 90),
            unread("idle60", 60),
            {
              ...session("old", NOW),
              clocks: { created_at: NOW - 900 * DAY, last_active_at: NOW },
            },
            unread("active", 50),
          ],
          { activity_by_session: true },
        ),
      async (harness) => {
        (harness.source as MemorySource).active.set("active", NOW - DAY);
        harness.start("swp_1", {
          ...POLICY,
          expire: [
            { clock: "last_active_at", after: "P30D" },
            { clock: "created_at", after: "P2Y" },
          ],
          budget: { items: 2 },
        });
        await harness.run();
        expect((harness.source as MemorySource).removed.toSorted()).toEqual(["idle90", "old"]);
        expect(harness.news("swp_1")).toMatchObject({ counts: { due: 4, planned: 2 } });
      },
    );
  });

  test("is not used up by sessions that the provider refuses to remove", async () => {
    await inCustodian(
      () => {
        const source = memorySource([
          ...["r1", "r2", "r3"].map((id, index) => session(id, NOW - 90 * DAY - index)),
          ...["a", "b", "c"].map((id, index) => session(id, NOW - DAY - index)),
        ]);
        const { remove } = source;
        source.remove = async (ref, turn) =>
          ref.id.startsWith("r")
            ? { kind: "refused", fault: { kind: "invalid", detail: "answered 422" } }
            : remove(ref, turn);
        return source;
      },
      async (harness) => {
        for (const id of ["swp_1", "swp_2"]) {
          harness.start(id, { ...POLICY, budget: { items: 3 } });
          await harness.run();
          harness.now += 60_000;
        }
        expect(harness.news("swp_1")).toMatchObject({ dispositions: { refused: 3 } });
        expect((harness.source as MemorySource).removed.toSorted()).toEqual(["a", "b", "c"]);
        expect(harness.news("swp_2")).toMatchObject({ counts: { due: 6, planned: 3 } });
      },
    );
  });
});

describe("what is known of active sessions", () => {
  const agents = ["x1", "y1"].map((id) => ({
    ...session(id, NOW),
    scope: id.startsWith("x") ? "x" : "y",
    clocks: { created_at: NOW - 90 * DAY, last_active_at: NOW - 90 * DAY },
    activity_read: false,
  }));
  const stale = (scope: string) => ({
    ...POLICY,
    expire: [{ clock: "last_active_at", after: "P30D" }],
    match: { scope: [scope] },
  });

  test("survives the sweep of another policy, so that nothing is walked twice", async () => {
    await inCustodian(
      () => memorySource(agents, { activity_by_session: true }),
      async (harness) => {
        const source = harness.source as MemorySource;
        source.active.set("x1", NOW - DAY).set("y1", NOW - DAY);
        for (const [id, scope] of [
          ["swp_1", "x"],
          ["swp_2", "y"],
          ["swp_3", "x"],
          ["swp_4", "y"],
        ] as const) {
          harness.start(id, stale(scope));
          await harness.run();
        }
        expect(source.calls.filter(({ call }) => call === "activity").map(({ id }) => id)).toEqual([
          "x1",
          "y1",
        ]);
      },
    );
  });

  test("is asked again when the session could be due", async () => {
    await inCustodian(
      () => memorySource(agents, { activity_by_session: true }),
      async (harness) => {
        const source = harness.source as MemorySource;
        source.active.set("x1", NOW - DAY);
        harness.start("swp_1", stale("x"));
        await harness.run();
        harness.now = NOW + 40 * DAY;
        harness.start("swp_2", stale("x"));
        await harness.run();
        expect(source.removed).toEqual(["x1"]);
      },
    );
  });
});
