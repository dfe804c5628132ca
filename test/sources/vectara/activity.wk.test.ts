import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Result } from "../../../src/core/values/result.ts";
import type { Fault } from "../../../src/sources/fault.ts";
import type { Activity, Source } from "../../../src/sources/source.ts";
import { startFake, type FakeClient } from "../../support/fake_client.ts";
import { HURRIED, NOW, openOn, openTurn } from "../../support/vectara_source.ts";

let fake: FakeClient;
beforeAll(async () => {
  fake = await startFake("vectara");
});
beforeEach(async () => {
  await fake.reset();
});

const REF = { scope: "agent_a", id: "s-1" };
const SINCE = Date.parse("2026-05-01T00:00:00Z");
const BEFORE = Date.parse("2026-04-01T00:00:00Z");
const AFTER = Date.parse("2026-05-20T00:00:00Z");
const EVENTS = { path: "/v2/agents/agent_a/sessions/s-1/events" };
const TRACES = { path: "/v2/agent_analytics/traces" };

const at = (time: number): string => new Date(time).toISOString();

/** Events a second apart up to a last one; not input messages, so that no traces are made. */
function eventsUpTo(last: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    type: "agent_output",
    created_at: at(last - (count - 1 - i) * 1000),
  }));
}

async function seed(events: object[], traces: object[] = []): Promise<void> {
  const sessions = [{ key: "s-1", created_at: "2026-01-15T10:30:00Z", events }];
  await fake.seed({ agents: [{ key: "agent_a", sessions }], traces });
}

function trace(fields: object = {}) {
  return {
    trace_id: "t",
    agent_key: "agent_a",
    session_key: "s-1",
    started_at: at(AFTER),
    ...fields,
  };
}

/** Asks until there is an answer, with one turn a slice; how many slices it took. */
async function settle(
  source: Source = openOn(fake.url),
): Promise<{ slices: number; activity: Result<Activity, Fault> | undefined }> {
  let cursor: string | null = null;
  for (let slices = 1; slices < 50; slices++) {
    const activity: Result<Activity, Fault> | undefined = await source.readActivity?.(
      REF,
      SINCE,
      cursor,
      openTurn(),
    );
    if (activity?.ok !== true || activity.value.kind !== "more") {
      return { slices, activity };
    }
    cursor = activity.value.cursor;
  }
  throw new Error("the walk does not end");
}

async function asked(path: string): Promise<number> {
  return (await fake.calls()).filter((call) => call.path === path).length;
}

describe("the last activity of a session", () => {
  it("is its newest event, found on the last page over several slices", async () => {
    await seed(eventsUpTo(BEFORE, 250));
    const { slices, activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: BEFORE } });
    expect(slices).toBe(3);
    expect(await asked(EVENTS.path)).toBe(3);
  });

  it("is the greatest time, wherever the event stands", async () => {
    await seed([
      { type: "agent_output", created_at: at(BEFORE) },
      ...eventsUpTo(BEFORE - 86_400_000, 120),
    ]);
    await fake.configure({ page_end: "empty" });
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: BEFORE } });
  });

  it("is unknown without events", async () => {
    await seed([]);
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: null } });
  });

  it("stops at the first page that holds an event after the time", async () => {
    await seed([...eventsUpTo(AFTER, 60), ...eventsUpTo(AFTER + 86_400_000, 200)]);
    const { slices, activity } = await settle();
    expect(activity).toMatchObject({ ok: true, value: { kind: "active" } });
    expect(slices).toBe(1);
    expect(await asked(EVENTS.path)).toBe(1);
  });

  it("at the time itself is not after it", async () => {
    await seed(eventsUpTo(SINCE, 1));
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: SINCE } });
  });

  it("counts hidden events: compaction hides and does not delete", async () => {
    await seed([{ type: "agent_output", created_at: at(AFTER), hidden: true }]);
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "active", at: AFTER } });
  });

  it.each([undefined, "yesterday", "1970-01-01T00:00:00Z", 1_767_225_600, null])(
    "is unreadable when an event has the time %j",
    async (created_at) => {
      await seed([{ type: "agent_output", created_at }, ...eventsUpTo(BEFORE, 2)]);
      const body = { events: [{ id: "aev_1", session_key: "s-1", created_at }] };
      await fake.faults({ kind: "empty_ok", body, match: EVENTS });
      const { activity } = await settle();
      expect(activity).toEqual({ ok: true, value: { kind: "unreadable" } });
    },
  );

  it("is never later than now", async () => {
    await seed(eventsUpTo(NOW + 86_400_000, 1));
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "active", at: NOW } });
  });

  it("of a session that is gone is absent, by the strict reading of a 404", async () => {
    await seed([]);
    await fake.effects({ match: EVENTS, effect: { do: "delete" } });
    expect((await settle()).activity).toEqual({ ok: true, value: { kind: "absent" } });
    await fake.faults({ kind: "html", status: 404, match: EVENTS });
    expect((await settle()).activity).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });

  it.each([
    ["an empty object", { kind: "empty_ok", body: {} }],
    ["HTML", { kind: "html" }],
    [
      "another session's event",
      { kind: "empty_ok", body: { events: [{ session_key: "s-2", created_at: at(BEFORE) }] } },
    ],
  ] as const)("is a fault when %s is answered", async (_name, rule) => {
    await seed(eventsUpTo(AFTER, 1));
    await fake.faults({ ...rule, match: EVENTS });
    expect((await settle()).activity).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });

  it("is a fault when the pages never end", async () => {
    await seed([]);
    const body = { events: [], metadata: { page_key: "again" } };
    await fake.faults({ kind: "empty_ok", body, times: "always", match: EVENTS });
    expect((await settle()).activity).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });

  it("is read in smaller pages when a page is too large", async () => {
    await seed(eventsUpTo(BEFORE, 45));
    const limits = { headers_ms: 5000, idle_ms: 5000, total_ms: 5000, body_bytes: 3000 };
    const { activity } = await settle(openOn(fake.url, {}, { limits }));
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: BEFORE } });
    const sizes = new Set(
      (await fake.calls()).map(({ search }) => /[?&]limit=(\d+)/.exec(search)?.[1]),
    );
    expect(sizes).toEqual(new Set(["100", "10"]));
  });
});

