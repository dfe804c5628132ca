import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { FaultRule } from "../fakes/faults.ts";
import { startFake } from "../support/fake_client.ts";
import { quicken } from "../support/quick_clock.ts";
import {
  begin,
  newIds,
  outcomeOf,
  peakAt,
  timedCalls,
  upstream,
} from "../support/sweep_upstream.ts";
import { openWorld } from "../support/sweep_world.ts";

// What goes wrong is tried again after seconds: they pass five times as fast.
await quicken(5);
const fake = await startFake("vectara");
const engine = await openWorld();
const POLICY = { source: "agent_sessions", expire: [{ clock: "last_active_at", after: "P30D" }] };
const DAY = 86_400_000;

beforeEach(() => engine.configure(upstream({ vectara: fake.url })));
afterEach(() => fake.reset());

interface Seeded {
  readonly key: string;
  /** Days since it was made, and since each of its events. */
  readonly made?: number;
  readonly events?: readonly number[];
  readonly more?: object;
}

function agent(key: string, sessions: readonly Seeded[]) {
  const at = (days: number): string => new Date(Date.now() - days * DAY).toISOString();
  return {
    key,
    sessions: sessions.map(({ key: session, made = 90, events = [60], more = {} }) => ({
      key: session,
      created_at: at(made),
      events: events.map((days, index) => ({
        id: `aev_${session}_${index}`,
        type: "agent_output",
        created_at: at(days),
      })),
      ...more,
    })),
  };
}

async function sweep(policy: object = {}): Promise<SweepReport> {
  return outcomeOf(engine, await begin(engine, { ...POLICY, ...policy }));
}

/** The keys that an agent still has. */
async function left(agentKey: string): Promise<string[]> {
  const { agents } = (await fake.state({ full: "1" })) as {
    agents: Record<string, { rows: { session: { key: string } }[] }>;
  };
  return (agents[agentKey]?.rows ?? []).map(({ session }) => session.key).toSorted();
}

const status = (code: number, body: unknown = "Sorry", more: object = {}): FaultRule => ({
  kind: "status",
  status: code,
  body,
  ...more,
});
const removalOf = (key: string) => ({ method: "DELETE", id: key });

