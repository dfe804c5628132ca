import { afterEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../fakes/faults.ts";
import { startFake } from "../support/fake_client.ts";
import {
  accounted,
  daysAgo,
  runCourse,
  seamProvider,
  vectaraProvider,
  type Seed,
} from "../support/provider_world.ts";

const seam = seamProvider(await startFake("seam"));
const vectara = vectaraProvider(await startFake("vectara"));

afterEach(async () => {
  await seam.fake.reset();
  await vectara.fake.reset();
});

const DUE = [1, 2, 3, 4].map((n): Seed => ({ n, clock: daysAgo(60 + n) }));
const ASKED = 2;
const OTHER = "another-workspace";

/** A client session as an answer to a get would hold it. */
function clientSession(n: number, more: object = {}): object {
  const session = {
    client_session_id: seam.id(n),
    workspace_id: "b887bf84-9849-4454-a562-cf84293d9781",
    created_at: daysAgo(400),
    expires_at: daysAgo(60),
    ...more,
  };
  return { client_session: session, ok: true };
}

describe("another session than the one that was asked for", () => {
  test.each<[string, object]>([
    ["another one", clientSession(3)],
    ["one of another workspace", clientSession(ASKED, { workspace_id: OTHER })],
    ["one without a workspace", clientSession(ASKED, { workspace_id: null })],
    ["one without an id", clientSession(ASKED, { client_session_id: "" })],
    ["none", { ok: true }],
    ["a list", { client_sessions: [clientSession(ASKED)], ok: true }],
  ])(
    "seam answers %s: the one that was asked for stays, and is said to be unread",
    async (...of) => {
      const [, body] = of;
      await seam.seed(DUE);
      const match = { path: "/client_sessions/get", id: seam.id(ASKED) };
      const fault: FaultRule = { kind: "empty_ok", body, times: "always", match };
      const { first, later, left_at_first: left } = await runCourse(seam, { faults: [fault] });
      expect(first).toMatchObject({
        status: "completed",
        dispositions: { deleted: 3, unreachable: 1 },
      });
      expect(left).toEqual([seam.id(ASKED)]);
      expect(later.dispositions).toEqual({ deleted: 1 });
    },
  );

  test.each<[string, object]>([
    ["another one", { key: "ase_3", agent_key: "agt_a" }],
    ["one of another agent", { key: "ase_2", agent_key: "agt_b" }],
    ["one without a key", { agent_key: "agt_a", created_at: daysAgo(400) }],
    ["the agent", { key: "agt_a", name: "agt_a", enabled: true }],
  ])("vectara answers %s: the one that was asked for stays", async (...of) => {
    const [, body] = of;
    await vectara.seed(DUE);
    const match = { method: "GET", path: "^/v2/agents/agt_a/sessions/ase_2$" };
    const fault: FaultRule = { kind: "empty_ok", body, times: "always", match };
    const { first, later, left_at_first: left } = await runCourse(vectara, { faults: [fault] });
    expect(first).toMatchObject({
      status: "completed",
      dispositions: { deleted: 3, unreachable: 1 },
    });
    expect(left).toEqual([vectara.id(ASKED)]);
    expect(later.dispositions).toEqual({ deleted: 1 });
  });
});

describe("a list with rows that are not its own", () => {
  test("of another workspace: nothing of it is planned", async () => {
    await seam.seed([...DUE, { n: 7, clock: daysAgo(60), more: { workspace_id: OTHER } }]);
    const { first, removed } = await runCourse(seam, {});
    expect(first).toMatchObject({ status: "stalled", plan_digest: null, dispositions: {} });
    expect(removed).toEqual([]);
  });

  test("of another agent: that row stays and is named, and the others go", async () => {
    await vectara.seed([
      { n: 1, clock: daysAgo(60), agent: "agt_0" },
      ...DUE.slice(1),
      { n: 7, clock: daysAgo(60), more: { agent_key: "agt_z" } },
    ]);
    const { first, left } = await runCourse(vectara, {});
    expect(first).toMatchObject({
      status: "completed",
      dispositions: { deleted: 4 },
      unreadable: { count: 1, sessions: [{ scope: "agt_a", id: vectara.id(7) }] },
    });
    expect(left).toEqual([vectara.id(7)]);
  });

  test("of another agent, and nothing says so: what is not there is not claimed as removed", async () => {
    // Agent b shows a session of agent a as its own, and does not know it when it is asked for it.
    await vectara.seed([...DUE, { n: 8, clock: daysAgo(60), agent: "agt_b" }]);
    const stray = { key: vectara.id(1), created_at: daysAgo(400) };
    const { first, left } = await runCourse(vectara, {
      faults: [
        {
          kind: "empty_ok",
          body: { sessions: [stray, { key: vectara.id(8), created_at: daysAgo(400) }] },
          match: { path: "/v2/agents/agt_b/sessions?" },
        },
      ],
    });
    expect(first).toMatchObject({ status: "completed", dispositions: { deleted: 5 } });
    expect(accounted(first)).toBe(first.counts.planned);
    expect(left).toEqual([]);
  });

  test("events of another session are no activity, no idleness, and no reason to ask without a pause", async () => {
    await vectara.seed(DUE);
    const strange = { id: "aev_x", session_key: "ase_9", created_at: daysAgo(300) };
    const { first, left_at_first: left } = await runCourse(vectara, {
      faults: [
        {
          kind: "empty_ok",
          body: { events: [strange] },
          times: "always",
          match: { id: vectara.id(ASKED), path: "^.*/events" },
        },
      ],
    });
    expect(first).toMatchObject({ counts: { due: 3, undated: 1 }, dispositions: { deleted: 3 } });
    expect(left).toEqual([vectara.id(ASKED)]);
  });
});
