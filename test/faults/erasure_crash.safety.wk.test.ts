import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import { Custodian } from "../../src/custodian/custodian.ts";
import { openEngine } from "../support/engine.ts";
import {
  embeddedWorld,
  JANE,
  OF_JANE,
  upstreamWorld,
  type World,
} from "../support/erasure_world.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const worlds = [embeddedWorld(), upstream];
const SOURCES = ["client_sessions", "agent_sessions"];

async function open(): Promise<string> {
  return engine.open([JANE]);
}

const { alarm } = Custodian.prototype;
const unconfigured = new Set<string>();

beforeEach(() => {
  // One that came up before it is configured would be another deployment.
  vi.spyOn(Custodian.prototype, "alarm").mockImplementation(async function (this: Custodian) {
    while (unconfigured.size > 0) {
      await scheduler.wait(1);
    }
    await alarm.call(this);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Kills a Custodian in the middle of whatever it is doing: what it has not committed is lost. */
async function kill(source: string, vars: Readonly<Record<string, string>>): Promise<void> {
  const stub = env.CUSTODIAN.getByName(source);
  unconfigured.add(source);
  const dying = runInDurableObject(stub, (_instance, state) => {
    state.abort("killed by the test");
  });
  await expect(dying).rejects.toThrow("killed by the test");
  await engine.configure(vars);
  unconfigured.delete(source);
}

/** Takes every object down, the Custodians in the middle of whatever they are doing. */
async function crash(vars: Readonly<Record<string, string>>): Promise<void> {
  await evictDurableObject(engine.registrar);
  for (const name of SOURCES) {
    await kill(name, vars);
  }
}

/** What a tick does after a crash, long before the alarm of the dead slice would. */
async function wake(): Promise<void> {
  await runDurableObjectAlarm(engine.registrar);
  for (const name of SOURCES) {
    await env.CUSTODIAN.getByName(name).wake([]);
  }
}

async function ended(id: string): Promise<ErasureReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      if (report !== null && report.finished_at !== null) {
        return report;
      }
      await wake();
      return false;
    },
    { timeout: 25_000, interval: 30 },
  );
}

function varsOf(world: World): Readonly<Record<string, string>> {
  const own: Readonly<Record<string, string>> = world.isEmbedded ? {} : upstream.vars;
  const source = { settle_seconds: 0, ...(world.isEmbedded ? {} : { per_second: 2000 }) };
  return {
    ...own,
    SOURCES: JSON.stringify({ client_sessions: source, agent_sessions: source }),
  };
}

const MANY = 40;

async function fill(world: World): Promise<void> {
  await world.clients(
    ...Array.from({ length: MANY }, (_, n) => ({
      name: `jane ${n}`,
      user_identifier_key: "jane_doe",
    })),
    { name: "bob", user_identifier_key: "bob" },
  );
  await world.agents(
    ...Array.from({ length: MANY }, (_, n) => ({ at: `agt_a/ase_${n}`, metadata: OF_JANE })),
    ...Array.from({ length: MANY }, (_, n) => ({
      at: `agt_b/ase_child_${n}`,
      child_of: `agt_a/ase_${n}`,
    })),
    { at: "agt_b/ase_bob", metadata: { user_id: "bob" } },
  );
}

function total(report: ErasureReport, source: string): number {
  return Object.values(report.sources[source]?.dispositions ?? {}).reduce((sum, n) => sum + n, 0);
}

describe.each(worlds)("an erasure over crashes ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine);
  });

  test.each([0, 1, 4, 16, 64, 128])(
    "ends right and counts once, when both objects die after %i turns and again",
    async (turns) => {
      await fill(world);
      const id = await open();
      for (let again = 0; again < 3; again++) {
        for (let turn = 0; turn < turns; turn++) {
          await Promise.resolve();
          await engine.registrar.erasure(id);
        }
        await crash(varsOf(world));
        await wake();
      }
      const report = await ended(id);
      expect(report.status).toBe("completed");
      expect(report.sources["client_sessions"]?.found).toBe(MANY);
      expect(report.sources["agent_sessions"]?.found).toBe(2 * MANY);
      expect(total(report, "client_sessions")).toBe(MANY);
      expect(total(report, "agent_sessions")).toBe(2 * MANY);
      expect(await world.left()).toEqual(["agt_b/ase_bob", "bob"]);
    },
  );

  test("goes on after it was planned, approved and the objects died", async () => {
    const vars = { ...varsOf(world), ERASURE_MAX_SESSIONS: "5" };
    await engine.configure(vars);
    await fill(world);
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("needs_approval");
    await crash(vars);
    expect(await engine.registrar.erasure(report.id)).toEqual(report);
    await engine.registrar.approveErasure(report.id, report.plan_digest ?? "", "another");
    await crash(vars);
    expect((await ended(report.id)).status).toBe("completed");
    expect(await world.left()).toEqual(["agt_b/ase_bob", "bob"]);
  });

  test("cancelled in the middle, each session has one end and the rest stays", async () => {
    await fill(world);
    const id = await open();
    await vi.waitUntil(
      async () => {
        const report = await engine.registrar.erasure(id);
        return report?.status !== "queued" && report?.status !== "selecting";
      },
      { timeout: 20_000, interval: 1 },
    );
    const cancelled = await engine.registrar.cancelErasure(id, "x");
    const report = await ended(id);
    const left = (await world.left()).filter((name) => !name.endsWith("bob")).length;
    expect(["cancelled", "completed"]).toContain(report.status);
    expect(report.status === "cancelled").toBe(cancelled.kind === "done");
    const gone = ["client_sessions", "agent_sessions"].reduce((sum, source) => {
      const { deleted = 0, absent_after_attempt: absent = 0 } =
        report.sources[source]?.dispositions ?? {};
      return sum + deleted + absent;
    }, 0);
    expect(gone + left).toBe(3 * MANY);
  });
});

