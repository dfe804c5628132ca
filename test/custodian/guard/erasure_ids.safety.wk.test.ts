import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import {
  by,
  embeddedWorld,
  idOf,
  JANE,
  OF_JANE,
  upstreamWorld,
} from "../../support/erasure_world.ts";
import { store } from "../../support/d1.ts";

const engine = await openEngine();
const [here, there] = [await upstreamWorld(), await upstreamWorld()];
const embedded = embeddedWorld();

const QUICK = { per_second: 2000, settle_seconds: 0 };

/** Two accounts of each kind: `there` is reached as `clients_eu` and `agents_eu`. */
async function openBoth(eu: object = {}): Promise<void> {
  await there.open(engine);
  await here.open(engine);
  await engine.configure({
    ...here.vars,
    OTHER_KEY: "zut_fake_key",
    SOURCES: JSON.stringify({
      client_sessions: QUICK,
      agent_sessions: QUICK,
      clients_eu: {
        ...QUICK,
        provider: "seam",
        endpoint: there.seam.url,
        secret: "SEAM_API_KEY",
      },
      agents_eu: {
        ...QUICK,
        provider: "vectara",
        endpoint: there.vectara.url,
        secret: "VECTARA_API_KEY",
        ...eu,
      },
    }),
  });
}

const AGENT = by("agent_session_id", "agt_a/ase_1");
const CLIENT = by("client_session_id", idOf("one"));

describe("an id that two accounts have", () => {
  beforeEach(async () => {
    await openBoth();
  });

  test("with its agent: nothing goes anywhere, until the source is named", async () => {
    await here.agents({ at: "agt_a/ase_1" }, { at: "agt_a/ase_2", metadata: OF_JANE });
    await there.agents({ at: "agt_a/ase_1" });
    const report = await engine.erase([AGENT, JANE]);
    expect(report).toMatchObject({ status: "conflict", error: { code: "conflict" } });
    expect(report.error?.message).toContain("`sources`");
    expect(await here.left()).toEqual(["agt_a/ase_1", "agt_a/ase_2"]);
    expect(await there.left()).toEqual(["agt_a/ase_1"]);

    const named = await engine.erase([AGENT], { sources: ["agents_eu"] });
    expect(named.status).toBe("completed");
    expect(await here.left()).toEqual(["agt_a/ase_1", "agt_a/ase_2"]);
    expect(await there.left()).toEqual([]);
  });

  test("a client_session_id too", async () => {
    await here.clients({ name: "one" });
    await there.clients({ name: "one" });
    expect((await engine.erase([CLIENT])).status).toBe("conflict");
    expect([await here.left(), await there.left()]).toEqual([["one"], ["one"]]);
    expect((await engine.erase([CLIENT], { sources: ["client_sessions"] })).status).toBe(
      "completed",
    );
    expect([await here.left(), await there.left()]).toEqual([[], ["one"]]);
  });

  test("also where one of the two sessions cannot be read", async () => {
    await here.clients({ name: "one" });
    await there.clients({ name: "one", user_identifier_key: 42 });
    expect((await engine.erase([CLIENT])).status).toBe("conflict");
    expect(await here.left()).toEqual(["one"]);
  });

  test("one that only the read-back shows in the second account stays there", async () => {
    await here.agents({ at: "agt_a/ase_1" });
    await there.agents({ at: "agt_a/ase_2" });
    await there.vectara.effects({
      match: { method: "GET", path: "/v2/agents/agt_a/sessions" },
      when: "after",
      effect: { do: "add", agent_key: "agt_a", session: { key: "ase_1" } },
    });
    const report = await engine.erase([AGENT]);
    expect(await here.left()).toEqual([]);
    expect(await there.left()).toEqual(["agt_a/ase_1", "agt_a/ase_2"]);
    expect(report.status).toBe("partial");
    expect(report.sources["agents_eu"]?.dispositions).toEqual({ shared: 1 });
  });

  test("nor does what that one has made go", async () => {
    await here.agents({ at: "agt_a/ase_1" });
    await there.agents({ at: "agt_a/ase_2" }, { at: "agt_a/kid", child_of: "agt_a/ase_1" });
    await there.vectara.effects({
      match: { method: "GET", path: "/v2/agents/agt_a/sessions" },
      when: "after",
      effect: { do: "add", agent_key: "agt_a", session: { key: "ase_1" } },
    });
    const report = await engine.erase([AGENT]);
    expect(await there.left()).toEqual(["agt_a/ase_1", "agt_a/ase_2", "agt_a/kid"]);
    expect(report.sources["agents_eu"]?.dispositions).toEqual({ shared: 2 });
  });

  test("two names of one account have it as one, found late too", async () => {
    await here.open(engine);
    const again = { ...QUICK, provider: "vectara", secret: "VECTARA_API_KEY" };
    await engine.configure({
      ...here.vars,
      SOURCES: JSON.stringify({
        client_sessions: QUICK,
        agent_sessions: QUICK,
        again: { ...again, endpoint: here.vectara.url },
      }),
    });
    await here.agents({ at: "agt_a/ase_1" }, { at: "agt_a/ase_2" });
    await here.vectara.effects({
      match: { method: "DELETE", path: "/v2/agents/agt_a/sessions/ase_1" },
      when: "after",
      effect: { do: "add", agent_key: "agt_a", session: { key: "ase_1" } },
    });
    const report = await engine.erase([AGENT]);
    expect(report.status).toBe("partial");
    expect(report.error).toBeNull();
    expect(await here.left()).toEqual(["agt_a/ase_2"]);
  });

  test("in one account it is no conflict, whatever else has a like name", async () => {
    await here.agents({ at: "agt_a/ase_1" }, { at: `agt_a/${idOf("one")}`, metadata: OF_JANE });
    await here.clients({ name: "one", user_identifier_key: "jane_doe" });
    await there.agents({ at: "agt_b/ase_1" });
    const report = await engine.erase([AGENT, CLIENT, JANE]);
    expect(report.status).toBe("completed");
    expect(await here.left()).toEqual([]);
    expect(await there.left()).toEqual(["agt_b/ase_1"]);
  });
});

