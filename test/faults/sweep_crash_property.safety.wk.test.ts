import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SweepNews } from "../../src/contract/custodian.ts";
import type { Fault } from "../../src/sources/fault.ts";
import { inCustodian, type Harness } from "../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const DOWN: Fault = { kind: "unavailable", detail: "the connection failed" };

/** What goes wrong at one call: its slice ends there, or its answer is lost, before or after its effect. */
interface Blow {
  readonly at: number;
  readonly kind: "crash" | "loss";
  readonly when: "before" | "after";
}

interface Course {
  readonly removal: "reread" | "conditional";
  readonly batch: number;
  readonly budget: number;
  readonly calls: number;
  /** Minutes of each session from now; not above 0 is due. */
  readonly expiries: readonly number[];
  readonly crashes: readonly Blow[];
  readonly losses: readonly Blow[];
  /** At which call which session is renewed. */
  readonly renewals: readonly { readonly at: number; readonly index: number }[];
}

const blow = (kind: Blow["kind"]) =>
  fc.record({
    at: fc.integer({ min: 0, max: 70 }),
    kind: fc.constant(kind),
    when: fc.constantFrom("before" as const, "after" as const),
  });

const course: fc.Arbitrary<Course> = fc.record({
  removal: fc.constantFrom("reread" as const, "conditional" as const),
  batch: fc.integer({ min: 1, max: 9 }),
  budget: fc.integer({ min: 1, max: 60 }),
  calls: fc.integer({ min: 12, max: 200 }),
  expiries: fc.array(fc.integer({ min: -5000, max: 2000 }), { maxLength: 60, size: "max" }),
  crashes: fc.array(blow("crash"), { minLength: 1, maxLength: 3 }),
  losses: fc.array(blow("loss"), { maxLength: 2 }),
  renewals: fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 70 }), index: fc.nat({ max: 59 }) }),
    { maxLength: 4 },
  ),
});

const id = (index: number): string => `s${String(index).padStart(2, "0")}`;

/** Runs a sweep through its course, a crash ending the slice that it hits. */
async function runThrough(harness: Harness, plan: Course): Promise<string[]> {
  const source = harness.source as MemorySource;
  const wrong: string[] = [];
  let made = 0;
  const numbers = new Map<string, number>();
  let life = 0;
  let crash: () => void = () => undefined;
  const never = new Promise<never>(() => undefined);

  const meet = async (when: Blow["when"], now: number, of: number): Promise<Fault | null> => {
    if (of !== life) {
      return never;
    }
    const met = [...plan.crashes, ...plan.losses].find(
      (one) => one.at === now && one.when === when,
    );
    if (met?.kind === "crash") {
      life += 1;
      crash();
      return never;
    }
    return met === undefined ? null : DOWN;
  };

  source.before = async (call, ids) => {
    const now = made++;
    numbers.set(ids, now);
    // Between a read and its removal a renewal goes unseen: that race is the provider's.
    if (call !== "remove" || plan.removal === "conditional") {
      for (const { index } of plan.renewals.filter(({ at }) => at === now)) {
        const found = source.sessions.get(id(index));
        if (found !== undefined) {
          const renewed = session(found.id, NOW + DAY, { version: found.version + 1 });
          source.sessions.set(found.id, renewed);
        }
      }
    }
    const fault = await meet("before", now, life);
    if (call === "remove" && fault === null && plan.removal === "reread") {
      const found = source.sessions.get(ids);
      if (found !== undefined && (found.clocks.expires_at ?? Infinity) > NOW) {
        wrong.push(ids);
      }
    }
    return fault;
  };
  source.after = async (_call, ids) => meet("after", numbers.get(ids) ?? 0, life);

  harness.calls = plan.calls;
  harness.start("swp_1", {
    expire: [{ clock: "expires_at", after: "PT0S" }],
    brake: { percent: 100 },
    budget: { items: plan.budget },
    verify: 0,
  });
  for (
    let slice = 0;
    slice < 500 && harness.jobs.runnable(Number.MAX_SAFE_INTEGER, 1).length > 0;
    slice++
  ) {
    const hit = new Promise<void>((resolve) => {
      crash = resolve;
    });
    harness.now += 1000;
    await harness.slice(hit);
    // Whatever the dead slice still had in hand comes to rest before the next one begins.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return wrong;
}

interface Outcome {
  readonly news: SweepNews;
  readonly removed: readonly string[];
  /** Sessions that were not due when they were removed. */
  readonly wrong: readonly string[];
  /** What is due, the longest overdue first. */
  readonly due: readonly string[];
}

async function outcomeOf(plan: Course): Promise<Outcome> {
  const sessions = plan.expiries.map((minutes, index) =>
    session(id(index), NOW + minutes * 60_000),
  );
  const due = plan.expiries
    .map((minutes, index) => ({ minutes, name: id(index) }))
    .filter(({ minutes }) => minutes <= 0)
    .toSorted((a, b) => a.minutes - b.minutes || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  const found: Outcome[] = [];
  const capabilities = {
    removal: plan.removal,
    remove_batch: plan.batch,
    concurrency: plan.removal === "reread" ? 6 : 1,
  };
  await inCustodian(
    () => memorySource(sessions, capabilities, 20),
    async (harness) => {
      const wrong = await runThrough(harness, plan);
      const { removed } = harness.source as MemorySource;
      found.push({ news: harness.news("swp_1"), removed, wrong, due });
    },
  );
  const [outcome] = found;
  if (outcome === undefined) {
    throw new Error("the sweep did not run");
  }
  return outcome;
}

describe("a sweep that crashes anywhere", () => {
  test("removes what is due, each once, and counts it once", async () => {
    await fc.assert(
      fc.asyncProperty(course, async (any) => {
        const plan = { ...any, renewals: [] };
        const { news, removed, due } = await outcomeOf(plan);
        expect(news.status).toBe("completed");
        expect(removed.toSorted()).toEqual(due.slice(0, plan.budget).toSorted());
        expect(news.counts).toMatchObject({
          examined: plan.expiries.length,
          due: due.length,
          planned: Math.min(due.length, plan.budget),
        });
        const { deleted = 0, absent_after_attempt: lost = 0, ...others } = news.dispositions;
        expect(others).toEqual({});
        expect(deleted + lost).toBe(removed.length);
        // The embedded store tells exactly what it removed; upstream, a lost answer stays lost.
        expect(plan.removal === "conditional" ? lost : 0).toBe(0);
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  test("leaves what is renewed meanwhile, and still counts each once", async () => {
    await fc.assert(
      fc.asyncProperty(course, async (plan) => {
        const { news, removed, wrong } = await outcomeOf(plan);
        expect(news.status).toBe("completed");
        expect(wrong).toEqual([]);
        expect(new Set(removed).size).toBe(removed.length);
        expect(removed.length).toBeLessThanOrEqual(plan.budget);
        const {
          deleted = 0,
          absent_after_attempt: lost = 0,
          renewed = 0,
          ...others
        } = news.dispositions;
        expect(others).toEqual({});
        expect(deleted + lost).toBe(removed.length);
        expect(removed.length + renewed).toBe(news.counts.planned);
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});
