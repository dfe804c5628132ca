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

const engine = await openEngine();
const worlds = [embeddedWorld(), await upstreamWorld()];

describe.each(worlds)("whom an erasure finds ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine);
  });

  test("a user_identifier_key is found in both sources, and nobody else goes", async () => {
    await world.clients(
      { name: "jane", user_identifier_key: "jane_doe" },
      { name: "jane too", user_identifier_key: "jane_doe" },
      { name: "bob", user_identifier_key: "bob" },
      { name: "nobody" },
    );
    await world.agents(
      { at: "agt_a/ase_1", metadata: { user_id: "jane_doe" } },
      { at: "agt_b/ase_2", metadata: { user_identifier_key: "jane_doe" } },
      { at: "agt_b/ase_3", metadata: { user_id: "bob" } },
      { at: "agt_b/ase_4", metadata: { profile: { user_id: "jane_doe" } } },
      { at: "agt_b/ase_5" },
    );
    const report = await engine.erase([JANE]);
    expect(await world.left()).toEqual([
      "agt_b/ase_3",
      "agt_b/ase_4",
      "agt_b/ase_5",
      "bob",
      "nobody",
    ]);
    expect(report).toMatchObject({
      status: "completed",
      error: null,
      identifier_types: ["user_identifier_key"],
      sources: {
        client_sessions: { status: "done", found: 2, dispositions: { deleted: 2 }, error: null },
        agent_sessions: { status: "done", found: 2, dispositions: { deleted: 2 }, error: null },
      },
    });
    for (const source of Object.values(report.sources)) {
      expect(source.verified_at).toHaveLength(1);
      expect(source.not_erased.length).toBeGreaterThan(0);
      expect(report.statement).toContain(source.verified_at[0]);
    }
    expect(report.statement).toMatch(
      /^No session matching the selector was visible to this credential, in these accounts, at these times: /,
    );
    expect(JSON.stringify(report)).not.toContain("jane");
  });

  test("nothing found in any source is no_match, not completed", async () => {
    await world.clients({ name: "bob", user_identifier_key: "bob" });
    await world.agents({ at: "agt_a/ase_1", metadata: { user_id: "bob" } });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "no_match",
      sources: {
        client_sessions: { status: "no_match", found: 0, dispositions: {} },
        agent_sessions: { status: "no_match", found: 0, dispositions: {} },
      },
    });
    expect(report.statement).toContain("Every source was searched");
    expect(await world.left()).toEqual(["agt_a/ase_1", "bob"]);
  });

  test("found in one source and not in the other is completed", async () => {
    await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await world.agents({ at: "agt_a/ase_1", metadata: { user_id: "bob" } });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("completed");
    expect(report.sources["agent_sessions"]?.status).toBe("no_match");
    expect(report.sources["agent_sessions"]?.verified_at).toHaveLength(1);
    expect(await world.left()).toEqual(["agt_a/ase_1"]);
  });

  test("a user_identity_id is found in either field; a source without the type is not_searched", async () => {
    const [one, two] = [idOf("identity 1"), idOf("identity 2")];
    await world.clients(
      { name: "single", user_identity_id: one },
      { name: "list", user_identity_ids: [one] },
      { name: "other", user_identity_ids: [two] },
    );
    await world.agents({ at: "agt_a/ase_1", metadata: { user_id: one } });
    const report = await engine.erase([by("user_identity_id", one)]);
    expect(await world.left()).toEqual(["agt_a/ase_1", "other"]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: { status: "done", found: 2, dispositions: { deleted: 2 } },
        agent_sessions: { status: "not_searched", found: 0 },
      },
    });
    expect(report.statement).toContain("Not everything");
  });

  test("a client_session_id names one session", async () => {
    await world.clients(
      { name: "one", user_identifier_key: "jane_doe" },
      { name: "two", user_identifier_key: "jane_doe" },
    );
    const report = await engine.erase([by("client_session_id", idOf("one"))]);
    expect(await world.left()).toEqual(["two"]);
    expect(report.sources["agent_sessions"]?.status).toBe("not_searched");
    expect(report.status).toBe("partial");
  });

  test("a customer_key takes the whole business, under both its names", async () => {
    await world.clients(
      { name: "new", customer_key: "acme", user_identifier_key: "jane_doe" },
      { name: "old", customer_id: "acme", user_identifier_key: "bob" },
      { name: "else", customer_key: "acme2" },
    );
    const report = await engine.erase([by("customer_key", "acme")]);
    expect(await world.left()).toEqual(["else"]);
    expect(report.sources["client_sessions"]).toMatchObject({ found: 2 });
  });

  test("metadata:<path> is looked at that path alone", async () => {
    await world.open(engine, {
      agent_sessions: { person_paths: ["user_id", "profile.customer_id"] },
    });
    await world.agents(
      { at: "agt_a/ase_1", metadata: { profile: { customer_id: "5" } } },
      { at: "agt_a/ase_2", metadata: { user_id: "5" } },
      { at: "agt_a/ase_3", metadata: { customer_id: "5" } },
    );
    const report = await engine.erase([by("metadata:profile.customer_id", "5")]);
    expect(await world.left()).toEqual(["agt_a/ase_2", "agt_a/ase_3"]);
    expect(report.sources["client_sessions"]?.status).toBe("not_searched");
  });

  test("a user_identifier_key is looked for at every declared path", async () => {
    await world.open(engine, {
      agent_sessions: { person_paths: ["user_id", "profile.customer_id"] },
    });
    await world.agents(
      { at: "agt_a/ase_1", metadata: { profile: { customer_id: "jane_doe" } } },
      { at: "agt_a/ase_2", metadata: { user_id: "jane_doe" } },
      { at: "agt_a/ase_3", metadata: { user_identifier_key: "jane_doe" } },
    );
    await engine.erase([JANE]);
    expect(await world.left()).toEqual(["agt_a/ase_3"]);
  });

  test("a path that no source declares is searched nowhere, and is not called completed", async () => {
    await world.agents({ at: "agt_a/ase_1", metadata: { email: "j@example.com" } });
    const report = await engine.erase([by("metadata:email", "j@example.com")]);
    expect(report.status).toBe("partial");
    expect(Object.values(report.sources).map(({ status }) => status)).toEqual([
      "not_searched",
      "not_searched",
    ]);
    expect(await world.left()).toEqual(["agt_a/ase_1"]);
  });

  test.each([
    ["a text is no number", "5", [5, true]],
    ["a number is no text", 5, ["5", "05", "5.0"]],
    ["true is no text", true, ["true", 1]],
    ["case counts", "Jane", ["jane", "JANE"]],
    ["unicode forms count", "Zo\u00eb", ["Zoe\u0308"]],
    ["no part of a value counts", "jane", ["jane_doe", "janet", "jane "]],
  ])("values are exact: %s", async (_what, given, others) => {
    await world.agents(
      { at: "agt_a/ase_exact", metadata: { user_id: given } },
      ...others.map((value, index) => ({
        at: `agt_a/ase_${index}`,
        metadata: { user_id: value },
      })),
    );
    const report = await engine.erase([by("metadata:user_id", given)]);
    expect(report.sources["agent_sessions"]).toMatchObject({ found: 1 });
    expect(await world.left()).toEqual(others.map((_value, index) => `agt_a/ase_${index}`));
  });

  test.each(["Jane_Doe", "jane_doe ", "jane_do", "jane\u0301_doe"])(
    "a client session of %j is not jane_doe's",
    async (key) => {
      await world.clients({ name: "other", user_identifier_key: key });
      const report = await engine.erase([JANE]);
      expect(report.status).toBe("no_match");
      expect(await world.left()).toEqual(["other"]);
    },
  );

  describe("agent_session_id", () => {
    test("<agent>/<session> names one session in one agent", async () => {
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_1", metadata: { user_id: "bob" } },
      );
      const report = await engine.erase([by("agent_session_id", "agt_b/ase_1")]);
      expect(await world.left()).toEqual(["agt_a/ase_1"]);
      expect(report).toMatchObject({
        status: "partial",
        sources: {
          agent_sessions: { dispositions: { deleted: 1 } },
          client_sessions: { status: "not_searched" },
        },
      });
    });

    test("a bare id is taken where one agent has it", async () => {
      await world.agents({ at: "agt_a/ase_1" }, { at: "agt_b/ase_2" });
      await engine.erase([by("agent_session_id", "ase_2")]);
      expect(await world.left()).toEqual(["agt_a/ase_1"]);
    });

    test("a bare id that two agents have is a conflict: nothing is removed in any source", async () => {
      await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
      await world.agents(
        { at: "agt_a/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_1", metadata: OF_JANE },
        { at: "agt_b/ase_2", metadata: OF_JANE },
      );
      const report = await engine.erase([JANE, by("agent_session_id", "ase_1")]);
      expect(report.status).toBe("conflict");
      expect(report.error).toMatchObject({
        code: "conflict",
        message: expect.stringContaining("<agent>/<session>"),
      });
      expect(await world.left()).toHaveLength(4);
      expect(await world.removals()).toBe(0);
    });
  });
});
