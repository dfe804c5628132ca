import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RestingTable } from "../../../src/custodian/tables/resting.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { inCustodian, keyring } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);

/** What may stop a session that is past its time, and where a sweep counts it first. */
interface Past {
  readonly isYoung: boolean;
  readonly isHeld: boolean;
  readonly isResting: boolean;
  readonly person: "jane" | "joe" | null;
}

interface Course {
  readonly past: readonly Past[];
  readonly budget: number;
  readonly latest: number | null;
  /** Whether activity is read session by session, before a session is known to be due. */
  readonly reads: boolean;
}

const course: fc.Arbitrary<Course> = fc.record({
  past: fc.array(
    fc.record({
      isYoung: fc.boolean(),
      isHeld: fc.boolean(),
      isResting: fc.boolean(),
      person: fc.constantFrom("jane" as const, "joe" as const, null),
    }),
    { maxLength: 25, size: "max" },
  ),
  budget: fc.integer({ min: 1, max: 12 }),
  latest: fc.constantFrom(null, 1, 2),
  reads: fc.boolean(),
});

function sessionOf({ person, isYoung }: Past, no: number, reads: boolean): Session {
  const at = NOW - DAY - no * 60_000;
  return session(`s${no}`, at, {
    clocks: { expires_at: at, created_at: isYoung ? at : at - 30 * DAY, last_active_at: at },
    activity_read: !reads,
    person: person === null ? [] : [{ type: "user_identifier_key", values: [person] }],
  });
}

/** What a sweep of these counts, beside one session that is not due. */
async function countsOf({ past, budget, latest, reads }: Course) {
  const sessions = past.map((one, no) => sessionOf(one, no, reads));
  const live = session("live", NOW + DAY);
  let counts: Record<string, number | null> = {};
  await inCustodian(
    () => memorySource([...sessions, live], { activity_by_session: reads }, 7),
    async (harness) => {
      const holds = sessions.flatMap(({ scope, id }, no) => {
        const selector = { kind: "session" as const, source: "client_sessions", scope, id };
        const hold = { id: `hld_${no}`, version: 1, selector, ends_at: null, public_reason: null };
        return past[no]?.isHeld === true ? [hold] : [];
      });
      harness.restraints.store({ version: 1, stamp: "s", holds, pauses: [] }, NOW);
      const resting = new RestingTable(harness.sql, keyring);
      for (const [no, one] of sessions.entries()) {
        if (past[no]?.isResting === true) {
          resting.add(one, NOW);
        }
      }
      harness.start("swp_1", {
        mode: "observe",
        expire: [{ clock: reads ? "last_active_at" : "expires_at", after: "PT0S" }],
        keep: { min_age: "P10D", ...(latest === null ? {} : { latest }) },
        budget: { items: budget },
      });
      await harness.run();
      counts = { ...harness.news("swp_1").counts };
    },
  );
  return counts;
}

describe("what a sweep counts", () => {
  test("has each session that is past its time in exactly one place", async () => {
    await fc.assert(
      fc.asyncProperty(course, async (plan) => {
        const counts = await countsOf(plan);
        const { kept, held, due, resting, beyond_budget: beyond, planned } = counts;
        // Too young to be removed whatever its activity: nobody asks about that one.
        const past = plan.past.filter(({ isYoung }) => !plan.reads || !isYoung);
        const free = past.filter(({ isYoung, isHeld }) => !isYoung && !isHeld);
        expect((resting ?? 0) + (beyond ?? 0) + (planned ?? 0)).toBe(due);
        expect((kept ?? 0) + (held ?? 0) + (due ?? 0)).toBe(past.length);
        expect(held).toBe(past.filter(({ isYoung, isHeld }) => isHeld && !isYoung).length);
        expect(resting).toBe(free.filter(({ isResting }) => isResting).length);
        // Whom `keep.latest` keeps stands neither in the plan nor beyond it.
        const newest = (kept ?? 0) - past.filter(({ isYoung }) => isYoung).length;
        const ready = free.filter(({ isResting }) => !isResting).length - newest;
        expect(plan.latest === null ? newest : 0).toBe(0);
        expect(planned).toBe(Math.min(ready, plan.budget));
        expect(beyond).toBe(Math.max(0, ready - plan.budget));
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
