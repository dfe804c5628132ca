import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesHold, type Hold, type HoldSelector } from "../../src/core/hold/hold.ts";
import type { SweepNews, TooLate } from "../../src/contract/custodian.ts";
import type { SessionRef } from "../../src/core/session/session.ts";
import type { CallRemoval, Removal } from "../../src/sources/source.ts";
import { inCustodian, type Harness } from "../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../support/sweep_memory.ts";

// A hold, a pause or the silence of the Registrar at any point of a sweep: before and after each call of the
// source, in the middle of others, with crashes in between. What is asked: nothing that was held or paused
// when its call went out is removed, and what was under way is told as too late, no more and no less.

const NOW = Date.UTC(2026, 7, 1);

/** A session to be removed; by batch, as it was planned. */
type Planned = SessionRef & { readonly version?: number };
const NAMES = new Set(["client_sessions"]);

interface Point {
  readonly at: number;
  readonly when: "before" | "after";
}

interface Course {
  readonly removal: "reread" | "conditional";
  readonly selective: boolean;
  readonly batch: number;
  /** With a pace, every call waits for its turn. */
  readonly per_second: number | null;
  /** Whose each session is. */
  readonly people: readonly ("jane" | "john" | "nobody")[];
  readonly holds: readonly (Point & { readonly selector: HoldSelector })[];
  /** At which call which session becomes Jane's. */
  readonly adoptions: readonly (Point & { readonly index: number })[];
  readonly pause: Point | null;
  readonly crash: Point | null;
  /** Slices that the Registrar does not confirm. */
  readonly silent: readonly number[];
}

const point = {
  at: fc.integer({ min: 0, max: 45 }),
  when: fc.constantFrom("before" as const, "after" as const),
};

const selector: fc.Arbitrary<HoldSelector> = fc.oneof(
  fc.nat({ max: 19 }).map((index): HoldSelector => ({
    kind: "session",
    source: "client_sessions",
    scope: "w",
    id: id(index),
  })),
  fc.constant<HoldSelector>({
    kind: "subject",
    identifiers: [{ type: "user_identifier_key", value: "jane" }],
  }),
  fc.constant<HoldSelector>({ kind: "metadata", source: null, fields: { user: "jane" } }),
  fc.constant<HoldSelector>({ kind: "scope", source: "client_sessions", globs: ["w*"] }),
);

const course: fc.Arbitrary<Course> = fc.record({
  removal: fc.constantFrom("reread" as const, "conditional" as const),
  selective: fc.boolean(),
  batch: fc.integer({ min: 1, max: 7 }),
  per_second: fc.constantFrom(null, 50),
  people: fc.array(fc.constantFrom("jane" as const, "john" as const, "nobody" as const), {
    minLength: 1,
    maxLength: 20,
    size: "max",
  }),
  holds: fc.array(fc.record({ ...point, selector }), { maxLength: 3 }),
  adoptions: fc.array(fc.record({ ...point, index: fc.nat({ max: 19 }) }), { maxLength: 3 }),
  pause: fc.option(fc.record(point)),
  crash: fc.option(fc.record(point)),
  silent: fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 3 }),
});

function id(index: number): string {
  return `s${String(index).padStart(2, "0")}`;
}

function ofPerson(index: number, person: string, version = 1) {
  const named = person === "nobody" ? [] : [{ type: "user_identifier_key", values: [person] }];
  return session(id(index), NOW - DAY, { person: named, metadata: { user: person }, version });
}

interface Outcome {
  readonly news: SweepNews;
  readonly removed: readonly string[];
  readonly left: readonly string[];
  /** Sessions that went although a guard said no when their call went out. */
  readonly wrong: readonly string[];
  readonly late: readonly TooLate[];
  /** By hold: what it matches of what calls removed that were under way when it was stored. */
  readonly overtaken: ReadonlyMap<string, readonly string[]>;
}

