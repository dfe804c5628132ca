import { afterEach, describe, expect, test } from "vitest";
import { startFake } from "../worker/fake_client.ts";
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
} from "./provider_world.ts";

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