describe("traces", () => {
  it("spare a long walk when they show that a session was active", async () => {
    await seed(eventsUpTo(BEFORE, 950), [trace()]);
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "active", at: AFTER } });
    expect(await asked(EVENTS.path)).toBe(1);
  });

  it("are not asked about a session of one page", async () => {
    await seed(eventsUpTo(BEFORE, 5));
    await settle();
    expect(await asked(TRACES.path)).toBe(0);
  });

  it.each([
    ["another session's", trace({ session_key: "s-2" })],
    ["another agent's", trace({ agent_key: "agent_b" })],
    ["an old one", trace({ started_at: at(BEFORE) })],
    ["one without a time", trace({ started_at: null })],
  ])("prove nothing when they show %s", async (_name, row) => {
    await seed(eventsUpTo(BEFORE, 150));
    await fake.faults({ kind: "empty_ok", body: { traces: [row] }, match: TRACES });
    const { activity } = await settle();
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: BEFORE } });
  });

  it.each([
    ["404", { kind: "html", status: 404 }],
    ["403", { kind: "status", status: 403 }],
    ["500", { kind: "status", status: 500 }],
    ["HTML", { kind: "html" }],
    ["a hang", { kind: "hang" }],
  ] as const)("are done without when they answer %s, and asked once", async (_name, rule) => {
    await seed(eventsUpTo(BEFORE, 250));
    await fake.faults({ ...rule, times: "always", match: TRACES });
    const { activity } = await settle(openOn(fake.url, {}, HURRIED));
    expect(activity).toEqual({ ok: true, value: { kind: "idle", last_active_at: BEFORE } });
    expect(await asked(TRACES.path)).toBe(1);
  });

  it("that are throttled throttle the source", async () => {
    await seed(eventsUpTo(BEFORE, 150));
    await fake.faults({ kind: "status", status: 429, match: TRACES });
    expect((await settle()).activity).toMatchObject({ ok: false, error: { kind: "throttled" } });
  });
});

describe("children that several people may share", () => {
  const share = async (config = {}) =>
    openOn(fake.url, config, HURRIED).sharesChildren?.("agent_a", openTurn());
  const tool = (session_mode: string) => ({
    key: "agent_a",
    tool_configurations: {
      helper: { type: "sub_agent", sub_agent_configuration: { agent_key: "b", session_mode } },
    },
  });

  it("are found in the agent's own document", async () => {
    await fake.seed({ agents: [tool("agent_scoped")] });
    expect(await share()).toEqual({ ok: true, value: true });
  });

  it("are ruled out by a document without such a tool", async () => {
    await fake.seed({ agents: [tool("session_scoped")] });
    expect(await share()).toEqual({ ok: true, value: false });
  });

  it("are assumed where the source says so, without a call", async () => {
    expect(await share({ shared_children: true })).toEqual({ ok: true, value: true });
    expect(await fake.calls()).toEqual([]);
  });

  it.each([
    ["403", { kind: "status", status: 403 }],
    ["404", { kind: "status", status: 404, body: { messages: ["none"] } }],
    ["HTML", { kind: "html" }],
    ["another document", { kind: "empty_ok", body: {} }],
  ] as const)("are assumed when the agent answers %s", async (_name, rule) => {
    await fake.seed({ agents: [tool("session_scoped")] });
    await fake.faults(rule);
    expect(await share()).toEqual({ ok: true, value: true });
  });

  it("are asked for again after a fault that passes", async () => {
    await fake.seed({ agents: [tool("session_scoped")] });
    await fake.faults({ kind: "status", status: 503 });
    expect(await share()).toMatchObject({ ok: false, error: { kind: "unavailable" } });
    expect(await share()).toEqual({ ok: true, value: false });
  });
});