/** Runs one sweep, with everything that happens on the way. */
async function runThrough(harness: Harness, plan: Course): Promise<Outcome> {
  const source = harness.source as MemorySource;
  const wrong: string[] = [];
  const overtaken = new Map<string, string[]>();
  const never = new Promise<never>(() => undefined);
  let made = 0;
  let life = 0;
  let version = 0;
  let isPaused = false;
  let crash = (): void => undefined;
  let holds: readonly Hold[] = [];

  const store = (): void => {
    version += 1;
    const stamp = `grd_${version}`;
    const pause = {
      id: stamp,
      source: null,
      version,
      until: null,
      by: "root",
      reason: "incident",
      at: NOW,
    };
    const pauses = isPaused ? [pause] : [];
    harness.restraints.store({ version, stamp, holds, pauses }, harness.now);
  };
  const isHeld = (name: string, under: readonly Hold[]): boolean => {
    const found = source.sessions.get(name);
    return found !== undefined && under.some((hold) => matchesHold(hold.selector, NAMES, found));
  };
  const meet = async (when: Point["when"], now: number, of: number): Promise<null> => {
    if (of !== life) {
      return never;
    }
    const placed = plan.holds.filter(({ at, when: then }) => at === now && then === when);
    if (placed.length > 0 && plan.crash === null && plan.pause === null) {
      // Its message is a task of its own: it never comes between an answer and the turn that takes it. Where
      // the object crashes or pauses, calls of the life before would go on meanwhile: there it comes at once.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    for (const one of placed) {
      const hold: Hold = {
        id: `hld_${holds.length}`,
        version: version + 1,
        selector: one.selector,
        ends_at: null,
        public_reason: null,
      };
      holds = holds.concat(hold);
      overtaken.set(hold.id, []);
      store();
    }
    if (plan.pause?.at === now && plan.pause.when === when) {
      isPaused = true;
      store();
    }
    if (plan.crash?.at === now && plan.crash.when === when && life === 0) {
      life += 1;
      crash();
    }
    return of === life ? null : never;
  };

  const calls = new Map<
    string,
    { readonly refs: readonly Planned[]; readonly holds: readonly Hold[] }
  >();
  // What is true in the turn in which the engine makes the call, before anything is awaited.
  const watched = async (
    refs: readonly Planned[],
    call: () => Promise<readonly Removal[]>,
  ): Promise<readonly Removal[]> => {
    if (isPaused || !harness.confirmed) {
      wrong.push(...refs.map((ref) => `stopped ${ref.id}`));
    }
    if (plan.removal === "reread") {
      wrong.push(...refs.filter((ref) => isHeld(ref.id, holds)).map((ref) => ref.id));
    }
    const asked = { refs, holds };
    calls.set(refs.map((ref) => ref.id).join(" "), asked);
    const seen = new Map(refs.map((ref) => [ref.id, source.sessions.get(ref.id)]));
    const removals = await call();
    for (const [index, ref] of refs.entries()) {
      const found = seen.get(ref.id);
      for (const hold of holds.filter((one) => !asked.holds.includes(one))) {
        const isMatch = found !== undefined && matchesHold(hold.selector, NAMES, found);
        if (removals[index]?.kind === "deleted" && isMatch) {
          overtaken.get(hold.id)?.push(ref.id);
        }
      }
    }
    return removals;
  };
  if (source.removes === "by_batch") {
    const { remove } = source;
    source.remove = async (refs, ...rest) => watched(refs, async () => remove(refs, ...rest));
  } else {
    const { remove } = source;
    source.remove = async (ref, turn) => {
      let removal: CallRemoval | undefined;
      await watched([ref], async () => [(removal = await remove(ref, turn))]);
      if (removal === undefined) {
        throw new Error("nothing was removed");
      }
      return removal;
    };
  }
  let inCall = 0;
  // Between a read and its removal lies the wait for a turn: a guard may come there, too.
  harness.slept = async () => {
    await meet("before", made++, life);
  };
  source.before = async (call, names) => {
    const now = made++;
    for (const { index } of plan.adoptions.filter(({ at }) => at === now)) {
      const found = source.sessions.get(id(index));
      // Between a read and its removal a change goes unseen where nothing compares: that race is the provider's.
      if (found !== undefined && plan.removal === "conditional") {
        source.sessions.set(found.id, ofPerson(index, "jane", found.version + 1));
      }
    }
    inCall = now;
    const fault = await meet("before", now, life);
    const asked = call === "remove" ? calls.get(names) : undefined;
    for (const ref of asked?.refs ?? []) {
      const found = source.sessions.get(ref.id);
      const isPlanned = plan.removal === "reread" || found?.version === ref.version;
      if (isPlanned && isHeld(ref.id, asked?.holds ?? [])) {
        wrong.push(ref.id);
      }
    }
    return fault;
  };
  source.after = async () => meet("after", inCall, life);

  harness.perSecond = plan.per_second;
  harness.start("swp_1", {
    expire: [{ clock: "expires_at", after: "PT0S" }],
    brake: { percent: 100 },
    verify: 0,
  });
  let late: readonly TooLate[] = [];
  for (
    let slice = 0;
    slice < 300 && harness.jobs.runnable(Number.MAX_SAFE_INTEGER, 1).length > 0;
    slice++
  ) {
    const hit = new Promise<void>((resolve) => {
      crash = resolve;
    });
    harness.confirmed = !plan.silent.includes(slice);
    harness.now += 700_000;
    await harness.slice(hit);
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (isPaused) {
      isPaused = false;
      store();
    }
    late = harness.restraints.flights.tooLate(harness.restraints.copy, 0).list();
  }
  return {
    news: harness.news("swp_1"),
    removed: source.removed,
    left: [...source.sessions.keys()],
    wrong: [...new Set(wrong)],
    late,
    overtaken,
  };
}

