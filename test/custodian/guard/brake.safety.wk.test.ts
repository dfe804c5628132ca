import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { emptyStore, idsIn, store } from "../../support/d1.ts";
import { readVersion } from "../../../src/kv/policies.ts";
import { policyTargets } from "../../../src/kv/targets.ts";
import { parseConfig } from "../../../src/config/config.ts";
import {
  addClientSessions,
  clearPolicies,
  openWorld,
  renewClient,
  sweepOnce,
  writePolicy,
} from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { items: 3 },
};

function named(prefix: string, count: number, expired = 60) {
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}${String(index).padStart(3, "0")}`,
    expired: expired + index,
  }));
}

async function braked(policy: object = POLICY): Promise<SweepReport> {
  const report = await sweepOnce(engine, policy);
  expect(report.status).toBe("braked");
  return report;
}

/** Approval and cancellation travel: the report ends when its Custodian has told so. */
async function ended(id: string): Promise<SweepReport | null> {
  await expect
    .poll(async () => (await registrar.sweep(id))?.finished_at, { timeout: 10_000 })
    .not.toBeNull();
  return registrar.sweep(id);
}

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  for (const { id } of await engine.settled()) {
    await ended(id);
  }
  await emptyStore();
  await engine.configure({});
});

describe("the brake", () => {
  test("by items: removes nothing and waits", async () => {
    await addClientSessions(named("s", 4));
    const report = await braked();
    expect(report).toMatchObject({
      guard: { code: "brake_items", due: 4, limit: 3 },
      counts: { due: 4, planned: 4 },
      dispositions: {},
      finished_at: null,
    });
    expect(await idsIn("client_sessions")).toHaveLength(4);
  });

  test("by items: judged on everything due, before the budget", async () => {
    await addClientSessions(named("s", 40));
    const report = await braked({ ...POLICY, brake: { items: 30 }, budget: { items: 10 } });
    expect(report).toMatchObject({
      guard: { code: "brake_items", due: 40, limit: 30 },
      counts: { due: 40, planned: 10 },
    });
  });

  test("by percent: of the whole population, from 100 due up", async () => {
    await addClientSessions([...named("due", 120), ...named("live", 100, -9000)]);
    const report = await braked({ ...POLICY, brake: {} });
    expect(report.guard).toEqual({ code: "brake_percent", due: 120, matched: 220, limit: 50 });
  });

  test("by percent: below the share it goes ahead", async () => {
    await addClientSessions([...named("due", 120), ...named("live", 130, -9000)]);
    expect(await sweepOnce(engine, { ...POLICY, brake: {} })).toMatchObject({
      status: "completed",
      guard: null,
      dispositions: { deleted: 120 },
    });
  });

  test("by percent: of what match selects, not of the rest of the source", async () => {
    await addClientSessions([
      ...named("due", 110),
      ...named("live", 300, -9000).map((row) => ({ ...row, workspace: "elsewhere" })),
    ]);
    const report = await braked({ ...POLICY, brake: {}, match: { scope: ["w1"] } });
    expect(report.guard).toEqual({ code: "brake_percent", due: 110, matched: 110, limit: 50 });
  });

  test("leaves small numbers alone", async () => {
    await addClientSessions(named("due", 99));
    expect(await sweepOnce(engine, { ...POLICY, brake: {} })).toMatchObject({
      status: "completed",
      dispositions: { deleted: 99 },
    });
  });
});

describe("the approval of a braked sweep", () => {
  test("removes the planned sessions that are still due, and nothing else", async () => {
    await addClientSessions(named("s", 5));
    const { id, plan_digest: digest } = await braked();
    await renewClient("s001");
    await store.prepare("DELETE FROM client_sessions WHERE client_session_id = 's002'").run();
    await addClientSessions([{ id: "new", expired: 9999 }]);
    expect(await registrar.approveSweep(id, digest ?? "", "operator")).toMatchObject({
      kind: "done",
      report: { approved_by: [{ name: "operator" }] },
    });
    expect(await ended(id)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 3, renewed: 1, already_absent: 1 },
      approved_by: [{ name: "operator" }],
    });
    expect(await idsIn("client_sessions")).toEqual(["new", "s001"]);
  });

  test("cites the plan: another digest is refused, and nothing goes", async () => {
    await addClientSessions(named("s", 5));
    const { id } = await braked();
    expect(await registrar.approveSweep(id, "0".repeat(64), "operator")).toEqual({
      kind: "wrong_digest",
    });
    expect(await idsIn("client_sessions")).toHaveLength(5);
    expect(await registrar.approveSweep("swp_unknown", "", "operator")).toEqual({
      kind: "not_found",
    });
  });

  test("is another person's where two are asked for", async () => {
    await engine.configure({ FOUR_EYES: "on" });
    await addClientSessions(named("s", 5));
    await clearPolicies();
    const { sources } = parseConfig({ ...env });
    const loaded = readVersion("written", { mode: "enforce", ...POLICY }, policyTargets(sources));
    if (!loaded.ok) {
      throw new Error("the policy of this test is not valid");
    }
    await engine.putPolicy("written", loaded.value.policy);
    await writePolicy(engine, "written", loaded.value, "writer");
    const [report] = await engine.sweep();
    const { id = "", plan_digest: digest } = report ?? {};
    expect(report).toMatchObject({ policy: "written", status: "braked" });
    expect(await registrar.approveSweep(id, digest ?? "", "writer")).toEqual({ kind: "same_key" });
    expect(await idsIn("client_sessions")).toHaveLength(5);
    expect(await registrar.approveSweep(id, digest ?? "", "second")).toMatchObject({
      kind: "done",
    });
    expect(await ended(id)).toMatchObject({ status: "completed", dispositions: { deleted: 5 } });
  });

  test("is taken once, and not after the end", async () => {
    await addClientSessions(named("s", 5));
    const { id, plan_digest: digest } = await braked();
    const answers = await Promise.all(
      ["first", "second"].map(async (actor) => registrar.approveSweep(id, digest ?? "", actor)),
    );
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["done", "wrong_status"]);
    await ended(id);
    expect(await registrar.approveSweep(id, digest ?? "", "third")).toEqual({
      kind: "wrong_status",
      status: "completed",
    });
  });
});

describe("a braked sweep that nobody approves", () => {
  test("is joined by the next ticks", async () => {
    await addClientSessions(named("s", 5));
    const { id } = await braked();
    const [latest] = await engine.sweep();
    expect(latest?.id).toBe(id);
  });

  test("is cancelled by a person, and its sessions are untouched", async () => {
    await addClientSessions(named("s", 5));
    const { id, plan_digest: digest } = await braked();
    expect(await registrar.cancelSweep(id, "operator")).toMatchObject({ kind: "done" });
    expect(await ended(id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 5 },
    });
    expect(await registrar.approveSweep(id, digest ?? "", "late")).toMatchObject({
      kind: "wrong_status",
    });
    expect(await registrar.cancelSweep(id, "operator")).toEqual({
      kind: "wrong_status",
      status: "cancelled",
    });
    expect(await idsIn("client_sessions")).toHaveLength(5);
  });

  test("is cancelled when the version of its policy changes, and a new one is planned", async () => {
    await addClientSessions(named("s", 5));
    const { id } = await braked();
    await engine.putPolicy("p", { ...POLICY, mode: "enforce", brake: { items: 4 } });
    await engine.tick();
    expect(await ended(id)).toMatchObject({ status: "cancelled" });
    const [next] = await engine.sweep();
    expect(next).toMatchObject({ status: "braked", guard: { limit: 4 } });
    expect(await idsIn("client_sessions")).toHaveLength(5);
  });

  test("waits its day from when it began to, however long its plan took", async () => {
    await addClientSessions(named("s", 5));
    const { id } = await braked();
    await runInDurableObject(registrar, (_instance, state) => {
      state.storage.sql.exec(
        "UPDATE sweeps SET report = json_set(report, '$.created_at', ?) WHERE id = ?",
        new Date(Date.now() - 3 * 86_400_000).toISOString(),
        id,
      );
    });
    await engine.tick();
    await engine.tick();
    const waits = await registrar.sweep(id);
    expect(waits).toMatchObject({ status: "braked", waits_since: expect.any(String) });
    await registrar.approveSweep(id, waits?.plan_digest ?? "", "ben");
    expect(await ended(id)).toMatchObject({ dispositions: { deleted: 5 }, waits_since: null });
  });

  test("does not wait for a clock that ran ahead when it began to", async () => {
    await addClientSessions(named("s", 5));
    const { id } = await braked();
    await runInDurableObject(registrar, (_instance, state) => {
      state.storage.sql.exec(
        "UPDATE sweeps SET report = json_set(report, '$.waits_since', ?) WHERE id = ?",
        new Date(Date.now() + 400 * 86_400_000).toISOString(),
        id,
      );
    });
    await engine.tick();
    expect(await ended(id)).toMatchObject({ status: "cancelled" });
  });

  test("is cancelled after a day", async () => {
    await addClientSessions(named("s", 5));
    const { id } = await braked();
    await runInDurableObject(registrar, (_instance, state) => {
      const [row] = state.storage.sql
        .exec<{ report: string }>("SELECT report FROM sweeps WHERE id = ?", id)
        .toArray();
      const report = JSON.parse(row?.report ?? "{}") as SweepReport;
      const since = new Date(Date.now() - 86_400_000 - 60_000).toISOString();
      state.storage.sql.exec(
        "UPDATE sweeps SET report = ? WHERE id = ?",
        JSON.stringify({ ...report, waits_since: since }),
        id,
      );
    });
    await engine.tick();
    expect(await ended(id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 5 },
    });
    expect(await idsIn("client_sessions")).toHaveLength(5);
  });
});

describe("observe", () => {
  test("reaches no removal: it reports what it would do, guard and all", async () => {
    await addClientSessions(named("s", 5));
    const before = await store.prepare("SELECT * FROM client_sessions").all();
    const writes: string[] = [];
    await engine.useStore(watched(writes));
    expect(await sweepOnce(engine, { ...POLICY, mode: "observe" })).toMatchObject({
      mode: "observe",
      status: "observed",
      guard: { code: "brake_items", due: 5, limit: 3 },
      counts: { due: 5, planned: 5 },
      dispositions: {},
    });
    expect(await sweepOnce(engine, { ...POLICY, mode: "observe", brake: {} })).toMatchObject({
      status: "observed",
      guard: null,
    });
    expect(writes).toEqual([]);
    expect((await store.prepare("SELECT * FROM client_sessions").all()).results).toEqual(
      before.results,
    );
    expect((await store.prepare("SELECT * FROM removal_batches").all()).results).toEqual([]);
  });
});

/** A store that notes every statement which is not a SELECT. */
function watched(writes: string[]): D1Database {
  return new Proxy(store, {
    get(target, key) {
      if (key === "prepare") {
        return (query: string) => {
          if (!/^\s*(SELECT|WITH)/i.test(query)) {
            writes.push(query);
          }
          return target.prepare(query);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
