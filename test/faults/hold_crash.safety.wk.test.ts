import { describe, expect, test } from "vitest";
import type { Hold, HoldSelector } from "../../src/core/hold/hold.ts";
import type { Fault } from "../../src/sources/fault.ts";
import { inCustodian, type Harness } from "../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../support/sweep_memory.ts";

// What a hold can promise after a crash, after a lost answer, and while clocks are wrong.

const NOW = Date.UTC(2026, 7, 1);
const DOWN: Fault = { kind: "unavailable", detail: "the connection failed" };
const EXPIRED = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};

const OF_SESSION: HoldSelector = {
  kind: "session",
  source: "client_sessions",
  scope: "w",
  id: "a",
};
const OF_JANE: HoldSelector = {
  kind: "subject",
  identifiers: [{ type: "user_identifier_key", value: "jane" }],
};

function hold(selector: HoldSelector, more: Partial<Hold> = {}): Hold {
  return { id: "hld_1", version: 1, selector, ends_at: null, public_reason: null, ...more };
}

function janes(...ids: readonly string[]) {
  return ids.map((id) =>
    session(id, NOW - DAY, { person: [{ type: "user_identifier_key", values: ["jane"] }] }),
  );
}

async function inSource(
  removal: "reread" | "conditional",
  use: (harness: Harness, source: MemorySource) => Promise<void>,
): Promise<void> {
  const changes = { removal, concurrency: removal === "reread" ? 6 : 1, remove_batch: 9 };
  await inCustodian(
    () => memorySource(janes("a", "b"), changes),
    async (harness) => use(harness, harness.source as MemorySource),
  );
}

/** Runs slices until the source is asked to remove; that call never comes back. */
async function crashInRemoval(harness: Harness, source: MemorySource): Promise<void> {
  const never = new Promise<never>(() => undefined);
  let crash = (): void => undefined;
  const hit = new Promise<void>((resolve) => {
    crash = resolve;
  });
  source.before = async (call) => {
    if (call === "remove") {
      crash();
      return never;
    }
    return null;
  };
  harness.start("swp_1", EXPIRED);
  await harness.slice(hit);
  source.before = async () => null;
  harness.restart();
}

describe("after a crash with calls under way", () => {
  test("upstream: the hold says how many may still go, and keeps what is still there", async () => {
    await inSource("reread", async (harness, source) => {
      await crashInRemoval(harness, source);
      harness.restraints.store(
        { version: 1, stamp: "s1", holds: [hold(OF_SESSION)], pauses: [] },
        NOW,
      );
      expect(await harness.obey(0)).toEqual({
        version: 1,
        stamp: "s1",
        too_late: [{ restraint: "hld_1", count: 0, sessions: [], unknown: 1 }],
      });
      await harness.run();
      expect(harness.news("swp_1")).toMatchObject({
        status: "completed",
        dispositions: { held: 1, deleted: 1 },
      });
      expect([...source.sessions.keys()]).toEqual(["a"]);
    });
  });

  test("embedded: the batch is fenced before the hold is said to be in force", async () => {
    await inSource("conditional", async (harness, source) => {
      await crashInRemoval(harness, source);
      harness.restraints.store(
        { version: 1, stamp: "s1", holds: [hold(OF_JANE)], pauses: [] },
        NOW,
      );
      expect(await harness.obey(0)).toEqual({ version: 1, stamp: "s1", too_late: [] });
      expect(source.calls.at(-1)?.call).toBe("resolve");
      await harness.run();
      expect(harness.news("swp_1")).toMatchObject({ dispositions: { held: 2 } });
      expect([...source.sessions.keys()]).toEqual(["a", "b"]);
    });
  });

  test.each([
    [OF_SESSION, { count: 1, sessions: [{ scope: "w", id: "a" }], unknown: 0 }],
    [OF_JANE, { count: 0, sessions: [], unknown: 2 }],
  ])("embedded: a batch that had run is told, as far as anybody knows", async (selector, told) => {
    await inSource("conditional", async (harness, source) => {
      source.after = async (call) => (call === "remove" ? DOWN : null);
      source.before = async (call) => (call === "resolve" ? DOWN : null);
      harness.start("swp_1", EXPIRED);
      for (let slice = 0; slice < 5 && source.removed.length === 0; slice++) {
        harness.now += 1000;
        await harness.slice();
      }
      harness.restraints.store(
        { version: 1, stamp: "s1", holds: [hold(selector)], pauses: [] },
        NOW,
      );
      // The store cannot be asked: nobody may say that the hold is in force.
      await expect(harness.obey(0)).rejects.toThrow("could not be resolved");
      source.before = async () => null;
      expect(await harness.obey(0)).toEqual({
        version: 1,
        stamp: "s1",
        too_late: [{ restraint: "hld_1", ...told }],
      });
    });
  });

  test("embedded: a batch under way is waited for, never fenced", async () => {
    await inSource("conditional", async (harness, source) => {
      let answered = false;
      const early: boolean[] = [];
      source.before = async (call) => {
        if (call === "remove") {
          harness.restraints.store(
            { version: 1, stamp: "s1", holds: [hold(OF_SESSION)], pauses: [] },
            NOW,
          );
          void harness.obey(0).then(() => {
            answered = true;
          });
          await new Promise((resolve) => setTimeout(resolve, 20));
          early.push(answered);
        }
        return null;
      };
      harness.start("swp_1", EXPIRED);
      await harness.run();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect([...early, answered]).toEqual([false, true]);
      expect(source.calls.filter(({ call }) => call === "resolve")).toEqual([]);
      expect((await harness.obey(0)).too_late).toEqual([
        { restraint: "hld_1", count: 1, sessions: [{ scope: "w", id: "a" }], unknown: 0 },
      ]);
    });
  });
});

