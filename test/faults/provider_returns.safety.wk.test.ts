import { afterEach, describe, expect, test } from "vitest";
import type { EffectRule } from "../fakes/faults.ts";
import { startFake } from "../support/fake_client.ts";
import {
  daysAgo,
  isDue,
  runCourse,
  seamProvider,
  vectaraProvider,
  type Provider,
  type Seed,
} from "../support/provider_world.ts";

const seam = seamProvider(await startFake("seam"));
const vectara = vectaraProvider(await startFake("vectara"));

afterEach(async () => {
  await seam.fake.reset();
  await vectara.fake.reset();
});

const DUE = [1, 2, 3, 4].map((n): Seed => ({ n, clock: daysAgo(60 + n) }));
const LIVE: Seed = { n: 9, clock: daysAgo(2) };
const BACK = 2;
const RENEWED = daysAgo(-5);

/** The session that comes back as soon as it has been removed. */
function returning(provider: Provider, at: string | null): EffectRule[] {
  return provider
    .returning(BACK, at)
    .map((effect) => ({ when: "after", match: provider.removal(BACK), effect }));
}

describe.each([seam, vectara])("a session of $name that returns after its removal", (provider) => {
  const goes = (n: number): string => provider.id(n);

  test("as due as it was: it is seen again, and goes with the next sweep", async () => {
    await provider.seed([...DUE, LIVE]);
    const outcome = await runCourse(provider, {
      effects: returning(provider, null),
      policy: { verify: 100 },
    });
    expect(outcome.first).toMatchObject({
      status: "completed",
      dispositions: { deleted: 4 },
      verified: { read: 4, seen_again: 1 },
    });
    expect(outcome.left_at_first).toEqual([goes(BACK), goes(LIVE.n)].toSorted());
    expect(outcome.later).toMatchObject({
      dispositions: { deleted: 1 },
      verified: { read: 1, seen_again: 0 },
    });
    expect(outcome.left).toEqual([goes(LIVE.n)]);
  });

  test("renewed: it stays, in this sweep and in the next", async () => {
    await provider.seed([...DUE, LIVE]);
    const outcome = await runCourse(provider, {
      effects: returning(provider, RENEWED),
      policy: { verify: 100 },
    });
    expect(outcome.first.verified).toEqual({ read: 4, seen_again: 1 });
    expect(outcome.later).toMatchObject({ counts: { due: 0 }, dispositions: {} });
    expect(outcome.left).toEqual([goes(BACK), goes(LIVE.n)].toSorted());
    expect(outcome.removed.filter(({ clock }) => !isDue(clock))).toEqual([]);
  });

  test("as due as it was, and the answer to its removal is lost: it is removed again", async () => {
    await provider.seed([...DUE, LIVE]);
    const outcome = await runCourse(provider, {
      faults: [{ kind: "reset_after", match: provider.removal(BACK) }],
      effects: returning(provider, null),
    });
    expect(outcome.first).toMatchObject({ status: "completed", dispositions: { deleted: 4 } });
    expect(outcome.removed.filter(({ id }) => id === goes(BACK))).toHaveLength(2);
    expect(outcome.left).toEqual([goes(LIVE.n)]);
  });

  test("renewed, and the answer to its removal is lost: it stays, as renewed", async () => {
    await provider.seed([...DUE, LIVE]);
    const outcome = await runCourse(provider, {
      faults: [{ kind: "reset_after", match: provider.removal(BACK) }],
      effects: returning(provider, RENEWED),
    });
    expect(outcome.first).toMatchObject({
      status: "completed",
      dispositions: { deleted: 3, renewed: 1 },
    });
    expect(outcome.removed.filter(({ id }) => id === goes(BACK))).toHaveLength(1);
    expect(outcome.left).toEqual([goes(BACK), goes(LIVE.n)].toSorted());
  });

  test("each time: every sweep removes it once, and says that it is there again", async () => {
    await provider.seed([...DUE, LIVE]);
    const [effect] = returning(provider, null);
    const always = { ...effect, times: "always" } as EffectRule;
    const outcome = await runCourse(provider, { effects: [always], policy: { verify: 100 } });
    expect(outcome.first).toMatchObject({
      status: "completed",
      dispositions: { deleted: 4 },
      verified: { seen_again: 1 },
    });
    expect(outcome.removed.filter(({ id }) => id === goes(BACK))).toHaveLength(2);
  });
});
