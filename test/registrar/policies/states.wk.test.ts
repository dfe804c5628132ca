import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { Policy } from "../../../src/core/policy/policy.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { addClientSessions, clearPolicies, sweepOnce } from "../../support/sweep_world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const engine = await openEngine();
const { registrar } = engine;
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "enforce",
} as const;

/** Ticks are whole minutes, each later than the one before. */
let minute = Math.floor(Date.now() / MINUTE) * MINUTE;
const nextTick = async (): Promise<number> => {
  minute += MINUTE;
  await engine.tick(minute);
  await engine.settled();
  return minute;
};

beforeEach(async () => {
  await emptyStore();
  await engine.configure({});
  await clearPolicies();
  await run((sql) => {
    for (const table of ["sweeps", "gauges", "schedule_marks", "facts", "removals_by_hour"]) {
      sql.exec(`DELETE FROM ${table} ${table === "facts" ? "WHERE name LIKE '%tick%'" : ""}`);
    }
  });
});

async function run<T>(use: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));
}

async function stateOf(policy: object = {}, id = "p") {
  const shown = Policy.parse({ ...POLICY, ...policy });
  const [state] = await registrar.policyStates([{ id, shown }]);
  if (state === undefined) {
    throw new Error("no state");
  }
  return state;
}

test("a policy that nobody has seen has an empty state", async () => {
  expect(await stateOf({}, "new")).toEqual({
    last_sweep: null,
    removals_24h: {},
    removals_7d: {},
    backlog: null,
    oldest_due_at: null,
    due_next_24h: null,
    next_run_at: null,
    waits_for: [],
  });
});

test("names the last sweep, what was removed lately, what is left and what falls due", async () => {
  await addClientSessions([
    { id: "a" },
    { id: "b" },
    { id: "c", expired: 90 },
    { id: "soon", expired: -60 },
  ]);
  const { id, created_at, finished_at } = await sweepOnce(engine, {
    ...POLICY,
    budget: { items: 1 },
  });
  const state = await stateOf();
  expect(state).toMatchObject({
    last_sweep: { id, status: "completed", created_at, finished_at },
    removals_24h: { deleted: 1 },
    removals_7d: { deleted: 1 },
    backlog: 2,
    due_next_24h: 1,
    waits_for: [],
  });
  expect(Date.now() - Date.parse(state.oldest_due_at ?? "")).toBeGreaterThan(44 * MINUTE);
});

test("counts the last 24 and 168 hours, and the hours of before go", async () => {
  await addClientSessions([{ id: "a" }]);
  await sweepOnce(engine, POLICY);
  const age = async (hours: number) => {
    const now = Math.floor(Date.now() / HOUR);
    await run((sql) => sql.exec("UPDATE removals_by_hour SET hour = ?", now - hours));
    const { removals_24h: day, removals_7d: week } = await stateOf();
    return [day, week];
  };
  expect(await age(23)).toEqual([{ deleted: 1 }, { deleted: 1 }]);
  expect(await age(24)).toEqual([{}, { deleted: 1 }]);
  expect(await age(167)).toEqual([{}, { deleted: 1 }]);
  expect(await age(168)).toEqual([{}, {}]);
  await nextTick();
  expect(await run((sql) => sql.exec("SELECT * FROM removals_by_hour").toArray())).toEqual([]);
});

test("runs next by its schedule, and without one with the ticks", async () => {
  await engine.putPolicy("p", POLICY);
  await nextTick();
  const last = await nextTick();
  expect(await stateOf()).toMatchObject({ next_run_at: new Date(last + MINUTE).toISOString() });
  const schedule = "0 * * * *";
  await engine.putPolicy("p", { ...POLICY, schedule });
  const tick = await nextTick();
  const next = new Date((Math.floor(tick / HOUR) + 1) * HOUR).toISOString();
  expect(await stateOf({ schedule })).toMatchObject({ next_run_at: next });
  // One that was missed is made up for: it has passed.
  const missed = Math.floor(tick / HOUR) * HOUR - 3 * HOUR;
  await run((sql) => sql.exec("UPDATE schedule_marks SET minute = ?", missed - HOUR));
  const late = new Date(missed).toISOString();
  expect(await stateOf({ schedule })).toMatchObject({ next_run_at: late });
  expect(await stateOf({ schedule, mode: "off" })).toMatchObject({ next_run_at: null });
});

test("says what it waits for", async () => {
  await addClientSessions([{ id: "a" }, { id: "b" }]);
  const braked = { ...POLICY, brake: { items: 1 } };
  const { id } = await sweepOnce(engine, braked);
  expect(await stateOf(braked)).toMatchObject({
    last_sweep: { id, status: "braked" },
    backlog: 2,
    waits_for: ["braked"],
  });
  await registrar.turnSwitch(
    { source: "client_sessions", pause: { until: null, reason: "a look" } },
    "anna",
  );
  expect(await stateOf({ ...braked, mode: "observe" })).toMatchObject({
    waits_for: ["paused", "braked", "observe"],
  });
  await registrar.turnSwitch({ source: "client_sessions", pause: null }, "anna");
  await registrar.cancelSweep(id, "anna");
  await expect.poll(async () => (await stateOf(braked)).waits_for).toEqual([]);
});

test("an invalid policy keeps what was counted, and runs no more", async () => {
  await addClientSessions([{ id: "a" }]);
  await sweepOnce(engine, POLICY);
  const [state] = await registrar.policyStates([{ id: "p", shown: "policy_invalid" }]);
  expect(state).toMatchObject({
    last_sweep: { status: "completed" },
    removals_24h: { deleted: 1 },
    next_run_at: null,
    waits_for: ["policy_invalid"],
  });
});

test("previews and other policies count for nothing, and each is answered in its place", async () => {
  await addClientSessions([{ id: "a" }]);
  await sweepOnce(engine, POLICY);
  const shown = Policy.parse(POLICY);
  const states = await registrar.policyStates([
    { id: "other", shown },
    { id: "p", shown },
  ]);
  expect(states.map(({ removals_7d: week }) => week)).toEqual([{}, { deleted: 1 }]);
});

test("what was removed lately is read by index", async () => {
  const plan = await run((sql) =>
    sql
      .exec<{ detail: string }>(
        `EXPLAIN QUERY PLAN SELECT disposition, sum(count) FROM removals_by_hour
         WHERE policy = 'p' AND hour > 5 GROUP BY disposition`,
      )
      .toArray()
      .map(({ detail }) => detail),
  );
  expect(plan.join("\n")).toMatch(/USING PRIMARY KEY \(policy=\? AND hour>\?\)/);
});
