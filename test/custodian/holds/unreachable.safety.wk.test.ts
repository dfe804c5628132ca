import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { HoldReport, SwitchReport } from "../../../src/core/report/hold.ts";
import { emptyStore, idsIn } from "../../support/d1.ts";
import { startFake } from "../../support/fake_client.ts";
import { quicken } from "../../support/quick_clock.ts";
import {
  begin,
  newIds,
  outcomeOf,
  seamSession,
  timedCalls,
  upstream,
} from "../../support/sweep_upstream.ts";
import { addClientSessions, openWorld, sweepOnce } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

// A source that was not reached is asked again after seconds: they pass four times as fast.
await quicken(4);
let engine = await openWorld();

const EXPIRED = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
};

/** The methods of one object that fail, from now on. */
const down = new Set<string>();
/** The methods of one object that do not answer, until a test lets them. */
const hanging = new Map<string, Promise<void>>();

/** A namespace whose objects fail in the methods that are down. */
function fragile<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
): DurableObjectNamespace<T> {
  return {
    getByName: (name: string) =>
      new Proxy(namespace.getByName(name), {
        get: (stub, method) =>
          down.has(`${name}.${String(method)}`)
            ? async () => Promise.reject(new Error("out of reach"))
            : async (...asked: unknown[]): Promise<unknown> => {
                await hanging.get(`${name}.${String(method)}`);
                return (stub as unknown as Record<string, (...args: unknown[]) => unknown>)[
                  String(method)
                ]?.(...asked);
              },
      }),
  } as unknown as DurableObjectNamespace<T>;
}

beforeEach(async () => {
  await emptyStore();
  down.clear();
  hanging.clear();
  await engine.configure({
    REGISTRAR: fragile(env.REGISTRAR),
    CUSTODIAN: fragile(env.CUSTODIAN),
  } as unknown as Record<string, string>);
});

async function hold(id: string, scope = "w1"): Promise<HoldReport> {
  return placeHold(engine, { kind: "session", source: "client_sessions", scope, id });
}

async function turn(paused: boolean, source: string | null = null): Promise<SwitchReport> {
  return engine.registrar.turnSwitch(
    { source, pause: paused ? { until: null, reason: "incident 7" } : null },
    "root",
  );
}

describe("a Custodian that is out of reach", () => {
  test("the hold is recorded, told as not in force there, and delivered until it obeys", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    down.add("client_sessions.storeRestraints");
    const placed = await hold("a");
    expect(placed).toMatchObject({
      status: "in_force",
      in_force: { client_sessions: false, agent_sessions: true },
    });
    // Its next slice asks by itself: nothing that is held goes.
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({ counts: { held: 1, due: 1 } });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
    down.clear();
    await vi.waitUntil(
      async () => {
        const now = await engine.registrar.hold(placed.id);
        return now?.in_force["client_sessions"] === true;
      },
      { timeout: 10_000 },
    );
    await engine.registrar.releaseHold(placed.id, "root");
  });
});

describe("a Custodian that hangs", () => {
  test("holds up nothing that the others are told", async () => {
    await addClientSessions([{ id: "a", person: "jane" }]);
    const { promise, resolve } = Promise.withResolvers<void>();
    hanging.set("agent_sessions.storeRestraints", promise);
    const placing = hold("b");
    // The alarm has come by now, and waits for it too.
    await new Promise((done) => setTimeout(done, 2500));
    const from = Date.now();
    expect(await engine.erase([{ type: "client_session_id", value: "a" }])).toMatchObject({
      sources: { client_sessions: { dispositions: { deleted: 1 } } },
    });
    expect(Date.now() - from).toBeLessThan(10_000);
    hanging.clear();
    resolve();
    const placed = await placing;
    expect(placed.in_force).toEqual({ client_sessions: true, agent_sessions: true });
    await engine.registrar.releaseHold(placed.id, "root");
  });
});

