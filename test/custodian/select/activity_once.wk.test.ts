import { describe, expect, test } from "vitest";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";
import { inCustodian, type Harness } from "../../support/sweep_harness.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = { expire: [{ clock: "last_active_at", after: "P30D" }], verify: 0 };

/** Sessions whose list tells when they were made; `idle` of them were never active after that. */
function sessionsOf(idle: number, active = 0): { source: MemorySource; ids: string[] } {
  const ids = Array.from({ length: idle + active }, (_, n) => `s${String(n).padStart(4, "0")}`);
  // Made in another order than they are listed in: the last is the oldest.
  const made = (n: number): number => NOW - 100 * DAY - n * 1000;
  const source = memorySource(
    ids.map((id, n) =>
      session(id, 0, {
        clocks: { created_at: made(n), last_active_at: made(n) },
        activity_read: false,
      }),
    ),
    { activity_by_session: true },
  );
  for (const id of ids.slice(idle)) {
    source.active.set(id, NOW - DAY);
  }
  return { source, ids };
}

function reads({ calls }: MemorySource): string[] {
  return calls.filter(({ call }) => call === "activity").map(({ id }) => id);
}

async function sweep(harness: Harness, id: string, policy: object, more = {}): Promise<void> {
  harness.start(id, { brake: { percent: 100 }, ...POLICY, ...policy }, harness.now, more);
  await harness.run();
  harness.now += 3_600_000;
}

