import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import type { ListFaults } from "../fakes/lists.ts";
import { openEngine } from "../support/engine.ts";
import { idOf, JANE, OF_JANE, upstreamWorld } from "../support/erasure_world.ts";
import { hurried, hurry, openErasure } from "../support/hurry.ts";

const engine = await openEngine();
const world = await upstreamWorld();
const { seam, vectara } = world;

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const HERS = names("jane", 8);
const HERS_AT = [...names("agt_a/j", 5), ...names("agt_b/j", 4)];
const OTHERS = names("bob", 6);
const OTHERS_AT = [...names("agt_a/b", 4), ...names("agt_b/b", 3)];
const LEFT = [...OTHERS, ...OTHERS_AT].toSorted();

const isStalled = ({ status }: ErasureReport): boolean => status === "stalled";

/** Waits for the end, without hurrying anybody. */
async function ended(id: string): Promise<ErasureReport> {
  const report = await vi.waitUntil(
    async () => {
      const now = await engine.registrar.erasure(id);
      return now?.finished_at === null ? false : now;
    },
    { timeout: 25_000, interval: 20 },
  );
  if (report === null) {
    throw new Error("there is no such erasure");
  }
  return report;
}

beforeEach(async () => {
  await world.open(engine);
  await world.clients(
    ...HERS.map((name) => ({ name, user_identifier_key: "jane_doe" })),
    ...OTHERS.map((name) => ({ name, user_identifier_key: name })),
  );
  await world.agents(
    ...HERS_AT.map((at) => ({ at, metadata: OF_JANE })),
    ...OTHERS_AT.map((at) => ({ at, metadata: { user_id: "bob" } })),
  );
});

async function lie(lists: ListFaults): Promise<void> {
  await Promise.all([seam.configure({ lists }), vectara.configure({ lists })]);
}

describe("an erasure whose lists lie", () => {
  test.each<[string, ListFaults]>([
    ["repeat their rows", { repeat: 3 }],
    ["come in another order", { shuffle: true }],
    ["hold everybody's rows, whatever is asked for", { ignore_filters: true }],
    ["do all of this", { repeat: 2, shuffle: true, ignore_filters: true }],
  ])("and %s: each of hers goes once, and nobody else's", async (_what, lists) => {
    await lie(lists);
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "completed",
      sources: {
        client_sessions: { found: HERS.length, dispositions: { deleted: HERS.length } },
        agent_sessions: { found: HERS_AT.length, dispositions: { deleted: HERS_AT.length } },
      },
    });
    expect(await world.left()).toEqual(LEFT);
  });

  test("and skip rows: what the first list did not show, the read-back finds", async () => {
    await lie({ skip_every: 5 });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("completed");
    expect(await world.left()).toEqual(LEFT);
    const passes = Object.values(report.sources).map(({ verified_at: at }) => at.length);
    expect(Math.max(...passes)).toBeGreaterThan(1);
  });

  test("and hold a row of another workspace: that part stalls, says nothing, and goes on later", async () => {
    await lie({ ignore_filters: true });
    const fields = { workspace_id: "another-workspace" };
    await seam.effects({
      match: { path: "/client_sessions/list" },
      effect: { do: "set", id: idOf("bob0"), fields },
    });
    const id = await openErasure(engine);
    const stalled = await hurried(engine, id, "client_sessions", isStalled);
    expect(stalled).toMatchObject({ finished_at: null, statement: null });
    expect(await world.removals()).toBe(0);
    await world.clients({ name: "bob0", user_identifier_key: "bob0" });
    await hurry("client_sessions");
    expect((await ended(id)).status).toBe("completed");
    expect(await world.left()).toEqual(LEFT);
  });

  test("and hold a row of nobody that can be told: it is kept and named, and hers go", async () => {
    await lie({ ignore_filters: true });
    await world.changeClient("bob0", { user_identifier_key: { id: 7 } });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: {
          dispositions: { deleted: HERS.length },
          unreadable: { count: 1, sessions: [{ id: idOf("bob0") }] },
        },
      },
    });
    expect(await world.left()).toEqual(LEFT);
  });

  test("and hold a row of another agent: it is kept and named, and hers go", async () => {
    await world.agents({ at: "agt_b/stray", metadata: OF_JANE });
    await vectara.effects({
      match: { path: "/v2/agents/agt_b/sessions" },
      effect: { do: "set", agent_key: "agt_b", id: "stray", fields: { agent_key: "agt_z" } },
    });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        agent_sessions: {
          dispositions: { deleted: HERS_AT.length },
          unreadable: { count: 1, sessions: [{ scope: "agt_b", id: "stray" }] },
        },
      },
    });
    expect(await world.left()).toEqual([...LEFT, "agt_b/stray"].toSorted());
  });
});

describe("a list whose place the provider has forgotten", () => {
  /** The key of the second page of a hundred, as the fake writes it at first. */
  const OLD_KEY = encodeURIComponent(btoa(JSON.stringify({ offset: 100 })));

  test("is begun anew: an erasure does not ask for a page that there is not for ever", async () => {
    await world.agents(
      ...names("agt_a/x", 120).map((at) => ({ at, metadata: { user_id: "bob" } })),
      { at: "agt_a/last", metadata: OF_JANE },
    );
    await vectara.faults({
      kind: "status",
      status: 400,
      body: { messages: ["page_key is not known"] },
      times: "always",
      match: { path: `^/v2/agents/agt_a/sessions\\?.*page_key=${OLD_KEY}` },
    });
    const id = await openErasure(engine);
    await hurried(engine, id, "agent_sessions", isStalled);
    await vectara.configure({ paging: "key" });
    await hurry("agent_sessions");
    const report = await ended(id);
    expect(report.status).toBe("completed");
    expect(report.sources["agent_sessions"]).toMatchObject({
      found: HERS_AT.length + 1,
      dispositions: { deleted: HERS_AT.length + 1 },
    });
  });

  test("is begun anew in the read-back too", async () => {
    await world.agents(
      ...names("agt_a/x", 120).map((at) => ({ at, metadata: { user_id: "bob" } })),
    );
    await vectara.faults({
      kind: "status",
      status: 400,
      body: { messages: ["page_key is not known"] },
      skip: 1,
      times: "always",
      match: { path: `^/v2/agents/agt_a/sessions\\?.*page_key=${OLD_KEY}` },
    });
    const id = await openErasure(engine);
    await hurried(engine, id, "agent_sessions", isStalled);
    await vectara.configure({ paging: "key" });
    await hurry("agent_sessions");
    const report = await ended(id);
    expect(report.status).toBe("completed");
    expect(report.sources["agent_sessions"]?.found).toBe(HERS_AT.length);
    expect((await world.left()).filter((at) => HERS_AT.includes(at))).toEqual([]);
  });
});