describe("a Registrar that is out of reach", () => {
  test("nothing is removed, everything else goes on, and the removal when it is back", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    down.add("registrar.restraints");
    await engine.putPolicy("p", { ...EXPIRED, mode: "enforce" });
    await engine.tick();
    const waiting = await vi.waitUntil(async () => {
      const { data } = await engine.registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" });
      return data[0]?.error?.code === "unconfirmed" ? data[0] : null;
    });
    expect(waiting).toMatchObject({ status: "removing", counts: { due: 2, planned: 2 } });
    const clients = env.CUSTODIAN.getByName("client_sessions");
    expect(await clients.removeNow({ scope: "w1", id: "a" })).toEqual({ kind: "unavailable" });
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
    down.clear();
    expect(await outcomeOf(engine, waiting.id)).toMatchObject({
      status: "completed",
      error: null,
      dispositions: { deleted: 2 },
    });
  });

  test("however long it is away, its jobs do not stall", async () => {
    await addClientSessions([{ id: "a" }]);
    down.add("registrar.restraints");
    const id = await begin(engine, EXPIRED);
    await vi.waitUntil(async () => {
      const report = await engine.registrar.sweep(id);
      return report?.error?.code === "unconfirmed";
    });
    for (let slice = 0; slice < 8; slice++) {
      await engine.rows("client_sessions", "UPDATE timers SET at = 0 WHERE name LIKE 'job:%'");
      await env.CUSTODIAN.getByName("client_sessions").wake([]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await engine.registrar.sweep(id)).toMatchObject({ status: "removing" });
    down.clear();
    expect(await outcomeOf(engine, id)).toMatchObject({ status: "completed" });
  });
});

describe("versions that were restored away", () => {
  test("a Custodian that knows a later version takes the next one", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    const first = await hold("a");
    await engine.rows(
      "client_sessions",
      "UPDATE restraints SET copy = json_set(copy, '$.version', 1000000)",
    );
    await abortAllDurableObjects();
    engine = await openWorld();
    const second = await vi.waitUntil(async () => {
      const placed = await hold("b");
      return placed.in_force["client_sessions"] === true ? placed : null;
    });
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({ counts: { held: 2, due: 0 } });
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
    for (const { id } of (await engine.registrar.holds({ limit: 100, cursor: null }, {})).data) {
      await engine.registrar.releaseHold(id, "root");
    }
    expect([first.id, second.id]).not.toContain(undefined);
  });
});

describe("the switch", () => {
  test("stops the removal and nothing else; what was paused goes on when it is off", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    expect(await turn(true)).toMatchObject({
      all: { by: "root", reason: "incident 7", until: null },
      in_force: { client_sessions: true, agent_sessions: true },
    });
    const id = await begin(engine, EXPIRED);
    await vi.waitUntil(async () => {
      const report = await engine.registrar.sweep(id);
      return report?.error?.code === "paused" && report.counts.planned === 2;
    });
    const clients = env.CUSTODIAN.getByName("client_sessions");
    expect(await clients.removeNow({ scope: "w1", id: "a" })).toEqual({
      kind: "paused",
      until: null,
    });
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
    expect(await turn(false)).toMatchObject({ all: null });
    expect(await outcomeOf(engine, id)).toMatchObject({
      status: "completed",
      error: null,
      dispositions: { deleted: 2 },
    });
  });

  test("an erasure waits too, and goes on", async () => {
    await addClientSessions([{ id: "a", person: "jane" }]);
    await turn(true, "client_sessions");
    const id = await engine.open([{ type: "user_identifier_key", value: "jane" }]);
    await vi.waitUntil(async () => {
      const report = await engine.registrar.erasure(id);
      return report?.sources["client_sessions"]?.error?.code === "paused";
    });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
    await turn(false, "client_sessions");
    expect(await engine.erasure(id)).toMatchObject({ status: "completed" });
  });

  test("of all, when it is off, leaves a source paused that was paused by its name, and says so", async () => {
    await turn(true, "client_sessions");
    const both = ["agent_sessions", "client_sessions"];
    expect((await turn(true)).still_paused.toSorted()).toEqual(both);
    expect((await turn(false)).still_paused).toEqual(["client_sessions"]);
    expect((await turn(false, "client_sessions")).still_paused).toEqual([]);
  });

  test("of one source leaves the others alone, and ends by itself", async () => {
    await addClientSessions([{ id: "a" }]);
    const state = await engine.registrar.turnSwitch(
      { source: "agent_sessions", pause: { until: Date.now() + 1500, reason: "x" } },
      "root",
    );
    expect(Object.keys(state.sources)).toEqual(["agent_sessions"]);
    expect(await sweepOnce(engine, EXPIRED)).toMatchObject({ dispositions: { deleted: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 1600));
    await engine.tick();
    expect(await engine.registrar.switchState()).toMatchObject({ sources: {} });
  });
});