describe("activity that is read session by session", () => {
  test("is read until the budget is full, the longest overdue by what the list tells first", async () => {
    const { source, ids } = sessionsOf(300);
    await inCustodian(
      () => source,
      async (harness) => {
        await sweep(harness, "swp_1", { budget: { items: 20 } });
        const first = source.calls.findIndex(({ call }) => call === "remove");
        const before = source.calls.slice(0, first).filter(({ call }) => call === "activity");
        expect(before.length).toBeLessThanOrEqual(20 + 6 + 6);
        expect(source.removed.toSorted()).toEqual(ids.slice(-20));
        const news = harness.news("swp_1");
        expect(news).toMatchObject({ status: "completed", counts: { planned: 20 } });
        expect(news.counts.due + news.unread).toBe(300);
        expect(news.backlog).toBe(280);
        expect(news.oldest_due_at).not.toBeNull();
      },
    );
  });

  test("is read twice of each session that goes, however many sweeps it takes", async () => {
    const { source } = sessionsOf(300, 30);
    await inCustodian(
      () => source,
      async (harness) => {
        for (let n = 1; source.removed.length < 300; n++) {
          expect(n).toBeLessThanOrEqual(16);
          await sweep(harness, `swp_${n}`, { budget: { items: 20 } });
        }
        // Once to find it, once before its removal; what was active, once.
        expect(reads(source).length).toBeLessThanOrEqual(2 * 300 + 30);
        expect(source.sessions.size).toBe(30);
      },
    );
  });

  test("that began since it was read keeps the session, which is not planned again", async () => {
    const { source, ids } = sessionsOf(30);
    await inCustodian(
      () => source,
      async (harness) => {
        await sweep(harness, "swp_1", { budget: { items: 5 } });
        const seen = new Set(reads(source));
        const renewed = ids.find((id) => seen.has(id) && source.sessions.has(id)) ?? "";
        expect(renewed).not.toBe("");
        source.active.set(renewed, harness.now - 1000);
        await sweep(harness, "swp_2", { budget: { items: 5 } });
        expect(harness.news("swp_2")).toMatchObject({
          counts: { planned: 5 },
          dispositions: { deleted: 4, renewed: 1 },
        });
        for (const n of [3, 4, 5, 6]) {
          await sweep(harness, `swp_${n}`, { budget: { items: 5 } });
          expect(harness.news(`swp_${n}`).dispositions).not.toHaveProperty("renewed");
        }
        expect([...source.sessions.keys()]).toEqual([renewed]);
      },
    );
  });

  test("is remembered from a preview, so that its digest approves the sweep after it", async () => {
    const { source, ids } = sessionsOf(40);
    // Who was made first was active last.
    for (const [n, id] of ids.entries()) {
      source.active.set(id, NOW - 50 * DAY - (ids.length - n) * 1000);
    }
    await inCustodian(
      () => source,
      async (harness) => {
        const policy = { budget: { items: 5 } };
        await sweep(harness, "swp_1", policy, { preview: true });
        await sweep(harness, "swp_2", policy, { approval: "every" });
        const [shown, asked] = ["swp_1", "swp_2"].map((id) => harness.news(id).plan_digest);
        expect(shown).not.toBeNull();
        expect(asked).toBe(shown);
      },
    );
  });

  test("of one account says nothing of a session that has the same id in another", async () => {
    const { source, ids } = sessionsOf(0, 10);
    await inCustodian(
      () => source,
      async (harness) => {
        await sweep(harness, "swp_1", {});
        expect(source.removed).toEqual([]);
        source.active.clear();
        harness.fingerprint = "another account";
        await sweep(harness, "swp_2", {});
        expect(source.removed.toSorted()).toEqual(ids);
      },
    );
  });

  test("that came and went since it was read tells since when the session was due", async () => {
    const { source } = sessionsOf(12);
    await inCustodian(
      () => source,
      async (harness) => {
        await sweep(harness, "swp_1", { budget: { items: 5 } });
        expect(harness.news("swp_1").lag_seconds?.max).toBeGreaterThan((69 * DAY) / 1000);
        const seen = new Set(reads(source));
        const later = [...source.sessions.keys()].filter((id) => seen.has(id));
        expect(later).not.toEqual([]);
        for (const id of source.sessions.keys()) {
          source.active.set(id, NOW - 40 * DAY);
        }
        await sweep(harness, "swp_2", {});
        const { lag_seconds: lag, dispositions } = harness.news("swp_2");
        expect(dispositions).toEqual({ deleted: 7 });
        expect(lag?.max).toBeLessThan((11 * DAY) / 1000);
        const [id = ""] = later;
        const gone = await harness.explain({ ref: { scope: "w", id }, policies: [] });
        expect(gone).toMatchObject({ removed: { due_at: NOW - 10 * DAY } });
      },
    );
  });

  test("that cannot be read any more leaves the budget to others, though it was seen idle", async () => {
    const { source, ids } = sessionsOf(12);
    const { readActivity } = source;
    const odd = new Set<string>();
    source.readActivity = async (ref, ...rest) => {
      const read = await readActivity?.(ref, ...rest);
      if (read === undefined) {
        throw new Error("this source tells activity");
      }
      return read.ok && odd.has(ref.id) ? { ok: true, value: { kind: "unreadable" } } : read;
    };
    await inCustodian(
      () => source,
      async (harness) => {
        await sweep(harness, "swp_0", { budget: { items: 5 } });
        for (const id of new Set(reads(source))) {
          if (source.sessions.has(id)) {
            odd.add(id);
          }
        }
        expect(odd.size).toBeGreaterThan(0);
        for (let n = 1; n <= 8; n++) {
          await sweep(harness, `swp_${n}`, { budget: { items: 1 } });
        }
        expect(new Set(source.sessions.keys())).toEqual(odd);
        expect(ids.length - source.removed.length).toBe(odd.size);
      },
    );
  });

  test("is read whole where the brake would stop what may be due, and is not", async () => {
    const { source } = sessionsOf(110, 190);
    await inCustodian(
      () => source,
      async (harness) => {
        const policy = { budget: { items: 5 }, brake: { percent: 50 } };
        await sweep(harness, "swp_1", policy);
        expect(reads(source).length).toBe(300 + 5);
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          counts: { due: 110, planned: 5 },
          unread: 0,
        });
      },
    );
  });

  test("does not weaken the brake", async () => {
    const { source } = sessionsOf(200, 100);
    await inCustodian(
      () => source,
      async (harness) => {
        const policy = { budget: { items: 5 }, brake: { percent: 50 } };
        for (const id of ["swp_1", "swp_2"]) {
          harness.start(id, { ...POLICY, ...policy });
          await harness.run();
          expect(harness.news(id)).toMatchObject({
            status: "braked",
            guard: { code: "brake_percent", due: 200, matched: 300 },
            unread: 0,
          });
          harness.jobs.wish(id, { do: "stop", as: "stopped" });
          harness.wake(id);
          await harness.run();
          harness.now += 3_600_000;
        }
        expect(source.removed).toEqual([]);
      },
    );
  });

  test.each([
    ["observes", { mode: "observe" }, {}],
    ["keeps each person's newest", { keep: { latest: 1 } }, {}],
    ["is a preview", {}, { preview: true }],
  ] as const)("is read of all, and anew, where a sweep %s", async (_name, policy, more) => {
    const { source } = sessionsOf(40);
    const person = [{ type: "user", values: ["u"] }];
    for (const [id, one] of source.sessions) {
      source.sessions.set(id, { ...one, person });
    }
    await inCustodian(
      () => source,
      async (harness) => {
        for (const id of ["swp_1", "swp_2"]) {
          source.calls.length = 0;
          const there = source.sessions.size;
          await sweep(harness, id, { budget: { items: 5 }, ...policy }, more);
          expect(new Set(reads(source)).size).toBe(there);
          expect(harness.news(id).unread).toBe(0);
        }
      },
    );
  });
});
