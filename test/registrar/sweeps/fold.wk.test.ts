import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ENDED_SWEEPS, type SweepReport } from "../../../src/core/report/sweep.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import { formatTimestamp } from "../../../src/core/values/timestamp.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { versionOf } from "../../support/guard_world.ts";
import { preview } from "../../support/preview_world.ts";
import { addClientSessions, clearPolicies } from "../../support/sweep_world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const engine = await openEngine();
const { registrar } = engine;
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "enforce",
  brake: { percent: 100 },
} as const;

let minute = Math.floor(Date.now() / MINUTE) * MINUTE;

beforeEach(async () => {
  await emptyStore();
  await engine.configure({});
  await clearPolicies();
  await run((sql) => {
    sql.exec("DELETE FROM sweeps");
    sql.exec("DELETE FROM folded_sweeps");
  });
  await engine.putPolicy("p", POLICY);
});

async function run<T>(use: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));
}

async function list(): Promise<readonly SweepReport[]> {
  return (await registrar.sweeps({ limit: 100, cursor: null }, {})).data;
}

/** A tick, whose sweep is answered when it has ended. */
async function tick(): Promise<SweepReport> {
  minute += MINUTE;
  await engine.tick(minute);
  return vi.waitUntil(
    async () => {
      const [newest] = await list();
      const is = newest?.tick === formatTimestamp(minute) && ENDED_SWEEPS.has(newest.status);
      return is ? newest : false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

async function ticks(count: number): Promise<SweepReport[]> {
  const made: SweepReport[] = [];
  for (let no = 0; no < count; no++) {
    made.push(await tick());
  }
  return made;
}

const shape = async (): Promise<(number | string)[]> =>
  (await list()).map((one) => one.folded?.ticks ?? one.trigger);

describe("ticks that find nothing", () => {
  test("are one report that counts them; each of the others answers by its id", async () => {
    const made = await ticks(5);
    const [only, ...others] = await list();
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      id: made[4]?.id,
      status: "completed",
      folded: { ticks: 5, since: made[0]?.tick },
    });
    for (const one of made) {
      expect(await registrar.sweep(one.id)).toMatchObject({ id: one.id, tick: one.tick });
    }
    const refused = { kind: "wrong_status", status: "completed" };
    expect(await registrar.cancelSweep(made[1]?.id ?? "", "anna")).toEqual(refused);
    expect(await registrar.approveSweep(made[1]?.id ?? "", "x", "anna")).toEqual(refused);
    const [state] = await registrar.policyStates([{ id: "p", shown: Policy.parse(POLICY) }]);
    expect(state?.last_sweep?.id).toBe(made[4]?.id);
  });

  test("begin anew after one that removed something, which stays as it is", async () => {
    await ticks(2);
    await addClientSessions([{ id: "a" }]);
    const work = await tick();
    await ticks(3);
    expect(await shape()).toEqual([3, "tick", 2]);
    expect((await list())[1]).toEqual(work);
    expect(work).toMatchObject({ dispositions: { deleted: 1 }, folded: null });
  });

  test("begin anew under a new version", async () => {
    await ticks(2);
    await engine.putPolicy("p", { ...POLICY, note: "another" });
    await ticks(2);
    expect(await shape()).toEqual([2, 2]);
  });

  test("fold around no sweep that a person asked for, joined or previewed", async () => {
    await ticks(2);
    const started = await registrar.startSweep(versionOf(POLICY), "anna", null);
    expect(started).toMatchObject({ kind: "started", joined: false });
    await engine.settled();
    await ticks(2);
    expect(await shape()).toEqual([2, "request", 2]);
    await preview(engine, POLICY);
    await tick();
    expect(await shape()).toEqual([3, "preview", "request", 2]);
  });

  test("of another policy fold by themselves", async () => {
    await engine.putPolicy("q", { ...POLICY, note: "q" });
    minute += MINUTE;
    await engine.tick(minute);
    await engine.settled();
    minute += MINUTE;
    await engine.tick(minute);
    await engine.settled();
    await expect.poll(shape).toEqual([2, 2]);
    expect(new Set((await list()).map(({ policy }) => policy))).toEqual(new Set(["p", "q"]));
  });
});

describe("a folded sweep", () => {
  test("is not started again by its tick", async () => {
    await ticks(3);
    const before = await run((sql) => sql.exec("SELECT id FROM folded_sweeps").toArray());
    await engine.tick(minute - 2 * MINUTE);
    await engine.settled();
    expect(await shape()).toEqual([3]);
    expect(await run((sql) => sql.exec("SELECT id FROM folded_sweeps").toArray())).toEqual(before);
  });

  test("is not changed by news that come late or again", async () => {
    const [first] = await ticks(2);
    if (first === undefined) {
      throw new Error("no sweep");
    }
    const news = { ...first, kind: "sweep", status: "removing", account: null } as const;
    const seq = Date.now() + HOUR;
    await registrar.deliver([
      { source: "client_sessions", seq, news: { ...news, dispositions: { deleted: 5 } } },
      { source: "client_sessions", seq: seq + 1, news: { kind: "lost", id: first.id, as: null } },
    ]);
    expect(await registrar.sweep(first.id)).toEqual(first);
    expect(await shape()).toEqual([2]);
  });

  test("answers for a day; the report that stands for it stays", async () => {
    const [first, last] = await ticks(2);
    const age = async (hours: number) => {
      await run((sql) =>
        sql.exec("UPDATE folded_sweeps SET created_at = ?", Date.now() - hours * HOUR),
      );
      await engine.tick(minute);
      return registrar.sweep(first?.id ?? "");
    };
    expect(await age(23.9)).toEqual(first);
    expect(await age(24.1)).toBeNull();
    expect(await registrar.sweep(last?.id ?? "")).toMatchObject({ folded: { ticks: 2 } });
  });
});

test("what is folded goes as fast as ever so many policies can fold it", async () => {
  await ticks(2);
  await run((sql) => {
    sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
       INSERT INTO folded_sweeps (id, policy, tick, report, created_at)
       SELECT 'swp_' || printf('%026d', i), policy, i, report, i FROM folded_sweeps, n`,
    );
  });
  const left = async (): Promise<number> =>
    run((sql) => Number(sql.exec("SELECT count(*) AS n FROM folded_sweeps").one()["n"]));
  const idle = { ...versionOf({ schedule: "0 0 1 1 *" }), id: "idle" };
  // And the one that has folded: six hundred, which may fold as many in the next tick.
  const policies = Array.from({ length: 599 }, (_, no) => ({ ...idle, id: `idle-${no}` }));
  await registrar.tick({ tick: minute, policies, problems: [] });
  expect(await left()).toBe(2000 - 2 * 600);
});

test("what is folded is found and removed by index", async () => {
  const plans = await run((sql) =>
    [
      "SELECT count(*) FROM folded_sweeps WHERE policy = 'p' AND tick = 5",
      "SELECT id FROM folded_sweeps WHERE created_at < 5 ORDER BY created_at LIMIT 500",
      "SELECT report FROM sweeps WHERE policy = 'p' AND id < 'x' ORDER BY id DESC LIMIT 1",
    ].map((query) =>
      sql
        .exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
        .toArray()
        .map(({ detail }) => detail)
        .join("\n"),
    ),
  );
  expect(plans).toEqual([
    expect.stringMatching(/USING COVERING INDEX folded_sweeps_by_tick \(policy=\? AND tick=\?\)/),
    expect.stringMatching(/USING COVERING INDEX folded_sweeps_by_time \(created_at<\?\)/),
    expect.stringMatching(/USING INDEX sweeps_of_policy \(policy=\? AND id<\?\)/),
  ]);
});
