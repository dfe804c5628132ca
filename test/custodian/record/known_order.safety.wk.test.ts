import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { Custodian } from "../../../src/custodian/custodian.ts";
import type { JobOrder } from "../../../src/contract/custodian.ts";
import { idsIn } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { approve, clean, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addClientSessions } from "../../support/sweep_world.ts";

// An object can be restored to any time of the last 30 days: what it would do again must be known as done.

const DAY = 86_400_000;
const engine = await openEngine();
const clients = env.CUSTODIAN.getByName("client_sessions");

beforeEach(async () => clean(engine));

async function orderOf(id: string): Promise<JobOrder> {
  const [row] = await engine.rows<{ job_order: string }>(
    "client_sessions",
    `SELECT job_order FROM jobs WHERE id = '${id}'`,
  );
  return JSON.parse(row?.job_order ?? "null") as JobOrder;
}

/** A sweep that waits, because more is due than its brake lets go. */
async function braked(): Promise<Awaited<ReturnType<typeof sweepOf>>> {
  const rows = Array.from({ length: 25 }, (_, index) => ({ id: `old${index}` }));
  await addClientSessions(rows);
  await put(engine, versionOf({ brake: { items: 10 } }));
  const report = await sweepOf(engine);
  expect(report.status).toBe("braked");
  return report;
}

test("a Registrar restored to a month ago that sends an order again has it known as done", async () => {
  const waiting = await braked();
  const order = await orderOf(waiting.id);
  expect((await approve(engine, waiting))?.status).toBe("completed");
  await addClientSessions([{ id: "since" }]);
  await runInDurableObject(clients, (_instance, { storage: { sql } }) => {
    sql.exec("UPDATE done SET at = ?", Date.now() - 31 * DAY);
  });
  // What is finished since drops what is older than it must be known.
  await put(engine, versionOf({ brake: { percent: 100 } }, "q"));
  await env.POLICIES.delete("policy:p");
  await sweepOf(engine, "q");
  await env.POLICIES.delete("policy:q");
  await addClientSessions([{ id: "later" }]);
  await clients.command({ do: "start", order });
  await clients.command({ do: "proceed", id: order.id });
  expect(await engine.rows("client_sessions", "SELECT id FROM jobs")).toEqual([]);
  await expect.poll(async () => idsIn("client_sessions")).toEqual(["later"]);
});

test("a Custodian restored to a plan that was approved, and has ended since, removes nothing by it", async () => {
  const waiting = await braked();
  const saved = await runInDurableObject(clients, (_instance, { storage: { sql } }) => ({
    jobs: sql.exec("SELECT * FROM jobs").toArray(),
    plan: sql.exec("SELECT * FROM plan").toArray(),
  }));
  expect((await approve(engine, waiting))?.status).toBe("completed");
  // The same sessions again, as the store has them after it was restored to the same time.
  await addClientSessions(Array.from({ length: 25 }, (_, index) => ({ id: `old${index}` })));
  await runInDurableObject(clients, async (instance: Custodian, { storage: { sql } }) => {
    for (const [table, rows] of Object.entries(saved)) {
      for (const row of rows) {
        const marks = Object.keys(row).map(() => "?");
        sql.exec(
          `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${marks.join(", ")})`,
          ...Object.values(row),
        );
      }
    }
    sql.exec("DELETE FROM done");
    await instance.command({ do: "proceed", id: waiting.id });
  });
  await expect
    .poll(async () => engine.rows("client_sessions", "SELECT id FROM jobs"), { timeout: 10_000 })
    .toEqual([]);
  expect(await idsIn("client_sessions")).toHaveLength(25);
  expect((await engine.registrar.sweep(waiting.id))?.status).toBe("completed");
});

/** As a Registrar has it that was restored to a time before the sweep ended: its order is to be sent. */
async function restoreRegistrar(id: string, order: JobOrder): Promise<void> {
  await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) => {
    sql.exec(
      `UPDATE sweeps SET ended = 0, seq = 0, status = 'queued',
         report = json_set(report, '$.status', 'queued', '$.finished_at', NULL) WHERE id = ?`,
      id,
    );
    sql.exec(
      "INSERT INTO commands (source, command) VALUES ('client_sessions', ?)",
      JSON.stringify({ do: "start", order }),
    );
  });
}

test("a Registrar that has lost the end of a sweep is told, and the next one begins", async () => {
  const waiting = await braked();
  const order = await orderOf(waiting.id);
  expect((await approve(engine, waiting))?.status).toBe("completed");
  await addClientSessions([{ id: "since" }]);
  await restoreRegistrar(waiting.id, order);
  await engine.tick();
  await expect
    .poll(async () => engine.registrar.sweep(waiting.id), { timeout: 10_000 })
    .toMatchObject({ status: "stopped", error: { code: "order_known" } });
  expect(await idsIn("client_sessions")).toEqual(["since"]);
  expect(await sweepOf(engine)).toMatchObject({
    status: "completed",
    dispositions: { deleted: 1 },
  });
});

test("an erasure that a restored Registrar knows nothing of ends, and whom it was about is forgotten", async () => {
  await engine.configure({ ERASURE_MAX_SESSIONS: "1" });
  await addClientSessions(["one", "two"].map((id) => ({ id, person: "jane_doe", expired: -60 })));
  const { id, status } = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
  expect(status).toBe("needs_approval");
  await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) => {
    sql.exec("DELETE FROM erasures WHERE id = ?", id);
    sql.exec("DELETE FROM erasure_parts WHERE erasure = ?", id);
  });
  await put(engine, versionOf());
  await sweepOf(engine);
  await expect
    .poll(async () => engine.rows("client_sessions", "SELECT job_order FROM jobs"), {
      timeout: 10_000,
    })
    .toEqual([]);
  expect(await idsIn("client_sessions")).toEqual(["one", "two"]);
});

test("a sweep that waits with a plan of a clock that ran ahead ends at the next tick", async () => {
  const waiting = await braked();
  await runInDurableObject(clients, (_instance, { storage: { sql } }) => {
    sql.exec(
      "UPDATE jobs SET progress = json_set(progress, '$.cutoff', ?) WHERE id = ?",
      Date.now() + DAY,
      waiting.id,
    );
  });
  await engine.tick();
  await expect
    .poll(async () => engine.registrar.sweep(waiting.id), { timeout: 10_000 })
    .toMatchObject({ status: "failed", error: { code: "cutoff_ahead" } });
  expect(await idsIn("client_sessions")).toHaveLength(25);
});