describe("what counts as activity", () => {
  test("the newest event, however old the session; its own age when it has none", async () => {
    const [stale = "", active = "", empty = "", young = "", running = ""] = newIds(5);
    await fake.seed({
      agents: [
        agent("agt_a", [
          { key: stale, made: 400, events: [200, 31] },
          { key: active, made: 400, events: [200, 29] },
          { key: empty, made: 31, events: [] },
          { key: young, made: 29, events: [] },
          { key: running, made: 400, events: [200], more: { status: "running" } },
        ]),
      ],
    });
    expect(await sweep()).toMatchObject({
      status: "completed",
      counts: { examined: 5, due: 2, planned: 2 },
      dispositions: { deleted: 2 },
    });
    expect(await left("agt_a")).toEqual([active, young, running].toSorted());
  });

  test("the last event of several pages, whose walk goes on where it stopped", async () => {
    const [long = "", longer = ""] = newIds(2);
    const old = Array.from({ length: 230 }, (_, index) => 300 - index);
    await fake.seed({
      agents: [
        agent("agt_a", [
          { key: long, made: 400, events: old },
          { key: longer, made: 400, events: [...old, 3] },
        ]),
      ],
    });
    expect(await sweep()).toMatchObject({ counts: { due: 1 }, dispositions: { deleted: 1 } });
    expect(await left("agt_a")).toEqual([longer]);
  });

  test("is not asked again at the next tick, when it was recent", async () => {
    const ids = newIds(3);
    await fake.seed({
      agents: [
        agent(
          "agt_a",
          ids.map((key) => ({ key, events: [2] })),
        ),
      ],
    });
    expect(await sweep()).toMatchObject({ counts: { due: 0 } });
    const walks = await timedCalls(fake, { route: "/v2/agents/:agent/sessions/:session/events" });
    expect(walks).toHaveLength(3);
    expect(await sweep()).toMatchObject({ counts: { due: 0 } });
    expect(
      await timedCalls(fake, { route: "/v2/agents/:agent/sessions/:session/events" }),
    ).toHaveLength(3);
    expect(await left("agt_a")).toEqual(ids.toSorted());
  });

  test("new between the list and the removal keeps the session", async () => {
    const [renewed = "", stale = ""] = newIds(2);
    await fake.seed({ agents: [agent("agt_a", [{ key: renewed }, { key: stale }])] });
    await fake.effects({
      // After the walk that made it due, before the one that precedes its removal.
      skip: 1,
      match: { id: renewed, path: "^.*/events" },
      effect: { do: "add_event", agent_key: "agt_a", id: renewed },
    });
    expect(await sweep()).toMatchObject({
      counts: { due: 2, planned: 2 },
      dispositions: { deleted: 1, renewed: 1 },
    });
    expect(await left("agt_a")).toEqual([renewed]);
  });

  test("that cannot be read keeps the session, and the others go", async () => {
    const [unread = "", undated = "", stale = ""] = newIds(3);
    await fake.seed({
      agents: [agent("agt_a", [{ key: unread }, { key: undated }, { key: stale }])],
    });
    await fake.effects({
      match: { id: undated, path: "^.*/events" },
      effect: { do: "add_event", agent_key: "agt_a", id: undated, event: { created_at: "lately" } },
    });
    await fake.faults({
      kind: "html",
      status: 404,
      times: "always",
      match: { id: unread, path: "^.*/events" },
    });
    expect(await sweep()).toMatchObject({
      status: "completed",
      counts: { due: 1, undated: 2, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await left("agt_a")).toEqual([unread, undated].toSorted());
  }, 90_000);
});

describe("one removal that goes wrong, once", () => {
  test.for<[string, FaultRule, Record<string, number>]>([
    ["429 that names no time", status(429), { deleted: 3 }],
    ["500", status(500), { deleted: 3 }],
    [
      "502 after the effect",
      status(502, "", { apply: true }),
      { deleted: 2, absent_after_attempt: 1 },
    ],
    ["200 HTML", { kind: "html" }, { deleted: 3 }],
    [
      "200 HTML after the effect",
      { kind: "html", apply: true },
      { deleted: 2, absent_after_attempt: 1 },
    ],
    ["200 with an object", { kind: "empty_ok" }, { deleted: 3 }],
    ["a redirect", { kind: "redirect", location: "/v2/agents" }, { deleted: 3 }],
    ["404 HTML", { kind: "html", status: 404 }, { deleted: 3 }],
    ["409 for a session in use", status(409, { messages: ["in use"] }), { deleted: 3 }],
    ["a reset before the effect", { kind: "reset_before" }, { deleted: 3 }],
    ["a reset after the effect", { kind: "reset_after" }, { deleted: 2, absent_after_attempt: 1 }],
  ])("%s", async ([, rule, dispositions]) => {
    const ids = newIds(3);
    const live = newIds(1);
    await fake.seed({
      agents: [
        agent("agt_a", [
          ...ids.map((key) => ({ key })),
          ...live.map((key) => ({ key, events: [1] })),
        ]),
      ],
    });
    await fake.faults({ ...rule, match: removalOf(ids[1] ?? "") });
    expect(await sweep()).toMatchObject({
      status: "completed",
      counts: { examined: 4, due: 3, planned: 3 },
      dispositions,
    });
    expect(await left("agt_a")).toEqual(live);
  });
});

describe("agents", () => {
  test("that are closed to the key keep their sessions, and the others' go", async () => {
    const ids = newIds(4);
    await fake.seed({
      agents: [
        agent(
          "agt_open",
          ids.slice(0, 2).map((key) => ({ key })),
        ),
        agent(
          "agt_closed",
          ids.slice(2).map((key) => ({ key })),
        ),
      ],
    });
    await fake.faults({
      ...status(403, { messages: ["Your roles do not permit this operation"] }),
      times: "always",
      match: { method: "DELETE", path: "/v2/agents/agt_closed/" },
    });
    expect(await sweep()).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2, refused: 2 },
    });
    expect(await left("agt_open")).toEqual([]);
    expect(await left("agt_closed")).toEqual(ids.slice(2));
    // The next sweep does not spend its budget on them again.
    expect(await sweep({ budget: { items: 2 } })).toMatchObject({ counts: { planned: 0 } });
  });

  test("that are closed while they are listed do not stop the others", async () => {
    const ids = newIds(2);
    await fake.seed({
      agents: [
        agent(
          "agt_open",
          ids.slice(0, 1).map((key) => ({ key })),
        ),
        agent(
          "agt_closed",
          ids.slice(1).map((key) => ({ key })),
        ),
      ],
    });
    await fake.faults({
      ...status(403, {}),
      times: "always",
      match: { path: "/v2/agents/agt_closed/sessions" },
    });
    // It says so: what is due there is not known.
    expect(await sweep()).toMatchObject({
      status: "completed",
      unsearched: 1,
      dispositions: { deleted: 1 },
    });
    expect(await left("agt_closed")).toEqual(ids.slice(1));
  });

  test("whose 404s are not about a session are not taken for removals", async () => {
    const ids = newIds(2);
    await fake.seed({
      agents: [
        agent(
          "agt_a",
          ids.map((key) => ({ key })),
        ),
      ],
    });
    // After the walks, the agent itself is gone: what became of its sessions is not known.
    await fake.effects({
      skip: 2,
      match: { path: "^.*/events" },
      effect: { do: "delete_agent", agent_key: "agt_a" },
    });
    const { dispositions } = await sweep();
    expect(dispositions).not.toHaveProperty("deleted");
    expect(dispositions).not.toHaveProperty("already_absent");
    expect(dispositions).not.toHaveProperty("absent_after_attempt");
  });
});

describe("a key that is refused in the middle", () => {
  test("stops the source, and the rest is untouched", async () => {
    const ids = newIds(30);
    await fake.seed({
      agents: [
        agent(
          "agt_a",
          ids.map((key) => ({ key })),
        ),
      ],
    });
    await fake.faults({
      ...status(401, {}),
      skip: 8,
      times: "always",
      match: { method: "DELETE" },
    });
    const report = await sweep();
    expect(report).toMatchObject({ status: "failed", error: { code: "source_unauthorized" } });
    const { deleted = 0, untouched = 0, ...others } = report.dispositions;
    expect(others).toEqual({});
    expect([deleted, deleted + untouched]).toEqual([8, 30]);
    expect(await left("agt_a")).toHaveLength(22);
  });
});

describe("pages by offset", () => {
  test("are all read before anything goes, so that none is skipped", async () => {
    const ids = newIds(250);
    const live = newIds(5);
    await fake.configure({ latency_ms: 5 });
    await fake.seed({
      agents: [
        agent("agt_a", [
          ...ids.map((key) => ({ key })),
          ...live.map((key) => ({ key, events: [1] })),
        ]),
      ],
    });
    expect(await sweep({ match: { scope: ["agt_*"] } })).toMatchObject({
      status: "completed",
      counts: { examined: 255, due: 250, planned: 250 },
      dispositions: { deleted: 250 },
    });
    expect(await left("agt_a")).toEqual(live.toSorted());
    expect(await peakAt(fake)).toBeLessThanOrEqual(6);
  });
});