describe("an erasure whose object dies in the middle of a call", () => {
  const { seam, vectara } = upstream;
  const HANG = { kind: "hang" } as const;
  const LIST = { path: "/client_sessions/list" };
  const DELETE = { path: "/client_sessions/delete" };
  const AGENT_LIST = { method: "GET", path: "/v2/agents/agt_a/sessions?" };
  const AGENT_DELETE = { method: "DELETE" };

  beforeEach(async () => {
    await upstream.open(engine);
    await upstream.clients(
      { name: "jane 1", user_identifier_key: "jane_doe" },
      { name: "jane 2", user_identifier_key: "jane_doe" },
      { name: "bob", user_identifier_key: "bob" },
    );
    await upstream.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_child", child_of: "agt_a/ase_1" },
      { at: "agt_b/ase_bob", metadata: { user_id: "bob" } },
    );
  });

  test.each(
    ["seam" as const, "vectara" as const].flatMap((fake) =>
      Array.from({ length: 12 }, (_, skip) => ({ fake, skip })),
    ),
  )("at call $skip of $fake: it goes on, and counts once", async ({ fake, skip }) => {
    const hung = fake === "seam" ? seam : vectara;
    await hung.faults({ ...HANG, skip, apply: skip % 2 === 0 });
    const id = await open();
    await vi.waitUntil(
      async () => {
        const isHung = (await hung.calls()).some((call) => call.fault === "hang");
        return isHung || (await engine.registrar.erasure(id))?.finished_at !== null;
      },
      { timeout: 20_000, interval: 10 },
    );
    await kill(fake === "seam" ? "client_sessions" : "agent_sessions", varsOf(upstream));
    const report = await ended(id);
    expect(report.status).toBe("completed");
    expect(await upstream.left()).toEqual(["agt_b/ase_bob", "bob"]);
    for (const source of SOURCES) {
      expect(report.sources[source]?.found).toBe(2);
      expect(total(report, source)).toBe(2);
    }
  });

  test.each([
    ["listing", "seam", { ...HANG, match: LIST }],
    ["listing agents", "vectara", { ...HANG, match: AGENT_LIST }],
    ["removing, before the effect", "seam", { ...HANG, match: DELETE }],
    ["removing, after the effect", "seam", { ...HANG, apply: true, match: DELETE }],
    ["removing, before the effect (agents)", "vectara", { ...HANG, match: AGENT_DELETE }],
    ["removing, after it (agents)", "vectara", { ...HANG, apply: true, match: AGENT_DELETE }],
    ["the read-back", "seam", { ...HANG, match: LIST, skip: 2 }],
    ["the read-back (agents)", "vectara", { ...HANG, match: AGENT_LIST, skip: 1 }],
  ] as const)("%s: it goes on, and counts once", async (_what, fake, fault) => {
    const hung = fake === "seam" ? seam : vectara;
    await hung.faults(fault);
    const id = await open();
    await vi.waitUntil(async () => (await hung.calls()).some((call) => call.fault === "hang"), {
      timeout: 20_000,
      interval: 20,
    });
    await kill(fake === "seam" ? "client_sessions" : "agent_sessions", varsOf(upstream));
    const report = await ended(id);
    expect(report.status).toBe("completed");
    expect(await upstream.left()).toEqual(["agt_b/ase_bob", "bob"]);
    for (const source of SOURCES) {
      expect(report.sources[source]?.found).toBe(2);
      expect(total(report, source)).toBe(2);
    }
    const lost = Object.values(report.sources).reduce(
      (sum, { dispositions }) => sum + (dispositions.absent_after_attempt ?? 0),
      0,
    );
    // The other session's call may be under way when the object dies: its answer is lost then, too.
    const least = "apply" in fault ? 1 : 0;
    expect([least, least + 1]).toContain(lost);
  });
});

