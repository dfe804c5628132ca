import { beforeEach, describe, expect, test } from "vitest";
import { idsIn, store } from "../../support/d1.ts";
import {
  approve,
  clean,
  ended,
  newestOf,
  put,
  sweepOf,
  versionOf,
} from "../../support/guard_world.ts";
import { addClientSessions, openWorld, renewClient } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openWorld();
const { registrar } = engine;

const add = async (...ids: string[]): Promise<void> => addClientSessions(ids.map((id) => ({ id })));
const trusted = async () =>
  (await registrar.policyVersions("p", 100, null)).data.map(({ trusted_by, trusted_at }) =>
    trusted_at === null ? "no" : trusted_by,
  );

beforeEach(async () => {
  await clean(engine);
});

describe("approval: changes", () => {
  beforeEach(async () => {
    await engine.configure({ APPROVAL: "changes" });
  });

  test("a new version removes nothing until its plan is approved, and then runs by itself", async () => {
    await add("a", "b");
    await put(engine, versionOf());
    const asked = await sweepOf(engine);
    expect(asked).toMatchObject({
      status: "needs_approval",
      approval: "changes",
      guard: null,
      counts: { due: 2, planned: 2 },
      dispositions: {},
    });
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
    expect(await trusted()).toEqual(["no"]);
    expect(await approve(engine, asked)).toMatchObject({
      status: "completed",
      approved_by: [{ name: "ben" }],
      dispositions: { deleted: 2 },
    });
    expect(await trusted()).toEqual(["ben"]);
    await add("c");
    expect(await sweepOf(engine)).toMatchObject({
      status: "completed",
      approval: "none",
      approved_by: [],
    });
    expect(await idsIn("client_sessions")).toEqual([]);
  });

  test("an edit that lengthens or narrows runs by itself, and going back is an edit like any other", async () => {
    await add("a");
    await put(engine, versionOf());
    await approve(engine, await sweepOf(engine));
    await add("b");
    await put(engine, versionOf({ match: { scope: ["w1"] } }));
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", approval: "none" });
    expect(await trusted()).toEqual([null, "ben"]);
    await add("c");
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval", approval: "changes" });
    expect(await idsIn("client_sessions")).toEqual(["c"]);
  });

  test("an edit that widens, or cannot be compared, waits", async () => {
    await add("a");
    await put(engine, versionOf({ match: { scope: ["w1"] } }));
    await approve(engine, await sweepOf(engine));
    for (const change of [{}, { match: { scope: ["w*"] } }, { match: { scope: ["w2"] } }]) {
      await add("b");
      await addClientSessions([{ id: "other", workspace: "w2" }]);
      await put(engine, versionOf(change));
      expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
      expect(await idsIn("client_sessions")).toEqual(["b", "other"]);
      await store.prepare("DELETE FROM client_sessions").run();
    }
  });

  test("a plan that was cancelled while it waited has made nothing trusted", async () => {
    await add("a");
    await put(engine, versionOf());
    const { id } = await sweepOf(engine);
    await registrar.cancelSweep(id, "anna");
    expect(await ended(engine, id)).toMatchObject({ status: "cancelled" });
    expect(await trusted()).toEqual(["no"]);
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("the same document on another account asks again: nobody has seen what it removes there", async () => {
    await add("a");
    await put(engine, versionOf());
    await approve(engine, await sweepOf(engine));
    await add("b");
    const shared = JSON.stringify({ client_sessions: { shared_children: true } });
    await engine.configure({ APPROVAL: "changes", SOURCES: shared });
    const asked = await sweepOf(engine);
    expect(asked).toMatchObject({ status: "needs_approval", approval: "changes" });
    expect(await idsIn("client_sessions")).toEqual(["b"]);
    await approve(engine, asked);
    await add("c");
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", approval: "none" });
  });

  test("what ran where nobody had to be asked is not trusted on another account", async () => {
    await engine.configure({ APPROVAL: "none" });
    await add("a");
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "completed" });
    await add("b");
    const shared = JSON.stringify({ client_sessions: { shared_children: true } });
    await engine.configure({ APPROVAL: "changes", SOURCES: shared });
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
    expect(await idsIn("client_sessions")).toEqual(["b"]);
  });

  test("a braked plan that is approved and empty makes nothing trusted", async () => {
    await put(engine, versionOf({ approval: "every", budget: { items: 1 } }));
    const { id } = await sweepOf(engine);
    expect(await ended(engine, id)).toMatchObject({ counts: { planned: 0 } });
    expect(await trusted()).toEqual(["no"]);
  });

  test("observing is no approval: a version that is switched on asks", async () => {
    await add("a");
    await put(engine, versionOf({ mode: "observe" }));
    expect(await sweepOf(engine)).toMatchObject({ status: "observed", approval: "changes" });
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("a version that was off or gone for a while runs again if it is no wider than before", async () => {
    await add("a");
    await put(engine, versionOf());
    await approve(engine, await sweepOf(engine));
    await put(engine, versionOf({ mode: "off" }));
    await engine.tick();
    await add("b");
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1 },
    });
  });

  test("an empty plan asks nobody, and nobody has approved by it", async () => {
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", counts: { planned: 0 } });
    expect(await trusted()).toEqual(["no"]);
    await add("a");
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
  });

  test("a version written straight to KV asks, and may be approved by any key", async () => {
    await engine.configure({ APPROVAL: "changes", FOUR_EYES: "on" });
    await add("a");
    await engine.putPolicy("p", versionOf().policy);
    const asked = await sweepOf(engine);
    expect(asked.status).toBe("needs_approval");
    expect(await approve(engine, asked, "anna")).toMatchObject({ status: "completed" });
  });

  test("a braked plan is approved once for both, and its version is known from then on", async () => {
    await add("a", "b", "c");
    await put(engine, versionOf({ brake: { items: 2 } }));
    const asked = await sweepOf(engine);
    expect(asked).toMatchObject({
      status: "braked",
      approval: "changes",
      guard: { code: "brake_items" },
    });
    expect(await approve(engine, asked)).toMatchObject({ dispositions: { deleted: 3 } });
    await add("d");
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", approval: "none" });
  });
});