describe.each(["reread", "conditional"] as const)("clocks that are wrong (%s)", (removal) => {
  test("a hold ends only when both clocks have passed its end", async () => {
    await inSource(removal, async (harness, source) => {
      const end = NOW + DAY;
      const copy = {
        version: 1,
        stamp: "s1",
        holds: [hold(OF_JANE, { ends_at: end })],
        pauses: [],
      };
      harness.restraints.store(copy, NOW);
      harness.now = NOW + 40 * DAY;
      harness.start("swp_1", EXPIRED, NOW);
      await harness.run();
      expect(harness.news("swp_1").counts).toMatchObject({ held: 2, due: 0 });
      // Its own clock is right again; the Registrar's has gone astray.
      harness.now = NOW + 1000;
      harness.restraints.confirm({
        version: 1,
        stamp: "s1",
        copy: null,
        at: NOW + 40 * DAY,
        over: [],
      });
      harness.start("swp_2", EXPIRED, NOW);
      await harness.run();
      expect(harness.news("swp_2").counts).toMatchObject({ held: 2, due: 0 });
      harness.now = end;
      harness.start("swp_3", EXPIRED, NOW);
      await harness.run();
      expect(harness.news("swp_3").dispositions).toEqual({ deleted: 2 });
      expect([...source.sessions.keys()]).toEqual([]);
    });
  });

  test("a hold that had ended binds again if both clocks go back after the plan", async () => {
    await inSource(removal, async (harness, source) => {
      const end = NOW + DAY;
      const holds = [hold(OF_JANE, { ends_at: end })];
      harness.restraints.store({ version: 1, stamp: "s1", holds, pauses: [] }, NOW + 2 * DAY);
      harness.now = NOW + 2 * DAY;
      harness.start("swp_1", { ...EXPIRED, brake: { items: 1 } }, NOW);
      await harness.slice();
      expect(harness.news("swp_1")).toMatchObject({ status: "braked", counts: { planned: 2 } });
      harness.now = NOW;
      harness.restraints.confirm({ version: 1, stamp: "s1", copy: null, at: NOW, over: [] });
      harness.jobs.wish("swp_1", { do: "proceed" });
      harness.wake("swp_1");
      await harness.run();
      expect(harness.news("swp_1").dispositions).toEqual({ held: 2 });
      expect([...source.sessions.keys()]).toEqual(["a", "b"]);
    });
  });

  test("a pause lasts until both clocks have passed its end", async () => {
    await inSource(removal, async (harness, source) => {
      const pause = {
        id: "grd_1",
        source: null,
        version: 1,
        until: NOW + DAY,
        by: "root",
        reason: "x",
        at: NOW,
      };
      const copy = { version: 1, stamp: "s1", holds: [], pauses: [pause] };
      harness.restraints.store(copy, NOW);
      harness.start("swp_1", EXPIRED);
      await harness.slice();
      harness.now = NOW + 2 * DAY;
      await harness.slice();
      expect(source.removed).toEqual([]);
      harness.restraints.confirm({ version: 1, stamp: "s1", copy: null, at: NOW + DAY, over: [] });
      await harness.run();
      expect(source.removed.toSorted()).toEqual(["a", "b"]);
    });
  });
});

describe("what a Custodian keeps across a crash", () => {
  test("the copy, and nothing of when anything ends", async () => {
    await inSource("reread", async (harness) => {
      const holds = [hold(OF_JANE, { ends_at: NOW - DAY })];
      harness.restraints.store({ version: 7, stamp: "s7", holds, pauses: [] }, NOW);
      harness.restart();
      expect(harness.restraints.copy.version).toBe(7);
      // Until the Registrar has spoken nobody says that it is later than any end.
      harness.start("swp_1", EXPIRED);
      await harness.run();
      expect(harness.news("swp_1").counts).toMatchObject({ held: 2 });
    });
  });

  test("an older copy never replaces a newer one", async () => {
    await inSource("reread", async (harness) => {
      const { restraints } = harness;
      expect(
        restraints.store({ version: 7, stamp: "s7", holds: [hold(OF_JANE)], pauses: [] }, NOW),
      ).toBe(true);
      expect(restraints.store({ version: 6, stamp: "s6", holds: [], pauses: [] }, NOW)).toBe(false);
      expect(restraints.store({ version: 7, stamp: "s7", holds: [], pauses: [] }, NOW)).toBe(false);
      expect(restraints.copy.holds).toHaveLength(1);
      expect(restraints.confirm({ version: 8, stamp: "s8", copy: null, at: NOW, over: [] })).toBe(
        false,
      );
      expect(restraints.confirm({ version: 6, stamp: "s6", copy: null, at: NOW, over: [] })).toBe(
        true,
      );
    });
  });
});