describe("an id that another account may have", () => {
  test("is a conflict while that cannot be read, until the source is named", async () => {
    await openBoth({ secret: "OTHER_KEY" });
    await here.agents({ at: "agt_a/ase_1" });
    await there.vectara.faults({ kind: "status", status: 401, times: "always" });
    const report = await engine.erase([AGENT]);
    expect(report).toMatchObject({
      status: "conflict",
      sources: { agents_eu: { status: "failed" } },
    });
    expect(report.error?.message).toContain("could not be searched");
    expect(await here.left()).toEqual(["agt_a/ase_1"]);
    const named = await engine.erase([AGENT], { sources: ["agent_sessions"] });
    expect(named.status).toBe("completed");
    expect(await here.left()).toEqual([]);
  });

  test("a key is no id: a person goes where she can be found", async () => {
    await openBoth({ secret: "OTHER_KEY" });
    await here.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    await there.vectara.faults({ kind: "status", status: 401, times: "always" });
    expect((await engine.erase([JANE])).status).toBe("partial");
    expect(await here.left()).toEqual([]);
  });
});

describe("an id of a row of which nothing else can be read", () => {
  const HUGE = { ...OF_JANE, note: "x".repeat(1_100_000) };

  test("in another account, is a conflict until the source is named", async () => {
    await openBoth();
    await here.agents({ at: "agt_a/ase_1" });
    await there.agents({ at: "agt_a/ase_1", metadata: HUGE });
    expect((await engine.erase([AGENT])).status).toBe("conflict");
    expect(await here.left()).toEqual(["agt_a/ase_1"]);
    const named = await engine.erase([AGENT], { sources: ["agent_sessions"] });
    expect(named.status).toBe("completed");
    expect([await here.left(), await there.left()]).toEqual([[], ["agt_a/ase_1"]]);
  });

  test("in another agent, is a conflict until the agent is named", async () => {
    await here.open(engine);
    await here.agents({ at: "agt_a/ase_1" }, { at: "agt_b/ase_1", metadata: HUGE });
    const report = await engine.erase([by("agent_session_id", "ase_1")]);
    expect(report.status).toBe("conflict");
    expect(await here.left()).toEqual(["agt_a/ase_1", "agt_b/ase_1"]);
    // The other row may still be of the person; it is no reason to leave the one that was named.
    expect((await engine.erase([AGENT])).sources["agent_sessions"]).toMatchObject({
      dispositions: { deleted: 1 },
    });
    expect(await here.left()).toEqual(["agt_b/ase_1"]);
  });

  test("among more than a report names, may be any id, until the scope is named", async () => {
    await here.open(engine);
    await here.agents({ at: "agt_a/ase_1" }, { at: "agt_b/ase_2" });
    const odd = Array.from({ length: 21 }, (_, i) => ({ key: `odd_${i}`, agent_key: 7 }));
    await here.vectara.seed({ sessions: odd.map((row) => ({ agent: "agt_b", ...row })) });
    const bare = by("agent_session_id", "ase_1");
    expect((await engine.erase([bare])).status).toBe("conflict");
    await engine.erase([bare], { scopes: ["agt_a"] });
    expect(await here.left()).not.toContain("agt_a/ase_1");
  });

  test("in another workspace, is a conflict until the scope is named", async () => {
    await embedded.open(engine);
    await embedded.clients(
      { name: "one", workspace_id: "ws-a" },
      { name: "one", workspace_id: "ws-b" },
    );
    await store
      .prepare("UPDATE client_sessions SET record = '{' WHERE workspace_id = 'ws-b'")
      .run();
    expect((await engine.erase([CLIENT])).status).toBe("conflict");
    expect(await embedded.left()).toEqual(["one", "one"]);
    await engine.erase([CLIENT], { scopes: ["ws-a"] });
    expect(await embedded.left()).toEqual(["one"]);
  });
});

describe("an id that two workspaces have", () => {
  beforeEach(async () => {
    await embedded.open(engine);
    await embedded.clients(
      { name: "one", workspace_id: "ws-a", user_identifier_key: "jane_doe" },
      { name: "one", workspace_id: "ws-b", user_identifier_key: "bob" },
    );
  });

  test("is a conflict, until the scope is named", async () => {
    const report = await engine.erase([CLIENT]);
    expect(report.status).toBe("conflict");
    expect(report.error?.message).toContain("`scopes`");
    expect(await embedded.left()).toEqual(["one", "one"]);
    expect(await embedded.removals()).toBe(0);
    const named = await engine.erase([CLIENT], { scopes: ["ws-b"] });
    expect(named.status).toBe("partial");
    expect(named.sources["client_sessions"]).toMatchObject({
      found: 1,
      dispositions: { deleted: 1 },
    });
    expect(await embedded.left()).toEqual(["one"]);
  });
});
