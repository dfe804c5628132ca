import { beforeEach, describe, expect, test } from "vitest";
import { store } from "../../support/d1.ts";
import { embeddedWorld, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";
import { openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const upstream = await upstreamWorld();
const embedded = embeddedWorld();
const worlds = [embedded, upstream];
const SHARING = { tools: [{ type: "sub_agent", session: { mode: "agent_scoped" } }] };
/** Lets the agents be asked again, as after an hour. */
const FORGET_ASKED =
  "UPDATE jobs SET progress = json_set(progress, '$.plan.asked.at', 0) WHERE progress ->> '$.phase' = 'removing'";
const pause = { until: null, reason: "a look at it" };

async function turn(paused: typeof pause | null): Promise<void> {
  await engine.registrar.turnSwitch({ source: "agent_sessions", pause: paused }, "anna");
}

describe.each(worlds)("an erasure that has waited ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await world.agents(
      { at: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_b/child", child_of: "agt_a/parent" },
      { at: "agt_b/hers", child_of: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_c/last", child_of: "agt_b/child" },
      { at: "agt_d/other", metadata: OF_JANE },
      { at: "agt_e/its", child_of: "agt_d/other" },
    );
  });

  test.each<[string, string, object | null]>([
    ["that has come to serve several people", "agt_a", SHARING],
    ["that nobody can read any more", "agt_a", null],
  ])("leaves what an agent made %s", async (_, agent, document) => {
    const asked = await engine.erase([JANE]);
    expect(asked).toMatchObject({
      status: "needs_approval",
      sources: { agent_sessions: { found: 6 } },
    });
    await world.agentDocument(agent, document as Parameters<typeof world.agentDocument>[1]);
    await engine.registrar.approveErasure(asked.id, asked.plan_digest ?? "", "somebody else");
    await expect
      .poll(async () => (await engine.erasure(asked.id)).status, { timeout: 20_000 })
      .toBe("partial");
    expect(await engine.erasure(asked.id)).toMatchObject({
      sources: { agent_sessions: { dispositions: { deleted: 3, shared: 3 } } },
    });
    expect(await world.left()).toEqual(["agt_b/child", "agt_b/hers", "agt_c/last"]);
  });

  test("takes all where no agent has changed", async () => {
    const asked = await engine.erase([JANE]);
    await engine.registrar.approveErasure(asked.id, asked.plan_digest ?? "", "somebody else");
    await expect
      .poll(async () => (await engine.erasure(asked.id)).status, { timeout: 20_000 })
      .toBe("completed");
    expect(await world.left()).toEqual([]);
  });
});

test("what a refused session has made stays with it, where its own maker has come to serve several people", async () => {
  await upstream.open(engine, { vars: { ERASURE_MAX_SESSIONS: "2" } });
  await upstream.agents(
    { at: "agt_a/parent", metadata: OF_JANE },
    { at: "agt_b/child", child_of: "agt_a/parent" },
    { at: "agt_c/last", child_of: "agt_b/child" },
    { at: "agt_d/of_last", child_of: "agt_c/last" },
  );
  // What the child has made is not seen before the read-back, and is too much without an approval.
  const first = { path: "^/v2/agents/agt_[cd]/sessions\\?" };
  await upstream.vectara.faults({ kind: "status", status: 403, match: first, times: 2 });
  const refused = { method: "DELETE", path: "/v2/agents/agt_b/" };
  await upstream.vectara.faults({ kind: "status", status: 403, match: refused, times: "always" });
  const asked = await engine.erase([JANE]);
  expect(asked).toMatchObject({
    status: "needs_approval",
    sources: { agent_sessions: { found: 4, dispositions: { deleted: 1, refused: 1 } } },
  });
  await upstream.agentDocument("agt_a", SHARING);
  await engine.registrar.approveErasure(asked.id, asked.plan_digest ?? "", "somebody else");
  await expect
    .poll(async () => (await engine.erasure(asked.id)).status, { timeout: 20_000 })
    .toBe("partial");
  expect((await engine.erasure(asked.id)).sources["agent_sessions"]?.dispositions).toEqual({
    deleted: 1,
    refused: 1,
    shared: 2,
  });
  expect(await upstream.left()).toEqual(["agt_b/child", "agt_c/last", "agt_d/of_last"]);
});

describe("a child whose removal was attempted, and whose maker has come to serve several people since", () => {
  test.each([
    [
      "stays where the call did nothing",
      "reset_before",
      { deleted: 1, shared: 1 },
      ["agt_b/child"],
    ],
    [
      "is gone where the call was carried out",
      "reset_after",
      { deleted: 1, absent_after_attempt: 1 },
      [],
    ],
  ] as const)("%s", async (_, kind, dispositions, left) => {
    await upstream.open(engine);
    await upstream.agents(
      { at: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_b/child", child_of: "agt_a/parent" },
    );
    const removal = { method: "DELETE", path: "/v2/agents/agt_b/" };
    await upstream.vectara.faults({ kind, match: removal, times: 1 });
    const id = await engine.open([JANE]);
    const attempted = "SELECT seq FROM plan WHERE state = 1 AND id = 'child'";
    await expect
      .poll(async () => engine.rows("agent_sessions", attempted), { timeout: 20_000, interval: 5 })
      .toHaveLength(1);
    await turn(pause);
    await upstream.agentDocument("agt_a", SHARING);
    await engine.rows("agent_sessions", FORGET_ASKED);
    await turn(null);
    await expect
      .poll(async () => (await engine.registrar.erasure(id))?.finished_at, { timeout: 30_000 })
      .not.toBeNull();
    expect((await engine.registrar.erasure(id))?.sources["agent_sessions"]?.dispositions).toEqual(
      dispositions,
    );
    expect(await upstream.left()).toEqual(left);
  });
});

describe("a child that a lost batch has removed, and whose maker has come to serve several people since", () => {
  /** A store that answers no batch from the one on that removes the child, until it is mended. */
  function losing(): { readonly db: D1Database; readonly lost: () => number; mend(): void } {
    let isLosing = false;
    let isMended = false;
    let lost = 0;
    const db = new Proxy(store, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (key !== "batch") {
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        }
        return async (statements: D1PreparedStatement[]) => {
          // While it loses answers nothing is run: what a batch came to cannot be asked for.
          const answer = isLosing && !isMended ? [] : await target.batch(statements);
          isLosing ||= !(await embedded.left()).includes("agt_b/child");
          if (isLosing && !isMended) {
            lost += 1;
            throw new Error("D1_ERROR: Network connection lost.");
          }
          return answer;
        };
      },
    });
    return {
      db,
      lost: () => lost,
      mend: () => {
        isMended = true;
      },
    };
  }

  test("is told as deleted, and what it has made goes, too", async () => {
    await embedded.open(engine);
    await embedded.agents(
      { at: "agt_a/parent", metadata: OF_JANE },
      { at: "agt_b/child", child_of: "agt_a/parent" },
      { at: "agt_c/last", child_of: "agt_b/child" },
    );
    const { db, lost, mend } = losing();
    await engine.useStore(db);
    const id = await engine.open([JANE]);
    await expect.poll(lost, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
    await embedded.agentDocument("agt_a", SHARING);
    await engine.rows("agent_sessions", FORGET_ASKED);
    const before = lost();
    await expect.poll(lost, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before + 1);
    mend();
    const report = await engine.erasure(id);
    expect(report.sources["agent_sessions"]?.dispositions).toEqual({ deleted: 3 });
    expect(await embedded.left()).toEqual([]);
  });
});
