import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  addRise,
  DISPOSITIONS,
  GONE,
  type DispositionCounts,
} from "../../../src/core/count/disposition.ts";
import { REMOVALS_BY, type RemovalsBy } from "../../../src/core/report/removals.ts";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { dayOf } from "../../../src/core/values/timestamp.ts";
import type { NewsItem, SweepNews } from "../../../src/contract/custodian.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { preview } from "../../support/preview_world.ts";
import { addAgentSessions, addClientSessions, sweepOnce } from "../../support/sweep_world.ts";

const DAY_MS = 86_400_000;
const engine = await openEngine();
const { registrar } = engine;
const POLICY = {
  source: "client_sessions",
  expire: [
    { clock: "expires_at", after: "PT15M" },
    { clock: "created_at", after: "P30D" },
  ],
};
const EXPIRED = "expires_at PT15M";
const OLD = "created_at P30D";

let tick = Date.now();

beforeEach(async () => {
  await emptyStore();
  await engine.configure({});
  await run((sql) => {
    for (const table of ["sweeps", "erasures", "erasure_parts"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
    sql.exec("DELETE FROM removals_by_day");
  });
});

async function run<T>(use: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));
}

const today = (): string => dayOf(Date.now());

async function sums(by: readonly RemovalsBy[], more: object = {}) {
  const days = { since: dayOf(Date.now() - 400 * DAY_MS), until: today() };
  const answer = await registrar.removals({ ...days, by, erasures: true, ...more });
  if (answer === null) {
    throw new Error("more than one answer holds");
  }
  return answer;
}

/** Some that fell due by each clause, and one of a person. */
async function fill(): Promise<void> {
  await addClientSessions([
    { id: "a" },
    { id: "b" },
    { id: "c", expired: -60, created: 60 * 24 * 60 },
    { id: "d", expired: -60, created: 5, person: "jane" },
  ]);
}