describe("calls under way upstream", () => {
  test("a pause is answered when they have ended, lists them, and none is made after it", async () => {
    const fake = await startFake("seam");
    await engine.configure({
      ...upstream({ seam: fake.url }),
      REGISTRAR: env.REGISTRAR,
      CUSTODIAN: env.CUSTODIAN,
    } as unknown as Record<string, string>);
    const ids = newIds(60);
    await fake.seed({ sessions: ids.map((one, index) => seamSession(one, 60 + index)) });
    await fake.configure({ latency_ms: 150 });
    const id = await begin(engine, EXPIRED);
    await vi.waitUntil(
      async () => (await timedCalls(fake, { path: "/client_sessions/delete" })).length > 0,
      {
        timeout: 10_000,
      },
    );
    const state = await turn(true);
    // By the fake's clock, which is not the engine's.
    const answeredAt = new Date().getTime();
    expect(state.in_force["client_sessions"]).toBe(true);
    const made = await timedCalls(fake, { path: "/client_sessions/delete" });
    await new Promise((resolve) => setTimeout(resolve, 600));
    const later = await timedCalls(fake, { path: "/client_sessions/delete" });
    expect(later.length).toBe(made.length);
    expect(later.filter((call) => call.started_at > answeredAt)).toEqual([]);
    expect(state.too_late.count).toBe(state.too_late.sessions.length);
    expect(state.too_late.count).toBeGreaterThan(0);
    expect(state.too_late.count).toBeLessThanOrEqual(6);
    const gone = ids.length - Number((await fake.state())["sessions"]);
    expect(gone).toBe(made.length);
    await turn(false);
    expect(await outcomeOf(engine, id)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 60 },
    });
  }, 60_000);

  test("a hold waits for the call on its own session, and lists it if it went", async () => {
    const fake = await startFake("seam");
    await engine.configure({
      ...upstream({ seam: fake.url }),
      REGISTRAR: env.REGISTRAR,
      CUSTODIAN: env.CUSTODIAN,
    } as unknown as Record<string, string>);
    const [first = ""] = newIds(1);
    const workspace = "b887bf84-9849-4454-a562-cf84293d9781";
    await fake.seed({ sessions: [{ ...seamSession(first), workspace_id: workspace }] });
    await fake.configure({ latency_ms: 300 });
    const id = await begin(engine, EXPIRED);
    await vi.waitUntil(
      async () => (await timedCalls(fake, { path: "/client_sessions/delete" })).length > 0,
      {
        timeout: 10_000,
        interval: 10,
      },
    );
    const placed = await hold(first, workspace);
    expect(placed.in_force["client_sessions"]).toBe(true);
    expect(placed.too_late).toMatchObject({ count: 1, unknown: 0 });
    expect(placed.warnings.map(({ code }) => code)).toEqual(["session_not_found"]);
    await outcomeOf(engine, id);
    await engine.registrar.releaseHold(placed.id, "root");
    const released = await engine.registrar.hold(placed.id);
    expect(released).toMatchObject({ too_late: { count: 1, sessions: [] } });
  }, 60_000);
});