async function outcomeOf(plan: Course): Promise<Outcome> {
  const found: Outcome[] = [];
  await inCustodian(
    () =>
      memorySource(
        plan.people.map((person, index) => ofPerson(index, person)),
        {
          removal: plan.removal,
          selective: plan.selective,
          remove_batch: plan.removal === "reread" ? 1 : plan.batch,
          concurrency: plan.removal === "reread" ? 6 : 1,
        },
        7,
      ),
    async (harness) => {
      found.push(await runThrough(harness, plan));
    },
  );
  const [outcome] = found;
  if (outcome === undefined) {
    throw new Error("the sweep did not run");
  }
  return outcome;
}

describe("a guard that comes at any point of a sweep", () => {
  test("nothing goes that it binds when its call is made, and everything else does", async () => {
    await fc.assert(
      fc.asyncProperty(course, async (plan) => {
        const { news, removed, left, wrong } = await outcomeOf(plan);
        expect(wrong).toEqual([]);
        expect(news.status).toBe("completed");
        const {
          deleted = 0,
          absent_after_attempt: lost = 0,
          held = 0,
          ...others
        } = news.dispositions;
        expect(others).toEqual({});
        expect(deleted + lost).toBe(removed.length);
        // What a hold kept is counted, in the selection or at the removal, and nothing else stays.
        expect(news.counts.held + held).toBe(left.length);
        expect(news.counts.due).toBe(news.counts.planned);
        expect(news.counts.due + news.counts.held).toBe(plan.people.length);
      }),
      { numRuns: 400 },
    );
  }, 240_000);

  test("what it came too late for is told, each session once", async () => {
    await fc.assert(
      fc.asyncProperty(course, async (any) => {
        const plan = { ...any, crash: null, pause: null };
        const { late, overtaken } = await outcomeOf(plan);
        const told = new Map(late.map((one) => [one.restraint, one]));
        for (const [restraint, ids] of overtaken) {
          const { count = 0, unknown = 0, sessions = [] } = told.get(restraint) ?? {};
          // A batch that was not read before it went tells only how many it may have been.
          expect(sessions.map((one) => one.id).every((one) => ids.includes(one))).toBe(true);
          expect(count).toBe(sessions.length);
          expect(count + unknown).toBeGreaterThanOrEqual(ids.length);
          expect(plan.removal === "reread" ? unknown : 0).toBe(0);
          expect(plan.removal === "reread" ? count : ids.length).toBe(ids.length);
        }
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});
