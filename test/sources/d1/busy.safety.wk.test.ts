import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { insertEvent } from "../../../src/store/tables/agent_events.ts";
import { parseAgentSession } from "../../../src/store/tables/agent_session_record.ts";
import {
  findAgentSession,
  prepareAgentImport,
  updateAgentSession,
} from "../../../src/store/tables/agent_sessions.ts";
import { toSession as vectaraSession } from "../../../src/sources/vectara/session.ts";
import { countingTurn, emptyStore, idsIn, openStore, store, threshold } from "../../support/d1.ts";
import { openEngine, type Engine } from "../../support/engine.ts";
import { sweepOnce } from "../../support/sweep_world.ts";

const DAY = 86_400_000;
const OLD = new Date(Date.now() - 200 * DAY).toISOString();
const POLICY = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P90D" }],
  brake: { percent: 100 },
};

/** Every state, the idle ones first; the name of each is the id of its session. */
const STATES: Readonly<Record<string, unknown>> = {
  none: undefined,
  nil: null,
  unstarted: "unstarted",
  stopped: "stopped",
  running: "running",
  capital: "Stopped",
  unknown: "paused_by_operator",
  empty: "",
  number: 0,
  flag: false,
  object: { state: "stopped" },
};
const IDLE = ["nil", "none", "stopped", "unstarted"];
const BUSY = Object.keys(STATES)
  .filter((name) => !IDLE.includes(name))
  .toSorted();

function recordOf(id: string): Readonly<Record<string, unknown>> {
  const status = STATES[id];
  const metadata = { user_id: `user-${id}` };
  return {
    key: id,
    agent_key: "a",
    created_at: OLD,
    metadata,
    ...(status === undefined ? {} : { status }),
  };
}

async function importStates(ids: readonly string[] = Object.keys(STATES)): Promise<void> {
  const parsed = ids.flatMap((id) => {
    const read = parseAgentSession(recordOf(id), []);
    return read.ok ? [read.value] : [];
  });
  await store.batch(prepareAgentImport(store, parsed, Date.now()));
}

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ ERASURE_MAX_SESSIONS: "100" });
});

beforeEach(emptyStore);

describe("an agent session of the embedded store that is in use, or in a state nobody knows", () => {
  test("is read as it would be at Vectara", async () => {
    await importStates();
    for (const id of Object.keys(STATES)) {
      const upstream = vectaraSession(recordOf(id), "a", []);
      const here = await openStore("agent_sessions").read({ scope: "a", id }, countingTurn());
      expect(here).toMatchObject({ ok: true, value: { busy: BUSY.includes(id) } });
      expect(upstream).toMatchObject({ ok: true, value: { busy: BUSY.includes(id) } });
    }
  });

  test.each<[string, object]>([
    ["by the index", {}],
    ["by reading everything", { match: { metadata: { kind: "chat" } } }],
    ["by the index of another clock", { expire: [{ clock: "created_at", after: "P90D" }] }],
  ])("is not removed by a sweep, %s", async (_, changes) => {
    await importStates();
    await store
      .prepare("UPDATE agent_sessions SET record = json_set(record, '$.metadata.kind', 'chat')")
      .run();
    const report = await sweepOnce(engine, { ...POLICY, ...changes });
    expect(report).toMatchObject({
      status: "completed",
      counts: { due: IDLE.length, planned: IDLE.length },
      dispositions: { deleted: IDLE.length },
    });
    expect(await idsIn("agent_sessions")).toEqual(BUSY);
  });

  test("is not counted behind the end of a budget, and not as due soon", async () => {
    await importStates();
    const report = await sweepOnce(engine, { ...POLICY, budget: { items: 1 } });
    expect(report).toMatchObject({ counts: { due: IDLE.length, planned: 1 } });
    await emptyStore();
    await importStates();
    const soon = { ...POLICY, expire: [{ clock: "last_active_at", after: "P200DT1H" }] };
    expect(await sweepOnce(engine, soon)).toMatchObject({
      counts: { due: 0 },
      due_next_24h: { count: IDLE.length },
    });
  });

  test("is left by a removal that was planned while it was idle", async () => {
    await importStates(["stopped", "unstarted"]);
    const source = openStore("agent_sessions");
    const read = await source.read({ scope: "a", id: "stopped" }, countingTurn());
    const version = read.ok ? (read.value?.version ?? 0) : 0;
    // As a writer would that has raised no version: the DELETE asks by itself.
    await store.prepare("UPDATE agent_sessions SET busy = 1 WHERE session_key = 'stopped'").run();
    const refs = ["stopped", "unstarted"].map((id, seq) => ({ scope: "a", id, seq, version }));
    const removals = await source.remove(
      refs,
      { thresholds: [threshold("last_active_at", "PT0S")] },
      "bat_1",
      countingTurn(),
    );
    expect(removals.map(({ kind }) => kind)).toEqual(["changed", "deleted"]);
    expect(await idsIn("agent_sessions")).toEqual(["stopped"]);
  });

  test("becomes idle, and in use, with the version of its record", async () => {
    await importStates(["running"]);
    const ref = { scope: "a", id: "running" };
    const read = async (): Promise<{ busy: number; version: number } | null> =>
      store.prepare("SELECT busy, version FROM agent_sessions").first();
    const before = await read();
    await insertEvent(store, {
      agent_key: "a",
      session_key: "running",
      event_id: "e",
      created_at: 1,
      record: "{}",
    });
    expect(await read()).toEqual({ busy: 0, version: (before?.version ?? 0) + 1 });
    const stored = await findAgentSession(store, ref);
    await updateAgentSession(store, ref, stored?.version ?? 0, { status: "running" });
    expect(await read()).toEqual({ busy: 1, version: (before?.version ?? 0) + 2 });
  });

  test("is removed by an erasure: whom it serves asked for that", async () => {
    await importStates();
    const report = await engine.erase([{ type: "metadata:user_id", value: "user-running" }]);
    expect(report.sources["agent_sessions"]).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await idsIn("agent_sessions")).not.toContain("running");
  });
});
