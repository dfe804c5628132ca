import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { emptyStore } from "../support/d1.ts";
import { openEngine } from "../support/engine.ts";
import { addClientSessions, sweepOnce } from "../support/sweep_world.ts";

const DAY = 86_400_000;
const engine = await openEngine();
const { registrar } = engine;
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };

let tick = Date.now();

beforeEach(async () => {
  await emptyStore();
  await engine.configure({});
  await run((sql) => sql.exec("DELETE FROM sweeps"));
});

async function run<T>(use: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));
}

async function age(days: number): Promise<void> {
  await run((sql) => sql.exec("UPDATE sweeps SET created_at = created_at - ?", days * DAY));
}

async function kept(): Promise<number> {
  await engine.tick((tick += 60_000));
  await engine.settled();
  return run((sql) =>
    sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM sweeps WHERE created_at < ?",
        Date.now() - DAY,
      )
      .one(),
  ).then(({ n }) => n);
}

test("reports go after 90 days, and not before", async () => {
  await addClientSessions([{ id: "a" }]);
  await sweepOnce(engine, POLICY);
  await age(89.9);
  expect(await kept()).toBe(1);
  await run((sql) => sql.exec("UPDATE sweeps SET created_at = created_at - ?", 0.2 * DAY));
  expect(await kept()).toBe(0);
});

test.each([
  ["P7D", 8, 0],
  ["P1Y", 200, 1],
  ["a year", 4000, 1],
  ["PT1H", 4000, 1],
])("REPORTS_KEPT %j keeps a report of %i days: %i", async (value, days, expected) => {
  await engine.configure({ REPORTS_KEPT: value });
  // A report of work: one that found nothing due would fold into the next.
  await addClientSessions([{ id: "a" }]);
  await sweepOnce(engine, POLICY);
  await age(days);
  expect(await kept()).toBe(expected);
});

test("a sweep that has not ended keeps its report, however old", async () => {
  await addClientSessions([{ id: "a" }, { id: "b" }]);
  const { id } = await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
  await age(400);
  expect(await kept()).toBe(1);
  expect(await registrar.sweep(id)).toMatchObject({ status: "braked" });
});

test("one tick removes 500 at most, and reads no more than those and what it does anyway", async () => {
  const { id } = await sweepOnce(engine, POLICY);
  await run((sql) => {
    sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO sweeps (id, policy, source, status, trigger, tick, seq, report, created_at, ended)
       SELECT 'swp_' || printf('%026d', i), policy, source, status, trigger, NULL, seq, report,
              created_at - CASE WHEN i <= 700 THEN ? ELSE 0 END, 1
       FROM sweeps, n WHERE id = ?`,
      100 * DAY,
      id,
    );
  });
  expect(await kept()).toBe(200);
  expect(await kept()).toBe(0);
  const plan = await run((sql) =>
    sql
      .exec<{ detail: string }>(
        `EXPLAIN QUERY PLAN SELECT id FROM sweeps WHERE ended = 1 AND created_at < 1
         ORDER BY created_at LIMIT 500`,
      )
      .toArray()
      .map(({ detail }) => detail),
  );
  expect(plan.join("\n")).toMatch(/USING COVERING INDEX sweeps_ended \(created_at<\?\)/);
});

test("counters of a policy that is gone go with its reports; those of one that runs stay", async () => {
  await addClientSessions([{ id: "a" }]);
  await sweepOnce(engine, POLICY);
  const removals = async (): Promise<number> =>
    (await registrar.metrics()).filter(
      ({ name, labels }) => name === "lethe_removals_total" && labels["policy"] === "p",
    ).length;
  await run((sql) => sql.exec("UPDATE counters SET at = at - ?", 100 * DAY));
  await engine.tick((tick += 60_000));
  expect(await removals()).toBe(1);
  await engine.putPolicy("p", { ...POLICY, mode: "off" });
  await engine.tick((tick += 60_000));
  // Its sweeps of these ticks have counted anew.
  await engine.settled();
  await run((sql) => sql.exec("UPDATE counters SET at = at - ?", 100 * DAY));
  await engine.tick((tick += 60_000));
  expect(await removals()).toBe(0);
});
