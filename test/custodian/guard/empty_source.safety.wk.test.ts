import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { countUpTo } from "../../../src/sources/d1/count_and_read.ts";
import { clientSessionTable } from "../../../src/sources/d1/client_session_table.ts";
import { ok } from "../../../src/core/values/result.ts";
import { store } from "../../support/d1.ts";
import { approve, clean, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { inCustodian, type Harness } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = { expire: [{ clock: "expires_at", after: "P1D" }], brake: { percent: 100 } };

/** A source that lists everything, with so many sessions that are not due. */
function live(count: number): MemorySource {
  return memorySource(
    Array.from({ length: count }, (_, index) => session(`s${index}`, NOW + 90 * DAY)),
  );
}

async function over(
  count: number,
  use: (harness: Harness, source: MemorySource) => Promise<void>,
): Promise<void> {
  const source = live(count);
  await inCustodian(
    () => source,
    async (harness) => use(harness, source),
  );
}

describe("a source that lists nothing", () => {
  test("and held a hundred the last time stops the sweep, which waits", async () => {
    await over(120, async (harness, source) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      expect(harness.news("swp_1")).toMatchObject({ status: "completed", guard: null });
      source.sessions.clear();
      harness.start("swp_2", POLICY);
      await harness.run();
      expect(harness.news("swp_2")).toMatchObject({
        status: "braked",
        guard: { code: "source_empty", held: 120 },
        counts: { examined: 0, planned: 0 },
      });
    });
  });

  test("is reported by a sweep that observes, too", async () => {
    await over(120, async (harness, source) => {
      harness.start("swp_1", { ...POLICY, mode: "observe" });
      await harness.run();
      source.sessions.clear();
      harness.start("swp_2", { ...POLICY, mode: "observe" });
      await harness.run();
      expect(harness.news("swp_2")).toMatchObject({
        status: "observed",
        guard: { code: "source_empty", held: 120 },
      });
    });
  });

  test("is believed once a person has approved it", async () => {
    await over(120, async (harness, source) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      source.sessions.clear();
      harness.start("swp_2", POLICY);
      await harness.run();
      harness.jobs.wish("swp_2", { do: "proceed" });
      harness.wake("swp_2");
      await harness.run();
      expect(harness.news("swp_2")).toMatchObject({ status: "completed", dispositions: {} });
      harness.start("swp_3", POLICY);
      await harness.run();
      expect(harness.news("swp_3")).toMatchObject({ status: "completed", guard: null });
    });
  });

  test.each<[string, number]>([
    ["held fewer", 99],
    ["was never read before", 0],
  ])("and %s is taken at its word", async (_, count) => {
    await over(count, async (harness, source) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      source.sessions.clear();
      harness.start("swp_2", POLICY);
      await harness.run();
      expect(harness.news("swp_2")).toMatchObject({ status: "completed", guard: null });
    });
  });

  test("because Lethe itself removed them is no outage", async () => {
    await over(0, async (harness, source) => {
      for (let index = 0; index < 150; index++) {
        source.sessions.set(`s${index}`, session(`s${index}`, NOW - 9 * DAY));
      }
      for (const id of ["swp_1", "swp_2"]) {
        harness.start(id, { ...POLICY, budget: { items: 149 } });
        await harness.run();
      }
      harness.start("swp_3", POLICY);
      await harness.run();
      expect(harness.news("swp_3")).toMatchObject({
        status: "completed",
        guard: null,
        counts: { examined: 0 },
      });
    });
  });

  test("for a week is believed at last, and not by whoever first looks after a week", async () => {
    await over(120, async (harness, source) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      source.sessions.clear();
      harness.now += 8 * DAY;
      const look = async (id: string) => {
        harness.start(id, POLICY);
        await harness.run();
        const { guard } = harness.news(id);
        if (guard !== null) {
          harness.jobs.wish(id, { do: "stop", as: "cancelled" });
          harness.wake(id);
          await harness.run();
        }
        return guard;
      };
      const isEmpty = { code: "source_empty", held: 120 };
      expect(await look("swp_2")).toEqual(isEmpty);
      harness.now += 8 * DAY;
      for (let day = 0; day < 8; day++) {
        expect(await look(`swp_day_${day}`)).toEqual(isEmpty);
        harness.now += DAY;
      }
      expect(await look("swp_last")).toBeNull();
    });
  });
});

