import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Command, JobOrder } from "../../src/contract/custodian.ts";
import { Custodian } from "../../src/custodian/custodian.ts";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import { idsIn } from "../support/d1.ts";
import { openEngine } from "../support/engine.ts";
import { approve, clean, ended, put, sweepOf, versionOf } from "../support/guard_world.ts";
import { addClientSessions } from "../support/sweep_world.ts";

// What the Registrar wants of a Custodian that is away, and what it does of one that has forgotten its jobs.

const SOURCE = "client_sessions";
const engine = await openEngine();
const clients = env.CUSTODIAN.getByName(SOURCE);
const takes = Custodian.prototype.command;

beforeEach(async () => clean(engine));

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the Custodian take no command for which `isTaken` is false. */
function take(isTaken: (command: Command) => boolean): void {
  vi.spyOn(Custodian.prototype, "command").mockImplementation(async function (
    this: Custodian,
    command,
  ) {
    if (!isTaken(command)) {
      throw new Error("out of reach");
    }
    return takes.call(this, command);
  });
}

async function queued(): Promise<Command[]> {
  return runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) =>
    sql
      .exec<{ command: string }>("SELECT command FROM commands ORDER BY no")
      .toArray()
      .map(({ command }) => JSON.parse(command) as Command),
  );
}

/** Twenty-five sessions that are due, in a sweep that waits because of its brake. */
async function braked(): Promise<SweepReport> {
  await addClientSessions(Array.from({ length: 25 }, (_, index) => ({ id: `old${index}` })));
  await put(engine, versionOf({ brake: { items: 10 } }));
  const report = await sweepOf(engine);
  expect(report.status).toBe("braked");
  return report;
}

/** A Custodian that was restored to a time before it had any job. */
async function forget(): Promise<void> {
  await runInDurableObject(clients, (_instance, { storage: { sql } }) => {
    for (const table of ["jobs", "plan", "done", "outbox"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
    sql.exec("DELETE FROM timers");
    sql.exec("DELETE FROM facts WHERE name = 'news'");
  });
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

describe("an approval, and then a cancellation, for a Custodian that is away", () => {
  test("take the approval back: it removes nothing, in order, repeated or out of it", async () => {
    const waiting = await braked();
    take(() => false);
    await engine.registrar.approveSweep(waiting.id, waiting.plan_digest ?? "", "ben");
    const [proceed] = await queued();
    await engine.registrar.cancelSweep(waiting.id, "anna");
    expect(await queued()).toEqual([{ do: "stop", id: waiting.id, as: "cancelled" }]);
    vi.restoreAllMocks();
    const late = proceed as Command;
    // A delivery that was given up may still arrive: before the stop, between, and after it.
    await clients.command(late);
    const report = await ended(engine, waiting.id);
    await clients.command(late);
    await clients.command({ do: "stop", id: waiting.id, as: "cancelled" });
    expect(report).toMatchObject({ status: "cancelled", dispositions: { untouched: 25 } });
    expect(await idsIn(SOURCE)).toHaveLength(25);
  });

  test("leave nothing to approve, also where the stop was taken and forgotten", async () => {
    const waiting = await braked();
    take(() => false);
    await engine.registrar.cancelSweep(waiting.id, "anna");
    expect(
      await engine.registrar.approveSweep(waiting.id, waiting.plan_digest ?? "", "ben"),
    ).toEqual({ kind: "wrong_status", status: "braked" });
    expect(await queued()).toEqual([{ do: "stop", id: waiting.id, as: "cancelled" }]);
    await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) => {
      sql.exec("DELETE FROM commands");
    });
    vi.restoreAllMocks();
    await clients.command({ do: "proceed", id: waiting.id });
    expect(await ended(engine, waiting.id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 25 },
    });
    expect(await idsIn(SOURCE)).toHaveLength(25);
  });

  test("hold where the approval alone arrives: the Custodian asks before it begins", async () => {
    const waiting = await braked();
    take(({ do: what }) => what === "proceed");
    await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) => {
      sql.exec(
        "INSERT INTO commands (source, command) VALUES (?, ?)",
        SOURCE,
        JSON.stringify({ do: "stop", id: waiting.id, as: "cancelled" }),
      );
    });
    await clients.command({ do: "proceed", id: waiting.id });
    expect(await ended(engine, waiting.id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 25 },
    });
    expect(await idsIn(SOURCE)).toHaveLength(25);
  });

  test("are both sent where the cancellation comes while the approval is on its way", async () => {
    const waiting = await braked();
    const hanging = new Set([waiting.id]);
    vi.spyOn(Custodian.prototype, "command").mockImplementation(async function (
      this: Custodian,
      command,
    ) {
      while (command.do === "proceed" && hanging.has(command.id)) {
        await scheduler.wait(10);
      }
      // It arrives, and what it was worth is gone with the object: only the stop is to count.
      return command.do === "proceed" ? undefined : takes.call(this, command);
    });
    const { id, plan_digest: digest } = waiting;
    const approved = engine.registrar.approveSweep(id, digest ?? "", "ben");
    await vi.waitUntil(async () => (await queued()).length === 1, { timeout: 5000 });
    const cancelled = engine.registrar.cancelSweep(id, "anna");
    await vi.waitUntil(async () => (await queued())[0]?.do === "stop", { timeout: 5000 });
    hanging.clear();
    await Promise.all([approved, cancelled]);
    expect(await ended(engine, id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 25 },
    });
    expect(await idsIn(SOURCE)).toHaveLength(25);
  });

  test("end a sweep whose order was never taken, and one stop is enough", async () => {
    await addClientSessions([{ id: "old" }]);
    const version = versionOf();
    await put(engine, version);
    take(() => false);
    await engine.tick();
    const { data } = await engine.registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" });
    const id = data[0]?.id ?? "";
    const [start] = await queued();
    expect(start).toMatchObject({ do: "start", order: { id } });
    await engine.registrar.cancelSweep(id, "anna");
    await engine.registrar.cancelSweep(id, "anna");
    expect(await queued()).toEqual([{ do: "stop", id, as: "cancelled" }]);
    await env.POLICIES.delete("policy:p");
    vi.restoreAllMocks();
    expect(await ended(engine, id)).toMatchObject({ status: "cancelled", error: null });
    // The order that was given up arrives after all.
    await clients.command(start as Command);
    expect(await engine.rows(SOURCE, "SELECT id FROM jobs")).toEqual([]);
    expect(await idsIn(SOURCE)).toEqual(["old"]);
  });
});