describe("removals", () => {
  test("are summed by policy, clause, source and disposition, over sweeps and erasures", async () => {
    await fill();
    await sweepOnce(engine, POLICY);
    await addAgentSessions([{ id: "x", metadata: { user_id: "jane" } }]);
    await engine.erase([{ type: "user_identifier_key", value: "jane" }]);
    const { rows, totals } = await sums(REMOVALS_BY);
    const of = { day: today(), disposition: "deleted" };
    const policy = { ...of, policy: "p", source: "client_sessions" };
    const erasure = { ...of, policy: null, clause: null, count: 1, gone: 1 };
    expect(rows).toEqual([
      { ...erasure, source: "agent_sessions" },
      { ...erasure, source: "client_sessions" },
      { ...policy, clause: OLD, count: 1, gone: 1 },
      { ...policy, clause: EXPIRED, count: 2, gone: 2 },
    ]);
    expect(totals).toEqual({ deleted: 5 });
    expect((await sums(["policy"])).rows).toEqual([
      { policy: null, count: 2, gone: 2 },
      { policy: "p", count: 3, gone: 3 },
    ]);
    expect(await sums(["policy"], { erasures: false })).toEqual({
      rows: [{ policy: "p", count: 3, gone: 3 }],
      totals: { deleted: 3 },
    });
    expect(JSON.stringify(await sums(REMOVALS_BY))).not.toMatch(
      /jane|"[abcdx]"|w1|agt_1|swp_|ers_/,
    );
  });

  test("of a preview and of a policy that observes are none", async () => {
    await fill();
    await sweepOnce(engine, { ...POLICY, mode: "observe" });
    await preview(engine, { ...POLICY, mode: "enforce" });
    expect(await sums(["policy"])).toEqual({ rows: [], totals: {} });
  });

  test("count on their day, and days outside of what is asked do not", async () => {
    await fill();
    await sweepOnce(engine, POLICY);
    const before = dayOf(Date.now() - 3 * DAY_MS);
    await run((sql) =>
      sql.exec("UPDATE removals_by_day SET day = ? WHERE clause = ?", before, OLD),
    );
    expect((await sums(["day"])).rows).toEqual([
      { day: before, count: 1, gone: 1 },
      { day: today(), count: 2, gone: 2 },
    ]);
    expect((await sums(["day"], { since: today() })).rows).toHaveLength(1);
    expect(await sums(["day"], { until: before })).toMatchObject({ totals: { deleted: 1 } });
  });

  test("go with the reports of their time", async () => {
    await fill();
    await sweepOnce(engine, POLICY);
    const age = async (days: number): Promise<number> => {
      await run((sql) =>
        sql.exec("UPDATE removals_by_day SET day = ?", dayOf(Date.now() - days * DAY_MS)),
      );
      await engine.tick((tick += 60_000));
      return (await sums(["clause"])).rows.length;
    };
    expect(await age(89)).toBe(2);
    expect(await age(91)).toBe(0);
  });

  test("are read by the index of their days, and not in more rows than one answer holds", async () => {
    await run((sql) =>
      sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999)
         INSERT INTO removals_by_day (day, policy, source, clause, disposition, count)
         SELECT date(?, '-' || (i % 400) || ' days'), 'p' || (i / 400), 's', 'c', 'deleted', 2 FROM n`,
        today(),
      ),
    );
    const request = { since: dayOf(Date.now() - 399 * DAY_MS), until: today(), erasures: true };
    expect(await registrar.removals({ ...request, by: ["day", "policy"] })).toBeNull();
    expect((await sums(["policy"])).rows).toHaveLength(30);
    expect((await sums(["day"])).totals).toEqual({ deleted: 24_000 });
    const plan = await run((sql) =>
      sql
        .exec<{ detail: string }>(
          `EXPLAIN QUERY PLAN SELECT policy, sum(count) FROM removals_by_day
           WHERE day >= '2026-01-01' AND day <= '2026-01-02' GROUP BY 1 ORDER BY 1`,
        )
        .toArray()
        .map(({ detail }) => detail),
    );
    expect(plan.join("\n")).toMatch(
      /SEARCH removals_by_day USING PRIMARY KEY \(day>\? AND day<\?\)/,
    );
  });
});

describe("the sums are those of the reports", () => {
  /** What one piece of news adds to each of two clauses. */
  const counts = fc
    .array(fc.tuple(fc.constantFrom(...DISPOSITIONS), fc.nat(20)), { maxLength: 3 })
    .map((ends) =>
      ends.reduce<DispositionCounts>((sum, [end, n]) => addRise(sum, {}, { [end]: n }), {}),
    );
  const steps = fc.array(fc.tuple(counts, counts), { minLength: 1, maxLength: 6 });

  const merge = (all: readonly DispositionCounts[]): DispositionCounts =>
    all.reduce<DispositionCounts>((sum, one) => addRise(sum, {}, one), {});

  /** The news of one sweep: each tells all that has become of its sessions so far. */
  const newsOf = (report: SweepReport, rises: readonly (readonly DispositionCounts[])[]) =>
    rises.map((_, index): SweepNews => {
      const far = rises.slice(0, index + 1);
      const byClause = report.by_clause.map((clause, place) => ({
        ...clause,
        dispositions: merge(far.map((one) => one[place] ?? {})),
      }));
      return {
        ...report,
        kind: "sweep",
        status: index + 1 === rises.length ? "completed" : "removing",
        by_clause: byClause,
        dispositions: merge(byClause.map(({ dispositions }) => dispositions)),
        account: null,
      };
    });

  test("whatever is told, however often, and in whatever order it comes", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    const template = await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
    let seq = Date.now() + 1000;
    let no = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (jobs, again) => {
          const items: NewsItem[] = [];
          const ids: string[] = [];
          await run((sql) => {
            sql.exec("DELETE FROM removals_by_day");
            for (const rises of jobs) {
              const id = `swp_property${no++}`;
              ids.push(id);
              const report = { ...template, id, dispositions: {} };
              sql.exec(
                `INSERT INTO sweeps (id, policy, source, status, trigger, report, created_at)
                 VALUES (?, 'p', 'client_sessions', 'removing', 'tick', ?, 0)`,
                id,
                JSON.stringify(report),
              );
              for (const news of newsOf(report, rises)) {
                items.push({ source: "client_sessions", seq: ++seq, news });
              }
            }
          });
          // Some come again, too late or too early, before all come in their order.
          const shuffled = again.map((place) => items[place % items.length] ?? items[0]);
          for (const item of [...shuffled, ...items]) {
            await registrar.deliver(item === undefined ? [] : [item]);
          }
          const reports = await Promise.all(ids.map(async (id) => registrar.sweep(id)));
          const told = reports.map((report) => report?.dispositions ?? {});
          const { rows, totals } = await sums(["clause", "disposition"]);
          expect(totals).toEqual(withoutNone(merge(told)));
          for (const [place, clause] of [EXPIRED, OLD].entries()) {
            const ends = reports.map((report) => report?.by_clause[place]?.dispositions ?? {});
            const own = rows.filter((row) => row.clause === clause);
            expect(
              Object.fromEntries(own.map(({ disposition, count }) => [disposition, count])),
            ).toEqual(withoutNone(merge(ends)));
            for (const { disposition = "unknown", count, gone } of own) {
              expect(gone).toBe(GONE.includes(disposition) ? count : 0);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  const withoutNone = (all: DispositionCounts): DispositionCounts => addRise({}, {}, all);

  test("over real sweeps and erasures", async () => {
    const reports: DispositionCounts[] = [];
    for (let round = 0; round < 3; round++) {
      await emptyStore();
      await fill();
      await sweepOnce(engine, { ...POLICY, budget: { items: 2 } });
    }
    const erasure = await engine.erase([{ type: "user_identifier_key", value: "jane" }]);
    const { data } = await registrar.sweeps({ limit: 100, cursor: null }, {});
    reports.push(...data.map(({ dispositions }) => dispositions));
    reports.push(...Object.values(erasure.sources).map(({ dispositions }) => dispositions));
    const { totals } = await sums(["day"]);
    expect(totals).toEqual(merge(reports));
    expect(totals.deleted).toBeGreaterThan(6);
  });
});
