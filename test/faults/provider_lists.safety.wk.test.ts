import { afterEach, describe, expect, test } from "vitest";
import { startFake } from "../support/fake_client.ts";
import {
  accounted,
  daysAgo,
  isDue,
  runCourse,
  seamProvider,
  vectaraProvider,
  type Course,
  type Provider,
  type Seed,
} from "../support/provider_world.ts";

const seam = seamProvider(await startFake("seam"));
const vectara = vectaraProvider(await startFake("vectara"));

afterEach(async () => {
  await seam.fake.reset();
  await vectara.fake.reset();
});

const DUE = Array.from({ length: 40 }, (_, n): Seed => ({ n, clock: daysAgo(100 - n) }));
const LIVE = Array.from({ length: 20 }, (_, n): Seed => ({ n: 100 + n, clock: daysAgo(n - 5) }));
/** Due and live ones in turn. */
const ALL = [...DUE, ...LIVE].toSorted((a, b) => (a.n % 20) - (b.n % 20));

const idsOf = (provider: Provider, seeds: readonly Seed[]): string[] =>
  seeds.map(({ n }) => provider.id(n)).toSorted();

/** Runs a course over `ALL`, and holds it to what must be true of every one. */
async function hold(provider: Provider, course: Course) {
  await provider.seed(ALL);
  const outcome = await runCourse(provider, course);
  const { first, later, left, removed } = outcome;
  expect(removed.filter(({ clock }) => !isDue(clock))).toEqual([]);
  expect(new Set(removed.map(({ id }) => id)).size).toBe(removed.length);
  expect(accounted(first)).toBe(first.plan_digest === null ? 0 : first.counts.planned);
  expect(later.status).toBe("completed");
  expect(left).toEqual(idsOf(provider, LIVE));
  return outcome;
}

/** How lists lie, and the fewest due sessions that they show. */
const COURSES: readonly [string, Course["lists"], number][] = [
  ["repeats every row", { repeat: 3 }, 40],
  ["skips rows", { skip_every: 3 }, 25],
  ["comes in another order", { shuffle: true }, 40],
  ["repeats, skips and comes in another order", { repeat: 2, skip_every: 4, shuffle: true }, 28],
];

describe.each([seam, vectara])("a list of $name", (provider) => {
  test.each(COURSES)("that %s", async (_what, lists = {}, fewest) => {
    const { first } = await hold(provider, { lists });
    expect(first.status).toBe("completed");
    expect(first.dispositions).toEqual({ deleted: first.counts.planned });
    expect(first.counts.due).toBe(first.counts.planned);
    expect(first.counts.due).toBeGreaterThanOrEqual(fewest);
    expect(first.counts.due).toBeLessThanOrEqual(DUE.length);
  });

  test("that repeats, with a budget that many repeats would fill", async () => {
    const policy = { budget: { items: 5 } };
    await provider.seed(ALL);
    const {
      first,
      left_at_first: left,
      removed,
    } = await runCourse(provider, {
      lists: { repeat: 60 },
      policy,
    });
    expect(first).toMatchObject({
      status: "completed",
      counts: { planned: 5 },
      dispositions: { deleted: 5 },
    });
    // The longest overdue first, whatever the list repeats; what was pruned may be counted again.
    expect(first.counts.due).toBeGreaterThanOrEqual(DUE.length);
    expect(left).toEqual(idsOf(provider, [...DUE.slice(5), ...LIVE]));
    expect(removed).toHaveLength(10);
    // A session's activity is read when it is weighed and again before it goes, not once a repeat.
    expect((await provider.fake.calls()).length).toBeLessThan(250);
  });
});

describe("a list that never ends", () => {
  test.each([
    ["seam", seam, { list_ms: 300 }],
    ["vectara", vectara, { pages: 20 }],
  ] as const)("at %s: nothing is planned from it", async (_name, provider, limits) => {
    const { first } = await hold(provider, { lists: { endless: true }, limits });
    expect(first).toMatchObject({
      status: "stalled",
      error: { code: "stalled" },
      plan_digest: null,
      dispositions: {},
    });
  });
});

describe("a list that changes while it is read", () => {
  const many = (count: number, more = {}): Seed[] =>
    Array.from({ length: count }, (_, n) => ({ n, clock: daysAgo(100 - n / 10), more }));
  const fresh = (n: number) => ({ key: vectara.id(n), created_at: daysAgo(1) });

  test("vectara: rows that are made and go between two pages move the others", async () => {
    await vectara.seed(many(450));
    const page = (skip: number) => ({ skip, match: vectara.list });
    const { first, later, left, removed } = await runCourse(vectara, {
      options: { session_order: "newest_first" },
      effects: [
        // Two new ones before the second page, so that it repeats two rows of the first.
        ...[901, 902].map((n) => ({
          ...page(1),
          effect: { do: "add", agent_key: "agt_a", id: vectara.id(n), session: fresh(n) },
        })),
        // Three of the first page go before the third, which then skips three rows.
        ...[449, 448, 447].map((n) => ({
          ...page(2),
          effect: { do: "delete", agent_key: "agt_a", id: vectara.id(n) },
        })),
      ],
    });
    // What has gone meanwhile is not due any more; what was skipped is left to the next sweep.
    expect(first.counts).toMatchObject({ examined: 449, due: 444, planned: 444 });
    expect(first.dispositions).toEqual({ deleted: 444 });
    expect(later.dispositions).toEqual({ deleted: 3 });
    expect(removed.filter(({ clock }) => !isDue(clock))).toEqual([]);
    expect(left).toEqual([901, 902].map((n) => vectara.id(n)));
  });

  test("seam: rows that come into a stream that is under way are judged like the others", async () => {
    // Large rows, so that the stream comes in several pieces.
    await seam.seed(many(150, { note: "x".repeat(2000) }));
    const running = runCourse(seam, {
      faults: [{ kind: "slow", chunk_delay_ms: 200, match: seam.list }],
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await seam.seed([
      { n: 901, clock: daysAgo(2) },
      { n: 902, clock: daysAgo(200) },
    ]);
    const { first, left, removed } = await running;
    expect(first.counts.examined).toBe(152);
    expect(first.dispositions).toEqual({ deleted: first.counts.due });
    expect(removed.filter(({ clock }) => !isDue(clock))).toEqual([]);
    expect(left).toEqual([seam.id(901)]);
  });
});