describe("the embedded store", () => {
  let engine: Awaited<ReturnType<typeof openWorld>>;
  const many = Array.from({ length: 120 }, (_, index) => ({ id: `s${index}`, expired: -9000 }));

  const forgetHeld = async (): Promise<void> =>
    runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), (_instance, state) => {
      state.storage.sql.exec("DELETE FROM facts WHERE name = 'held'");
    });

  beforeEach(async () => {
    engine = await openWorld();
    await clean(engine);
    await forgetHeld();
  });

  test("that is found empty waits, until a person approves", async () => {
    await addClientSessions(many);
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", guard: null });
    await store.prepare("DELETE FROM client_sessions").run();
    const waits = await sweepOf(engine);
    expect(waits).toMatchObject({
      status: "braked",
      guard: { code: "source_empty", held: 120 },
    });
    expect(await approve(engine, waits)).toMatchObject({ status: "completed" });
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", guard: null });
  });

  test("that is found empty waits, although sessions without a date were counted within the hour", async () => {
    await addClientSessions([...many, { id: "undated", expired: null }]);
    // Counts are kept for an hour under the version that asked for them.
    await put(engine, versionOf({ expire: [{ clock: "expires_at", after: "PT7S" }] }));
    expect(await sweepOf(engine)).toMatchObject({ counts: { undated: 1 }, guard: null });
    await store.prepare("DELETE FROM client_sessions").run();
    expect(await sweepOf(engine)).toMatchObject({
      status: "braked",
      guard: { code: "source_empty", held: 121 },
    });
  });

  test.each<[string, number, number, number]>([
    ["one session was removed", 1, 120, 120],
    ["most of what was counted was removed", 1950, 1000, 1000],
    ["more was removed than is ever counted", 2300, 2100, 2000],
  ])("that is found empty after %s waits, too", async (_, due, left, held) => {
    await addClientSessions([
      ...Array.from({ length: due }, (_one, index) => ({ id: `due${index}` })),
      ...Array.from({ length: left }, (_one, index) => ({ id: `s${index}`, expired: -9000 })),
    ]);
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ dispositions: { deleted: due } });
    await env.CUSTODIAN.getByName("client_sessions").removeNow({ scope: "w1", id: "s0" });
    await store.prepare("DELETE FROM client_sessions").run();
    const waits = await sweepOf(engine);
    expect(waits).toMatchObject({ status: "braked", guard: { code: "source_empty" } });
    expect(waits.guard).toMatchObject({ held: held - 1 });
  });

  test("whose plan of nothing was approved has made no wider version trusted", async () => {
    await addClientSessions([{ id: "due" }]);
    await put(engine, versionOf({ expire: [{ clock: "expires_at", after: "PT1S" }] }));
    expect(await sweepOf(engine)).toMatchObject({ dispositions: { deleted: 1 } });
    await forgetHeld();
    await addClientSessions(many);
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", guard: null });
    await store.prepare("DELETE FROM client_sessions").run();
    await put(engine, versionOf());
    await approve(engine, await sweepOf(engine));
    const { data } = await engine.registrar.policyVersions("p", 2, null);
    expect(data.map(({ trusted_at: at }) => at)).toEqual([null, expect.any(String)]);
  });

  test("is looked at again after an hour, so that nothing is held up by an outage that is over", async () => {
    await addClientSessions(many);
    await put(engine, versionOf());
    await sweepOf(engine);
    await store.prepare("DELETE FROM client_sessions").run();
    const waits = await sweepOf(engine);
    await addClientSessions([...many, { id: "due" }]);
    expect((await sweepOf(engine)).id).toBe(waits.id);
    await runInDurableObject(engine.registrar, (_instance, state) => {
      state.storage.sql.exec(
        "UPDATE sweeps SET report = json_set(report, '$.waits_since', ?) WHERE id = ?",
        new Date(Date.now() - 3_700_000).toISOString(),
        waits.id,
      );
    });
    await engine.tick();
    await expect
      .poll(async () => (await engine.registrar.sweep(waits.id))?.status, { timeout: 10_000 })
      .toBe("cancelled");
    expect(await sweepOf(engine)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1 },
    });
  });

  test("that callers emptied through its own routes is no outage", async () => {
    await addClientSessions(many.slice(0, 101));
    await put(engine, versionOf());
    await sweepOf(engine);
    const custodian = env.CUSTODIAN.getByName("client_sessions");
    for (const id of ["s0", "s1"]) {
      await custodian.removeNow({ scope: "w1", id });
    }
    await store.prepare("DELETE FROM client_sessions").run();
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", guard: null });
  });

  test("tells whether it holds so many by reading no more than that", async () => {
    await addClientSessions(many);
    let rows = 0;
    const counting = new Proxy(store, {
      get: (target, key) =>
        key === "prepare"
          ? (query: string) => ({
              bind: (...values: unknown[]) => ({
                first: async () => {
                  const { meta, results } = await target
                    .prepare(query)
                    .bind(...values)
                    .all();
                  rows += meta.rows_read;
                  return results[0];
                },
              }),
            })
          : Reflect.get(target, key),
    });
    const turn = { spend: () => ok(undefined), ended: () => undefined } as never;
    const asking = { db: counting, table: clientSessionTable, config: {} as never, turn };
    expect(await countUpTo(asking, 1)).toEqual(ok(1));
    expect(rows).toBeLessThanOrEqual(2);
    expect(await countUpTo(asking, 120)).toEqual(ok(120));
    expect(await countUpTo(asking, 121)).toEqual(ok(120));
    await store.prepare("DELETE FROM client_sessions").run();
    expect(await countUpTo(asking, 1)).toEqual(ok(0));
  });
});