describe("commands and news", () => {
  const world = embeddedWorld();

  beforeEach(async () => {
    await world.open(engine);
  });

  test("a start that comes again after the job has ended runs nothing", async () => {
    await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
    const report = await engine.erase([JANE]);
    await world.clients({ name: "later", user_identifier_key: "jane_doe" });
    const custodian = env.CUSTODIAN.getByName("client_sessions");
    await custodian.command({
      do: "start",
      order: { kind: "erasure", id: report.id, identifiers: [JANE] },
    });
    await custodian.command({ do: "proceed", id: report.id });
    await runDurableObjectAlarm(custodian);
    expect(await world.left()).toEqual(["later"]);
    expect(await engine.rows("client_sessions", "SELECT id FROM jobs")).toEqual([]);
    expect(await engine.registrar.erasure(report.id)).toEqual(report);
  });

  test("news that comes again, late, or after the end changes nothing", async () => {
    await engine.configure({
      SOURCES: JSON.stringify({
        client_sessions: { settle_seconds: 0 },
        agent_sessions: { settle_seconds: 0 },
      }),
      ERASURE_MAX_SESSIONS: "1",
    });
    await world.clients(
      { name: "jane", user_identifier_key: "jane_doe" },
      { name: "jane 2", user_identifier_key: "jane_doe" },
    );
    const report = await engine.erase([JANE]);
    const part = report.sources["client_sessions"];
    if (part === undefined) {
      throw new Error("no part");
    }
    const item = (seq: number, status: "done" | "selecting", found: number) => ({
      source: "client_sessions",
      seq,
      news: {
        kind: "erasure" as const,
        id: report.id,
        source: "client_sessions",
        report: { ...part, status, found },
        conflict: null,
        ids_found: [],
        unsearched: 0,
        plan_digest: null,
      },
    });
    await engine.registrar.deliver([item(1, "done", 0), item(0, "selecting", 0)]);
    expect(await engine.registrar.erasure(report.id)).toEqual(report);
    await engine.registrar.approveErasure(report.id, report.plan_digest ?? "", "another");
    const end = await engine.erasure(report.id);
    await engine.registrar.deliver([item(1_000_000, "selecting", 9)]);
    expect(await engine.registrar.erasure(report.id)).toEqual(end);
  });

  test("an outbox longer than one delivery is emptied without another wake", async () => {
    const custodian = env.CUSTODIAN.getByName("client_sessions");
    await runInDurableObject(custodian, (_instance, state) => {
      for (let n = 0; n < 250; n++) {
        state.storage.sql.exec(
          "INSERT INTO outbox (job, seq, news) VALUES (?, ?, ?)",
          `swp_${n}`,
          1_000_000 + n,
          JSON.stringify({ kind: "sweep", id: `swp_${n}`, status: "completed" }),
        );
      }
      state.storage.sql.exec("INSERT OR REPLACE INTO timers (name, at) VALUES ('outbox', 0)");
    });
    await custodian.wake([]);
    await runDurableObjectAlarm(custodian);
    await vi.waitUntil(
      async () =>
        (await engine.rows<{ n: number }>("client_sessions", "SELECT count(*) AS n FROM outbox"))[0]
          ?.n === 0,
      { timeout: 5000, interval: 20 },
    );
    expect(await engine.rows("client_sessions", "SELECT job FROM outbox")).toEqual([]);
  });
});
