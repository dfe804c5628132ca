import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/config.ts";
import { platform } from "../../../src/platform/runtime.ts";
import { openTables } from "../../../src/registrar/records.ts";
import { healthOf } from "../../../src/registrar/signals/health.ts";
import { countedSql } from "../../support/counted_sql.ts";
import { openEngine } from "../../support/engine.ts";
import { clean } from "../../support/guard_world.ts";
import { addClientSessions, sweepOnce } from "../../support/sweep_world.ts";

const engine = await openEngine();
const { registrar } = engine;
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };
const PAUSE = { until: null, reason: "an incident" };

const run = async <T>(use: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));

beforeEach(async () => {
  await clean(engine);
  await run((sql) => {
    for (const table of ["sweeps", "erasures", "gauges", "facts"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
  });
});

test("costs next to nothing with ten thousand sweeps and a thousand erasures that have ended", async () => {
  await addClientSessions([{ id: "a" }, { id: "b" }]);
  await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
  await run((sql) => {
    const fill = (count: number): string =>
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    sql.exec(
      `${fill(10_000)} INSERT INTO sweeps (id, policy, source, status, trigger, seq, report, created_at, ended)
       SELECT 'swp_0' || i, 'q', 'client_sessions', 'stalled', 'tick', 1,
              json_object('id', 'swp_0' || i, 'policy', 'q', 'status', 'stalled', 'trigger', 'tick'), i, 1 FROM n`,
    );
    sql.exec(
      `INSERT INTO gauges (policy, source, since, ended_as) VALUES ('q', 'client_sessions', 1, 'stalled')`,
    );
    sql.exec(
      `${fill(1000)} INSERT INTO erasures (id, status, identifiers, report, state, due_at)
       SELECT 'ers_0' || i, 'needs_approval', NULL, '{}', '{}', i FROM n`,
    );
  });
  const { found, read } = await runInDurableObject(registrar, (_instance, { storage }) => {
    const counted = countedSql(storage.sql);
    const proxy = new Proxy(storage, {
      get: (target, name) =>
        name === "sql" ? counted.sql : (Reflect.get(target, name, target) as unknown),
    });
    const tables = openTables(proxy, platform);
    counted.touched();
    const { attention } = healthOf({ ...tables, config: parseConfig({}), log: () => {} });
    return { found: attention.map(({ code }) => code), read: counted.touched().read };
  });
  expect(found).toEqual(["stalled", "braked"]);
  expect(read).toBeLessThan(100);
});

test("many are counted beyond the first hundred, each by its code", async () => {
  await registrar.turnSwitch({ source: null, pause: PAUSE }, "anna");
  await run((sql) => {
    sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
       INSERT INTO erasures (id, status, identifiers, report, state, due_at)
       SELECT 'ers_0' || i, 'needs_approval', '[]', '{}', '{}', i FROM n`,
    );
  });
  const { attention, attention_more: more } = await registrar.health();
  expect(attention).toHaveLength(100);
  expect(attention[0]?.code).toBe("paused");
  const shown = (code: string): number => attention.filter((one) => one.code === code).length;
  for (const code of ["needs_approval", "erasure_late"] as const) {
    expect(shown(code) + (more[code] ?? 0)).toBe(250);
  }
  const samples = (await registrar.metrics()).filter(({ name }) => name === "lethe_attention");
  const values = Object.fromEntries(samples.map(({ labels, value }) => [labels["code"], value]));
  expect(values).toMatchObject({ paused: 1, needs_approval: 250, erasure_late: 250, braked: 0 });
});
