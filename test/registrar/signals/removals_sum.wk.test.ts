import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import { GONE } from "../../../src/core/count/disposition.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import {
  REMOVALS_BY,
  type RemovalsBy,
  type RemovalsRow,
} from "../../../src/core/report/removals.ts";
import { dayOf } from "../../../src/core/values/timestamp.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { preview } from "../../support/preview_world.ts";
import { addAgentSessions, addClientSessions, clearPolicies } from "../../support/sweep_world.ts";

// Some days of a deployment in small: the sums are held against the reports of all that was done.

const engine = await openEngine();
const { registrar } = engine;
const CLIENTS = {
  source: "client_sessions",
  expire: [
    { clock: "expires_at", after: "PT15M" },
    { clock: "created_at", after: "P30D" },
  ],
  mode: "enforce",
  budget: { items: 3 },
  brake: { percent: 100 },
} as const;
const AGENTS = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
  mode: "enforce",
  brake: { percent: 100 },
} as const;
const JANE = { type: "user_identifier_key", value: "jane" };

let tick = Math.floor(Date.now() / 60_000) * 60_000;
const erasures: ErasureReport[] = [];

async function ticks(count: number): Promise<void> {
  for (let no = 0; no < count; no++) {
    tick += 60_000;
    await engine.sweep(tick);
  }
}

beforeAll(async () => {
  await emptyStore();
  await clearPolicies();
  await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    for (const table of [
      "sweeps",
      "folded_sweeps",
      "erasures",
      "erasure_parts",
      "removals_by_day",
    ]) {
      sql.exec(`DELETE FROM ${table}`);
    }
  });
  await engine.putPolicy("clients", CLIENTS);
  await engine.putPolicy("agents", AGENTS);
  for (let round = 0; round < 3; round++) {
    await addClientSessions([
      ...Array.from({ length: 4 }, (_, no) => ({ id: `due${round}-${no}` })),
      { id: `old${round}`, expired: -60, created: 60 * 24 * 60 },
      { id: `jane${round}`, expired: -60, created: 5, person: "jane" },
    ]);
    await addAgentSessions([
      { id: `idle${round}` },
      { id: `used${round}`, active: 5, metadata: { user_id: "jane" } },
    ]);
    await ticks(4);
    // It forgets all that it has in memory, and goes on with what is stored.
    await evictDurableObject(registrar);
    await preview(engine, { ...CLIENTS, expire: [{ clock: "created_at", after: "PT0S" }] });
    await engine.erase([JANE], { dry_run: true });
    erasures.push(await engine.erase([JANE]));
  }
  // A plan that waits, whose sessions are left as they are by a cancellation.
  await addClientSessions([{ id: "left-1" }, { id: "left-2" }]);
  await engine.putPolicy("clients", { ...CLIENTS, brake: { items: 1 } });
  await ticks(1);
  const { data } = await registrar.sweeps({ limit: 100, cursor: null }, { status: ["braked"] });
  await registrar.cancelSweep(data[0]?.id ?? "", "anna");
  await engine.putPolicy("clients", { ...CLIENTS, mode: "observe" });
  await ticks(2);
});

type Row = Readonly<Record<RemovalsBy, string | null>>;

/** One row for each end of each clause of each report. */
async function told(): Promise<(Row & { readonly count: number })[]> {
  const day = dayOf(Date.now());
  const { data } = await registrar.sweeps({ limit: 100, cursor: null }, {});
  const swept = data
    .filter(({ trigger }) => trigger !== "preview")
    .flatMap(({ policy, source, by_clause: clauses }) =>
      clauses.flatMap(({ clock, after, dispositions }) =>
        Object.entries(dispositions).map(([disposition, count]) => {
          const clause = `${clock} ${after}`;
          return { day, policy, source, clause, disposition, count };
        }),
      ),
    );
  const erased = erasures.flatMap(({ sources }) =>
    Object.entries(sources).flatMap(([source, { dispositions }]) =>
      Object.entries(dispositions).map(([disposition, count]) => ({
        day,
        policy: null,
        source,
        clause: null,
        disposition,
        count,
      })),
    ),
  );
  return [...swept, ...erased];
}

const FIELDS = [...REMOVALS_BY, "count", "gone"] as const;
const inOrder = (rows: readonly Partial<RemovalsRow>[]): string[] =>
  rows.map((row) => JSON.stringify(FIELDS.map((name) => row[name] ?? null))).toSorted();

async function sumsBy(by: readonly RemovalsBy[]): Promise<Partial<RemovalsRow>[]> {
  const sums = new Map<string, Partial<RemovalsRow> & { count: number; gone: number }>();
  for (const row of await told()) {
    const names = Object.fromEntries(by.map((name) => [name, row[name]]));
    const key = JSON.stringify(names);
    const sum = sums.get(key) ?? { ...names, count: 0, gone: 0 };
    const isGone = GONE.some((one) => one === row.disposition);
    sum.count += row.count;
    sum.gone += isGone ? row.count : 0;
    sums.set(key, sum);
  }
  return [...sums.values()].filter(({ count }) => count > 0);
}

/** Each choice of what the sums are told apart by. */
const SUBSETS = Array.from({ length: 2 ** REMOVALS_BY.length - 1 }, (_, chosen) =>
  REMOVALS_BY.filter((__, place) => ((chosen + 1) >> place) % 2 === 1),
);

test("there was something to sum: removals of both clauses, of persons, what was left, and ticks that folded", async () => {
  const rows = await told();
  const clauses = new Set(rows.map(({ clause }) => clause));
  expect(clauses).toEqual(
    new Set(["expires_at PT15M", "created_at P30D", "last_active_at P30D", null]),
  );
  const ends = new Set(rows.map(({ disposition }) => disposition));
  expect([ends.has("deleted"), ends.has("untouched")]).toEqual([true, true]);
  const { data } = await registrar.sweeps({ limit: 100, cursor: null }, {});
  expect(data.some(({ folded }) => (folded?.ticks ?? 0) > 1)).toBe(true);
  expect(data.filter(({ trigger }) => trigger === "preview")).toHaveLength(3);
});

test.each(SUBSETS.map((by) => [by.join(","), by] as const))(
  "removals by %s are the sums of the reports",
  async (_, by) => {
    const today = dayOf(Date.now());
    const request = { since: today, until: today, erasures: true, by };
    const answer = await registrar.removals(request);
    expect(inOrder(answer?.rows ?? [])).toEqual(inOrder(await sumsBy(by)));
    const totals = Object.fromEntries(
      (await sumsBy(["disposition"])).map(({ disposition, count }) => [disposition, count]),
    );
    expect(answer?.totals).toEqual(totals);
  },
);