describe("a Custodian restored to a time before a job", () => {
  test("is noticed at the next tick: the sweep ends, and another begins", async () => {
    const waiting = await braked();
    await forget();
    await engine.tick();
    expect(await ended(engine, waiting.id)).toMatchObject({
      status: "stopped",
      error: { code: "order_lost" },
      finished_at: expect.any(String),
    });
    const next = await sweepOf(engine);
    expect(next.id).not.toBe(waiting.id);
    expect((await approve(engine, next))?.status).toBe("completed");
    expect(await idsIn(SOURCE)).toEqual([]);
  });

  test("ends what it is told to remove, or to stop, and does not know", async () => {
    const waiting = await braked();
    const [row] = await engine.rows<{ job_order: string }>(SOURCE, "SELECT job_order FROM jobs");
    await forget();
    await clients.command({ do: "proceed", id: waiting.id });
    expect(await ended(engine, waiting.id)).toMatchObject({
      status: "stopped",
      error: { code: "order_lost" },
    });
    // It stays known as lost: its order does not begin anew.
    await clients.command({ do: "start", order: JSON.parse(row?.job_order ?? "") as JobOrder });
    expect(await engine.rows(SOURCE, "SELECT id FROM jobs")).toEqual([]);
    expect(await idsIn(SOURCE)).toHaveLength(25);
  });

  test("leaves no erasure open, and none that claims to have searched", async () => {
    await engine.configure({ ERASURE_MAX_SESSIONS: "1" });
    await addClientSessions(["one", "two"].map((id) => ({ id, person: "jane_doe", expired: -60 })));
    const { id, status } = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
    expect(status).toBe("needs_approval");
    await forget();
    await engine.tick();
    await vi.waitUntil(
      async () =>
        (await engine.registrar.erasure(id))?.sources[SOURCE]?.error?.code === "order_lost",
      { timeout: 10_000 },
    );
    const report = await erasureEnded(id);
    expect(report).toMatchObject({
      status: "partial",
      sources: { [SOURCE]: { status: "failed", error: { code: "order_lost" } } },
    });
    expect(await idsIn(SOURCE)).toEqual(["one", "two"]);
  });

  test("is heard again, though its numbers of news were given before", async () => {
    const waiting = await braked();
    await runInDurableObject(clients, (_instance, { storage: { sql } }) => {
      sql.exec("DELETE FROM facts WHERE name = 'news'");
    });
    expect((await approve(engine, waiting))?.status).toBe("completed");
  });
});
