import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createTables } from "../../../src/custodian/tables/schema.ts";
import { addClientSessions, clearPolicies, openWorld } from "../../support/sweep_world.ts";
import { emptyStore, idsIn } from "../../support/d1.ts";
import { put, sweepOf, textOf } from "../../support/guard_world.ts";

const engine = await openWorld();

/** The plan as the first version made it. */
const FIRST_PLAN = `CREATE TABLE plan (
  job INTEGER NOT NULL, seq INTEGER NOT NULL, scope TEXT NOT NULL, id TEXT NOT NULL,
  version INTEGER NOT NULL, clause INTEGER NOT NULL, due_at INTEGER NOT NULL, state INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0, disposition TEXT, cursor TEXT,
  PRIMARY KEY (job, seq)) WITHOUT ROWID`;

test("a Custodian over the tables of the first version sweeps on", async () => {
  await clearPolicies();
  await emptyStore();
  await runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), (_instance, state) => {
    const { sql } = state.storage;
    sql.exec("DROP TABLE plan");
    sql.exec(FIRST_PLAN);
    createTables(sql);
    createTables(sql);
  });
  await addClientSessions([{ id: "a" }, { id: "b" }]);
  await put(engine, textOf());
  expect(await sweepOf(engine)).toMatchObject({
    status: "completed",
    dispositions: { deleted: 2 },
  });
  expect(await idsIn("client_sessions")).toEqual([]);
});

test("a Custodian that remembered removals in one tree begins its memory anew, and sweeps on", async () => {
  await clearPolicies();
  await emptyStore();
  await runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), (_instance, state) => {
    const { sql } = state.storage;
    sql.exec("DROP TABLE removals");
    sql.exec(`CREATE TABLE removals (session BLOB PRIMARY KEY, job INTEGER NOT NULL,
      disposition TEXT NOT NULL, at INTEGER NOT NULL, clause INTEGER, due_at INTEGER) WITHOUT ROWID`);
    createTables(sql);
    createTables(sql);
  });
  await addClientSessions([{ id: "a" }]);
  await put(engine, textOf());
  expect(await sweepOf(engine)).toMatchObject({
    status: "completed",
    dispositions: { deleted: 1 },
  });
  await runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), (_instance, state) => {
    expect(state.storage.sql.exec("SELECT disposition FROM removals").toArray()).toEqual([
      { disposition: "deleted" },
    ]);
  });
});
