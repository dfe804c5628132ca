import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  arrived,
  beginAnew,
  engine,
  POLICY,
  registrar,
  run,
  tried,
} from "../../support/callback_world.ts";
import { idsIn } from "../../support/d1.ts";
import { put, versionOf } from "../../support/guard_world.ts";
import { addClientSessions, clearPolicies } from "../../support/sweep_world.ts";

/** As if the time had come at which the next tick is missing. */
async function overdue(): Promise<void> {
  await run((sql) => sql.exec("UPDATE timers SET at = 1 WHERE name = 'tick'"));
  await runDurableObjectAlarm(registrar);
}

const timer = async (): Promise<number> =>
  run((sql) => sql.exec<{ at: number }>("SELECT at FROM timers WHERE name = 'tick'").one()).then(
    ({ at }) => at,
  );

async function told(): Promise<{ type: string; data: Record<string, unknown> }[]> {
  await tried();
  return (await arrived())
    .map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
    .filter(({ type }) => type === "tick.missing");
}

beforeEach(async () => {
  await clearPolicies();
  await beginAnew();
  await engine.putPolicy("p", { ...POLICY, mode: "enforce" });
});

describe("a cron that has stopped", () => {
  test("is told by the Registrar, which ticks itself: what is due goes all the same", async () => {
    const tick = Date.now() - 60_000;
    await engine.sweep(tick);
    await addClientSessions([{ id: "cs_1" }]);
    await overdue();
    await vi.waitUntil(async () => (await idsIn("client_sessions")).length === 0, {
      timeout: 20_000,
      interval: 50,
    });
    const last = new Date(tick).toISOString();
    expect(await told()).toMatchObject([{ data: { last_tick: last } }]);
    // What is said of the cron is not made better by that.
    expect((await registrar.health()).last_tick).toBe(last);
    await engine.settled();
  });

  test("is told once a day, and ticked for each time", async () => {
    await engine.sweep(Date.now() - 120_000);
    await overdue();
    await vi.waitUntil(async () => (await timer()) > Date.now(), { timeout: 10_000 });
    await engine.settled();
    await overdue();
    await vi.waitUntil(async () => (await timer()) > Date.now(), { timeout: 10_000 });
    await engine.settled();
    expect(await told()).toHaveLength(1);
  });
});

test("a cron that has never run is missed once there is a policy", async () => {
  await run((sql) => {
    sql.exec("DELETE FROM timers WHERE name = 'tick'");
    sql.exec("DELETE FROM facts WHERE name IN ('last_tick', 'tick_wait')");
  });
  await put(engine, versionOf());
  expect(await timer()).toBeGreaterThan(Date.now() + 3_600_000);
  await overdue();
  expect(await told()).toMatchObject([{ data: { last_tick: null } }]);
  await vi.waitUntil(
    async () =>
      (await registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" })).data.length > 0,
    { timeout: 10_000 },
  );
  await engine.settled();
});

test("a tick in time puts the time off, and nothing is told", async () => {
  await engine.sweep(Date.now() - 180_000);
  await engine.sweep();
  expect(await timer()).toBeGreaterThan(Date.now() + 4 * 60_000);
  await runDurableObjectAlarm(registrar);
  expect(await run((sql) => sql.exec("SELECT type FROM callbacks").toArray())).toEqual([]);
});

describe("an alarm that was lost", () => {
  test("of the Registrar is set again by whatever calls it", async () => {
    await engine.sweep();
    const alarm = () =>
      runInDurableObject(registrar, (_instance, { storage }) => storage.getAlarm());
    await runInDurableObject(registrar, (_instance, { storage }) => storage.deleteAlarm());
    expect(await alarm()).toBeNull();
    await registrar.health();
    expect(await alarm()).not.toBeNull();
  });

  test("of a Custodian is set again by a tick, and what was due is done", async () => {
    const custodian = env.CUSTODIAN.getByName("client_sessions");
    const alarm = await runInDurableObject(custodian, async (_instance, { storage }) => {
      storage.sql.exec("INSERT OR REPLACE INTO timers (name, at) VALUES ('recover', 1)");
      await storage.deleteAlarm();
      return storage.getAlarm();
    });
    expect(alarm).toBeNull();
    await engine.tick();
    await vi.waitUntil(
      async () =>
        (await engine.rows("client_sessions", "SELECT 1 FROM timers WHERE name = 'recover'"))
          .length === 0,
      { timeout: 10_000 },
    );
  });
});
