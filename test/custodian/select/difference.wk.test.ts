import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { freeze, judge } from "../../../src/core/rule/due.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { emptyStore } from "../../support/d1.ts";
import { passTime, plannedIn, preview } from "../../support/preview_world.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";
import { addClientSessions, clearPolicies, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const SOURCE = "client_sessions";
const DAY_MINUTES = 1440;

function expiring(after: string, more: object = {}): object {
  return { source: SOURCE, expire: [{ clock: "expires_at", after }], ...more };
}

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await passTime(SOURCE);
  await emptyStore();
});

describe("two versions of a policy", () => {
  test("differ by what is due under the one and not under the other", async () => {
    await addClientSessions([
      { id: "old", expired: 10 * DAY_MINUTES },
      { id: "new", expired: 2 * DAY_MINUTES },
      { id: "elsewhere", expired: 10 * DAY_MINUTES, workspace: "w2" },
      { id: "live", expired: -60 },
    ]);
    const next = expiring("P1D", { match: { scope: ["w1"] } });
    const report = await preview(engine, next, expiring("P7D"));
    expect(report).toMatchObject({
      counts: { due: 2, planned: 2 },
      difference: { added: 1, removed: 1 },
    });
    const rows = await plannedIn(SOURCE, report.id);
    expect(rows.map(({ id, newly }) => [id, newly])).toEqual([
      ["old", false],
      ["new", true],
    ]);
    const added = await plannedIn(SOURCE, report.id, 1, true);
    expect(added.map(({ id }) => id)).toEqual(["new"]);
  });

  test("that say the same differ by nothing", async () => {
    await addClientSessions([{ id: "a" }, { id: "b", expired: 90 }]);
    const report = await preview(engine, expiring("PT15M"), expiring("PT15M", { verify: 7 }));
    expect(report.difference).toEqual({ added: 0, removed: 0 });
    expect((await plannedIn(SOURCE, report.id)).every(({ newly }) => newly === false)).toBe(true);
  });

  test("are compared on everything due, before the budget", async () => {
    await addClientSessions(
      Array.from({ length: 30 }, (_, index) => ({ id: `s${index}`, expired: 60 + index })),
    );
    const next = expiring("PT15M", { budget: { items: 5 } });
    expect(await preview(engine, next, expiring("P1D"))).toMatchObject({
      counts: { due: 30, planned: 5 },
      difference: { added: 30, removed: 0 },
    });
  });

  test("differ by the newest that each keeps of a person", async () => {
    await addClientSessions([
      { id: "a1", person: "a", created: 300 },
      { id: "a2", person: "a", created: 200 },
      { id: "a3", person: "a", created: 100 },
      { id: "b1", person: "b", created: 100 },
    ]);
    const two = expiring("PT15M", { keep: { latest: 2 } });
    const one = expiring("PT15M", { keep: { latest: 1 } });
    const wider = await preview(engine, one, two);
    expect(wider.difference).toEqual({ added: 1, removed: 0 });
    expect((await plannedIn(SOURCE, wider.id)).map(({ id, newly }) => [id, newly])).toEqual([
      ["a1", false],
      ["a2", true],
    ]);
    expect((await preview(engine, two, one)).difference).toEqual({ added: 0, removed: 1 });
    expect((await preview(engine, expiring("PT15M"), two)).difference).toEqual({
      added: 3,
      removed: 0,
    });
  });

  test("are not compared where only one is given", async () => {
    await addClientSessions([{ id: "a" }]);
    const report = await preview(engine, expiring("PT15M"));
    expect(report.difference).toBeNull();
    expect((await plannedIn(SOURCE, report.id)).map(({ newly }) => newly)).toEqual([null]);
    expect(await engine.rows(SOURCE, "SELECT * FROM differences")).toEqual([]);
  });
});

const days = fc.constantFrom(0, 5, 10, 20, 30, 40);
const clause = fc.record({
  clock: fc.constantFrom("last_active_at", "last_active_at", "created_at"),
  after: days.map((n) => `P${n}D`),
});
const version = fc.record({
  expire: fc.array(clause, { minLength: 1, maxLength: 3 }),
  keep: fc.option(fc.record({ min_age: days.map((n) => `P${n}D`) }), { nil: undefined }),
  match: fc.option(fc.constant({ scope: ["w"] }), { nil: undefined }),
});
const seed = fc.record({
  created: days,
  /** The list tells a lower bound, the events what is true. */
  listed: days,
  active: days,
  busy: fc.constantFrom(false, false, false, true),
  scope: fc.constantFrom("w", "w", "v"),
});

describe("whatever the versions and the sessions", () => {
  test("the difference is that of the rules over the whole truth", async () => {
    await fc.assert(
      fc.asyncProperty(
        version,
        version,
        fc.array(seed, { minLength: 20, maxLength: 40, size: "max" }),
        fc.constantFrom(3, 50),
        async (own, other, seeds, page) => {
          let told: unknown;
          let truth: unknown;
          await inCustodian(
            ({ now }) => {
              const source = memorySource(
                seeds.map(({ created, listed, busy, scope }, index) =>
                  session(`s${index}`, 0, {
                    scope,
                    busy,
                    clocks: {
                      created_at: now - created * DAY,
                      last_active_at: now - Math.max(listed, 1) * DAY,
                    },
                    activity_read: false,
                  }),
                ),
                { activity_by_session: true },
                page,
              );
              for (const [index, { listed, active }] of seeds.entries()) {
                source.active.set(`s${index}`, now - Math.min(active, Math.max(listed, 1)) * DAY);
              }
              return source;
            },
            async (harness) => {
              const policy = Policy.parse({ source: SOURCE, ...own });
              const against = Policy.parse({ source: SOURCE, ...other });
              const source = harness.source as ReturnType<typeof memorySource>;
              const due = (rule: Policy, one: Session): boolean =>
                judge(freeze(rule, harness.now), {
                  ...one,
                  activity_read: true,
                  clocks: { ...one.clocks, last_active_at: source.active.get(one.id) ?? null },
                }).kind === "due";
              const all = [...source.sessions.values()];
              truth = {
                added: all.filter((one) => due(policy, one) && !due(against, one)).length,
                removed: all.filter((one) => !due(policy, one) && due(against, one)).length,
              };
              harness.start("swp_1", { ...policy, mode: "observe" }, harness.now, {
                preview: true,
                other: against,
              });
              await harness.run();
              expect(harness.broken).toEqual([]);
              told = harness.news("swp_1").difference;
              expect(source.removed).toEqual([]);
            },
          );
          expect(told).toEqual(truth);
        },
      ),
      { numRuns: 100 },
    );
  });
});
