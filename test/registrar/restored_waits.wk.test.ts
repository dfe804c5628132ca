import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Custodian } from "../../src/custodian/custodian.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import { idsIn } from "../support/d1.ts";
import { openEngine } from "../support/engine.ts";
import { clean, ended, put, sweepOf, versionOf } from "../support/guard_world.ts";
import { addClientSessions } from "../support/sweep_world.ts";

// A Custodian that was restored to a time at which a job waited: what it was told since is forgotten.

const SOURCE = "client_sessions";
const engine = await openEngine();

beforeEach(async () => clean(engine));

afterEach(() => {
  vi.restoreAllMocks();
});

/** Twenty-five sessions that are due, in a sweep that waits because of its brake. */
async function braked(): Promise<SweepReport> {
  await addClientSessions(Array.from({ length: 25 }, (_, index) => ({ id: `old${index}` })));
  await put(engine, versionOf({ brake: { items: 10 } }));
  const report = await sweepOf(engine);
  expect(report.status).toBe("braked");
  return report;
}

/** An erasure that was decided, and whose Custodian has taken that and was restored to a time before. */
async function erasureThatWaits(what: "approved" | "cancelled"): Promise<string> {
  await engine.configure({ ERASURE_MAX_SESSIONS: "1" });
  await addClientSessions(["one", "two"].map((id) => ({ id, person: "jane_doe", expired: -60 })));
  const { id, plan_digest: digest } = await engine.erase([
    { type: "user_identifier_key", value: "jane_doe" },
  ]);
  vi.spyOn(Custodian.prototype, "command").mockResolvedValue(undefined);
  await (what === "approved"
    ? engine.registrar.approveErasure(id, digest ?? "", "ben")
    : engine.registrar.cancelErasure(id, "ben"));
  expect(await atRegistrar("SELECT no FROM commands")).toEqual([]);
  vi.restoreAllMocks();
  return id;
}

async function atRegistrar(query: string, ...bindings: SqlStorageValue[]): Promise<unknown[]> {
  return runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) =>
    sql.exec(query, ...bindings).toArray(),
  );
}

async function tickUntil(isSo: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(
    async () => {
      await engine.tick();
      return isSo();
    },
    { timeout: 10_000, interval: 50 },
  );
}

async function erasureEnded(id: string): Promise<ErasureReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      return report !== null && report.finished_at !== null && report;
    },
    { timeout: 10_000, interval: 20 },
  );
}

describe("a Custodian restored to a time at which a job waited", () => {
  test.each([
    ["approved", "completed", []],
    ["cancelled", "cancelled", ["one", "two"]],
  ] as const)(
    "is told again that an erasure was %s, where it has forgotten that",
    async (what, as, left) => {
      const id = await erasureThatWaits(what);
      await engine.tick();
      expect(await erasureEnded(id)).toMatchObject({ status: as });
      expect(await idsIn(SOURCE)).toEqual(left);
    },
  );

  test.each(["planned", "removing", "verifying"])(
    "goes on with an approved erasure whose part was %s by the record",
    async (status) => {
      const id = await erasureThatWaits("approved");
      await atRegistrar(
        "UPDATE erasure_parts SET part = json_set(part, '$.report.status', ?) WHERE erasure = ?",
        status,
        id,
      );
      await tickUntil(async () => (await engine.registrar.erasure(id))?.finished_at !== null);
      expect(await engine.registrar.erasure(id)).toMatchObject({
        status: "completed",
        sources: { [SOURCE]: { dispositions: { deleted: 2 } } },
      });
      expect(await idsIn(SOURCE)).toEqual([]);
    },
  );

  test("goes no further with an erasure than it was let go", async () => {
    const id = await erasureThatWaits("approved");
    await atRegistrar(
      "UPDATE erasure_parts SET part = json_set(part, '$.report.status', 'removing') WHERE erasure = ?",
      id,
    );
    // It was let remove one, and the plan of the restored object has two.
    await atRegistrar(
      `UPDATE erasures SET report = json_set(report, '$.approved_by', json('[]')), state =
         json_set(state, '$.approved', json('false'), '$.allowed', json('{"client_sessions":1}')) WHERE id = ?`,
      id,
    );
    await tickUntil(async () => (await engine.registrar.erasure(id))?.status === "needs_approval");
    expect(await idsIn(SOURCE)).toEqual(["one", "two"]);
  });

  test.each(["braked", "removing"])(
    "cancels after two days a sweep that was approved and is %s by the record",
    async (status) => {
      const waiting = await braked();
      const { id, plan_digest: digest } = waiting;
      vi.spyOn(Custodian.prototype, "command").mockResolvedValue(undefined);
      await engine.registrar.approveSweep(id, digest ?? "", "ben");
      vi.restoreAllMocks();
      const waitsSince = status === "braked" ? waiting.waits_since : null;
      await atRegistrar(
        `UPDATE sweeps SET status = ?1,
           report = json_set(report, '$.status', ?1, '$.waits_since', ?2) WHERE id = ?3`,
        status,
        waitsSince,
        id,
      );
      await tickUntil(async () => (await engine.registrar.sweep(id))?.status === "braked");
      // The approval was of the plan that went: it lets nothing go, and is not given twice.
      expect(await engine.registrar.approveSweep(id, digest ?? "", "ben")).toMatchObject({
        kind: "wrong_status",
      });
      await atRegistrar(
        "UPDATE sweeps SET report = json_set(report, '$.waits_since', ?) WHERE id = ?",
        new Date(Date.now() - 48 * 3_600_000).toISOString(),
        id,
      );
      await engine.tick();
      expect(await ended(engine, id)).toMatchObject({ status: "cancelled" });
      expect(await idsIn(SOURCE)).toHaveLength(25);
    },
  );

  test("tells nothing again where the record says that its plan waits", async () => {
    await braked();
    const before = await atRegistrar("SELECT seq FROM sweeps");
    await engine.tick();
    await engine.tick();
    expect(await engine.rows(SOURCE, "SELECT name FROM timers WHERE name GLOB 'job:*'")).toEqual(
      [],
    );
    expect(await atRegistrar("SELECT seq FROM sweeps")).toEqual(before);
  });
});
