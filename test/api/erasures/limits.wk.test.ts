import { beforeEach, describe, expect, test } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { embeddedWorld, idOf, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";

const engine = await openEngine();
const embedded = embeddedWorld();
const worlds = [embedded, await upstreamWorld()];

describe.each(worlds)("an erasure that says where ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine);
  });

  test("looks in the sources it names alone, and says so", async () => {
    await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    const report = await engine.erase([JANE], { sources: ["agent_sessions"] });
    expect(await world.left()).toEqual(["jane"]);
    expect(report).toMatchObject({
      status: "completed",
      limited_to: { sources: ["agent_sessions"], scopes: null },
    });
    expect(Object.keys(report.sources)).toEqual(["agent_sessions"]);
    expect(report.statement).toContain("in the sources that were asked for");
  });

  test("looks in the scopes it names alone, at the read-back too", async () => {
    await world.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_2", metadata: { user_id: "bob" } },
    );
    const report = await engine.erase([JANE], { scopes: ["agt_a"] });
    expect(await world.left()).toEqual(["agt_b/ase_1", "agt_b/ase_2"]);
    expect(report).toMatchObject({
      status: "completed",
      limited_to: { sources: null, scopes: ["agt_a"] },
      sources: { agent_sessions: { found: 1, dispositions: { deleted: 1 } } },
    });
    expect(report.statement).toContain("in the scopes that were asked for");
  });

  test("takes no child out of another scope, and none of a parent in another", async () => {
    await world.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_1", metadata: OF_JANE },
      { at: "agt_a/of_a", child_of: "agt_a/ase_1" },
      { at: "agt_a/of_b", child_of: "agt_b/ase_1" },
      { at: "agt_b/of_a", child_of: "agt_a/ase_1" },
    );
    await engine.erase([JANE], { scopes: ["agt_a"] });
    expect(await world.left()).toEqual(["agt_a/of_b", "agt_b/ase_1", "agt_b/of_a"]);
  });

  test("is contradicted by nothing in another scope", async () => {
    await world.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_1", metadata: { ...OF_JANE, user_identifier_key: "bob" } },
    );
    const report = await engine.erase([JANE], { scopes: ["agt_a"] });
    expect(report.status).toBe("completed");
    expect(await world.left()).toEqual(["agt_b/ase_1"]);
  });
});

test("a workspace is a scope: the same key in another one stays", async () => {
  await embedded.open(engine);
  await embedded.clients(
    { name: "here", workspace_id: "ws-a", user_identifier_key: "jane_doe" },
    { name: "there", workspace_id: "ws-b", user_identifier_key: "jane_doe" },
  );
  const report = await engine.erase([JANE], { scopes: ["ws-a"] });
  expect(await embedded.left()).toEqual(["there"]);
  expect(report.status).toBe("completed");
});

describe("a source that is named and configured wrongly", () => {
  const SOURCES = JSON.stringify({
    client_sessions: { settle_seconds: 0 },
    agent_sessions: { settle_seconds: 0 },
    seam_eu: { provider: "seam", endpoint: "ftp://eu.example.com", secret: "SEAM_EU_API_KEY" },
  });
  const failed = { seam_eu: { status: "failed", error: { code: "source_missing" } } };

  beforeEach(async () => {
    await embedded.open(engine);
    await engine.configure({ SOURCES });
  });

  test("was not searched: the whole is partial, and what could be reached is gone", async () => {
    await embedded.clients({ name: "jane", user_identifier_key: "jane_doe" });
    expect(await engine.erase([JANE])).toMatchObject({ status: "partial", sources: failed });
    expect(await embedded.left()).toEqual([]);
    const none = await engine.erase([JANE]);
    expect(none).toMatchObject({ status: "partial", sources: failed });
    expect(none.statement).not.toContain("Every source");
  });

  test("may have the session of an id, too: nobody can say which is meant", async () => {
    await embedded.clients({ name: "jane", user_identifier_key: "jane_doe" });
    const id = { type: "client_session_id", value: idOf("jane") } as const;
    expect(await engine.erase([id])).toMatchObject({ status: "conflict" });
    expect(await embedded.left()).toEqual(["jane"]);
    expect(await engine.erase([id], { sources: ["client_sessions"] })).toMatchObject({
      status: "completed",
    });
  });
});
