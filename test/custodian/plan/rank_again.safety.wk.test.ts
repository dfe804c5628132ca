import { describe, expect, test } from "vitest";
import type { Session } from "../../../src/core/session/session.ts";
import { inCustodian, type Harness } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "created_at", after: "P30D" }],
  keep: { latest: 1 },
  brake: { items: 1, percent: 100 },
};

function of(person: string, id: string, days: number, more: Partial<Session> = {}): Session {
  return session(id, NOW, {
    clocks: { created_at: NOW - days * DAY },
    person: [{ type: "user_identifier_key", values: [person] }],
    ...more,
  });
}

/** A sweep whose plan waits; `meanwhile` is what happens before a person approves it. */
async function approved(
  sessions: readonly Session[],
  meanwhile: (source: MemorySource, harness: Harness) => void,
  changes: object = {},
  page = 2,
): Promise<{ left: string[]; harness: Harness; source: MemorySource }> {
  const source = memorySource(sessions, changes, page);
  let result: Harness | null = null;
  await inCustodian(
    () => source,
    async (harness) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      expect(harness.news("swp_1")).toMatchObject({ status: "braked", dispositions: {} });
      meanwhile(source, harness);
      harness.jobs.wish("swp_1", { do: "proceed" });
      harness.wake("swp_1");
      await harness.run();
      result = harness;
    },
  );
  if (result === null) {
    throw new Error("the sweep has not run");
  }
  return { left: [...source.sessions.keys()].toSorted(), harness: result, source };
}

const SESSIONS = [
  of("jane", "j1", 100),
  of("jane", "j2", 90),
  of("jane", "j3", 80),
  of("jane", "new", 1),
  of("john", "k1", 100),
  of("john", "k2", 90),
];

describe("a plan that has waited, and each person's newest", () => {
  test("removes what it planned while the newest are still there", async () => {
    const { left, harness } = await approved(SESSIONS, () => undefined);
    expect(left).toEqual(["k2", "new"]);
    expect(harness.news("swp_1")).toMatchObject({
      status: "completed",
      dispositions: { deleted: 4 },
    });
  });

  test("leaves the one that has become the newest since", async () => {
    const { left, harness } = await approved(SESSIONS, (source) => source.sessions.delete("new"));
    expect(left).toEqual(["j3", "k2"]);
    expect(harness.news("swp_1").dispositions).toEqual({ deleted: 3, renewed: 1 });
  });

  test("leaves nothing more because somebody came back", async () => {
    const { left } = await approved(SESSIONS, (source) =>
      source.sessions.set("back", of("john", "back", 0)),
    );
    expect(left).toEqual(["back", "k2", "new"]);
  });

  test("goes by the activity that it read when it was made", async () => {
    const idle = SESSIONS.map((one) => ({ ...one, activity_read: false }));
    const active = new Map([
      ["j1", NOW - 40 * DAY],
      ["j2", NOW - 60 * DAY],
      ["j3", NOW - 70 * DAY],
    ]);
    const policy = { expire: [{ clock: "last_active_at", after: "P30D" }] };
    const source = memorySource(
      idle.map((one) => ({
        ...one,
        clocks: { ...one.clocks, last_active_at: one.clocks.created_at ?? null },
      })),
      { activity_by_session: true },
      2,
    );
    for (const [id, at] of active) {
      source.active.set(id, at);
    }
    await inCustodian(
      () => source,
      async (harness) => {
        harness.start("swp_1", { ...POLICY, ...policy });
        await harness.run();
        source.sessions.delete("new");
        harness.jobs.wish("swp_1", { do: "proceed" });
        harness.wake("swp_1");
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({ status: "completed" });
      },
    );
    // By its list alone j3 would be jane's newest; its events say that j1 was active later.
    expect([...source.sessions.keys()].toSorted()).toEqual(["j1", "k2"]);
  });

  test("is ranked once, whatever page of the list fails or is cut off", async () => {
    let failing = 3;
    const { left, harness } = await approved(SESSIONS, (source) => {
      source.sessions.delete("new");
      source.after = (call) => {
        failing -= call === "list" ? 1 : 0;
        return call === "list" && failing >= 0 ? { kind: "unavailable", detail: "cut off" } : null;
      };
    });
    expect(left).toEqual(["j3", "k2"]);
    expect(harness.news("swp_1").dispositions).toEqual({ deleted: 3, renewed: 1 });
  });

  test("stops while it is being ranked when a person cancels it", async () => {
    const { left, harness } = await approved(SESSIONS, (source, { jobs }) => {
      source.before = (call) => {
        if (call === "list") {
          jobs.wish("swp_1", { do: "stop", as: "cancelled" });
        }
        return null;
      };
    });
    expect(left).toHaveLength(6);
    expect(harness.news("swp_1")).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 4 },
    });
  });
});