describe("approval: every", () => {
  test("each plan waits, but for one that is empty", async () => {
    await engine.configure({ APPROVAL: "every" });
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", approval: "every" });
    for (const id of ["a", "b"]) {
      await add(id);
      const asked = await sweepOf(engine);
      expect(asked).toMatchObject({ status: "needs_approval", approval: "every" });
      expect(await idsIn("client_sessions")).toEqual([id]);
      expect(await approve(engine, asked)).toMatchObject({ status: "completed" });
    }
  });

  test("a policy may ask for more than its deployment, and not give it up by an edit alone", async () => {
    await add("a");
    await put(engine, versionOf({ approval: "every" }));
    const asked = await sweepOf(engine);
    expect(asked.status).toBe("needs_approval");
    await approve(engine, asked);
    await add("b");
    await put(engine, versionOf({ approval: "none" }));
    const lowered = await sweepOf(engine);
    expect(lowered).toMatchObject({ status: "needs_approval", approval: "changes" });
    await approve(engine, lowered);
    await add("c");
    expect(await sweepOf(engine)).toMatchObject({ status: "completed", approval: "none" });
  });

  test("a policy cannot ask for less than its deployment", async () => {
    await engine.configure({ APPROVAL: "every" });
    await add("a");
    await put(engine, versionOf({ approval: "none" }));
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
  });
});

describe("an approval", () => {
  beforeEach(async () => {
    await engine.configure({ APPROVAL: "every", FOUR_EYES: "on" });
    await add("a", "b", "c");
    await put(engine, versionOf());
  });

  test("removes what was planned and is still due, and nothing that came since", async () => {
    const asked = await sweepOf(engine);
    await renewClient("b");
    await store.prepare("DELETE FROM client_sessions WHERE client_session_id = 'c'").run();
    await add("since");
    expect(await approve(engine, asked)).toMatchObject({
      dispositions: { deleted: 1, renewed: 1, already_absent: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["b", "since"]);
  });

  test("leaves what is held by then", async () => {
    const asked = await sweepOf(engine);
    const session = { kind: "session", source: "client_sessions", scope: "w1", id: "b" } as const;
    const hold = await placeHold(engine, session);
    expect(await approve(engine, asked)).toMatchObject({ dispositions: { deleted: 2, held: 1 } });
    expect(await idsIn("client_sessions")).toEqual(["b"]);
    await registrar.releaseHold(hold.id, "root");
  });

  test("cites the plan, comes from another key, and is taken once", async () => {
    const { id, plan_digest: digest } = await sweepOf(engine);
    const cite = async (plan: string, actor: string) => registrar.approveSweep(id, plan, actor);
    expect(await cite("another", "ben")).toEqual({ kind: "wrong_digest" });
    expect(await cite(digest ?? "", "anna")).toEqual({ kind: "same_key" });
    expect(await idsIn("client_sessions")).toEqual(["a", "b", "c"]);
    expect(await cite(digest ?? "", "ben")).toMatchObject({ kind: "done" });
    expect(await cite(digest ?? "", "carol")).toMatchObject({ kind: "wrong_status" });
    expect(await ended(engine, id)).toMatchObject({ status: "completed" });
  });

  test("of a version that was edited meanwhile is refused, and the next plan asks again", async () => {
    const asked = await sweepOf(engine);
    await put(engine, versionOf({ match: { scope: ["w1"] } }));
    expect(
      await registrar.approveSweep(asked.id, asked.plan_digest ?? "", "ben"),
    ).not.toMatchObject({
      kind: "done",
    });
    expect(await ended(engine, asked.id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 3 },
    });
    const next = await sweepOf(engine);
    expect(next).toMatchObject({ status: "needs_approval" });
    expect(next.plan_digest).not.toBe(asked.plan_digest);
  });

  test("under floors that were changed meanwhile is refused, and the next plan asks again", async () => {
    const asked = await sweepOf(engine);
    await engine.configure({ APPROVAL: "every", MIN_AGE: "P1D" });
    expect(await registrar.approveSweep(asked.id, asked.plan_digest ?? "", "ben")).toEqual({
      kind: "wrong_digest",
    });
    await engine.tick();
    expect(await ended(engine, asked.id)).toMatchObject({ status: "cancelled" });
    expect(await sweepOf(engine)).toMatchObject({
      status: "needs_approval",
      floors: { min_age: "P1D" },
    });
    expect(await idsIn("client_sessions")).toEqual(["a", "b", "c"]);
  });

  test("that nobody gives is not waited for longer than a day, and a person may cancel before", async () => {
    const asked = await sweepOf(engine);
    await registrar.cancelSweep(asked.id, "ben");
    expect(await ended(engine, asked.id)).toMatchObject({
      status: "cancelled",
      dispositions: { untouched: 3 },
    });
    expect((await newestOf(engine)).id).toBe(asked.id);
  });
});
