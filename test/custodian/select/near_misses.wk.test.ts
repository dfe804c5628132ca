import { beforeEach, describe, expect, test, vi } from "vitest";
import { arrived, beginAnew, engine, tried, VARS } from "../../support/callback_world.ts";
import { by, embeddedWorld, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";

await beginAnew();
const [embedded, upstream] = [embeddedWorld(), await upstreamWorld()];

const NONE = { sessions: 0, type: 0, case: 0, unicode: 0, blanks: 0, at_least: false };

describe.each([embedded, upstream])("what only looks like the person ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine);
  });

  test("is counted by its difference, stays, and is told with no value", async () => {
    await world.agents(
      { at: "agt_a/case", metadata: { user_id: "Jane_Doe" } },
      { at: "agt_a/blank", metadata: { user_id: "jane_doe " } },
      { at: "agt_b/both", metadata: { user_id: " JANE_DOE" } },
      { at: "agt_b/other", metadata: { user_id: "jane" } },
    );
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("no_match");
    expect(report.sources["agent_sessions"]?.near_misses).toEqual({
      ...NONE,
      sessions: 3,
      case: 2,
      blanks: 2,
    });
    expect(JSON.stringify(report).toLowerCase()).not.toContain("jane");
    expect(await world.left()).toHaveLength(4);
    expect(await world.removals()).toBe(0);
  });

  test("a number where a text was asked for, beside what goes", async () => {
    await world.agents(
      { at: "agt_a/text", metadata: { user_id: "7" } },
      { at: "agt_a/number", metadata: { user_id: 7 } },
    );
    const report = await engine.erase([by("user_identifier_key", "7")]);
    expect(report.status).toBe("completed");
    expect(report.sources["agent_sessions"]?.near_misses).toEqual({
      ...NONE,
      sessions: 1,
      type: 1,
    });
    expect(await world.left()).toEqual(["agt_a/number"]);
  });

  test("is none where there is none, or in a scope that was not asked for", async () => {
    await world.agents(
      { at: "agt_a/jane", metadata: OF_JANE },
      { at: "agt_b/case", metadata: { user_id: "Jane_Doe" } },
    );
    const report = await engine.erase([JANE], { scopes: ["agt_a"] });
    expect(report.sources["agent_sessions"]?.near_misses).toEqual(NONE);
  });
});

describe("where a source only filters by person", () => {
  test("the embedded store looks up likely spellings, and says so", async () => {
    await embedded.open(engine);
    await embedded.clients(
      { name: "upper", user_identifier_key: "JANE_DOE" },
      { name: "blank", user_identifier_key: "jane_doe " },
      { name: "odd", user_identifier_key: "jAnE_dOe" },
      { name: "bob", user_identifier_key: "bob" },
    );
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("no_match");
    expect(report.sources["client_sessions"]?.near_misses).toEqual({
      ...NONE,
      sessions: 2,
      case: 1,
      blanks: 1,
      at_least: true,
    });
    expect(await embedded.left()).toEqual(["blank", "bob", "odd", "upper"]);
  });

  test("another says that it was not looked through", async () => {
    await upstream.open(engine);
    await upstream.clients({ name: "upper", user_identifier_key: "JANE_DOE" });
    const report = await engine.erase([JANE]);
    expect(report.sources["client_sessions"]?.near_misses).toBeNull();
    expect(await upstream.left()).toEqual(["upper"]);
  });
});

test("the callback and a line are told, also of an erasure that is completed", async () => {
  const lines = vi.spyOn(console, "warn");
  await beginAnew();
  await embedded.open(engine, { vars: VARS });
  await embedded.agents(
    { at: "agt_a/jane", metadata: OF_JANE },
    { at: "agt_a/case", metadata: { user_id: "Jane_Doe" } },
  );
  const { id, status } = await engine.erase([JANE]);
  await engine.erase([by("user_identifier_key", "bob")]);
  expect(status).toBe("completed");
  await tried();
  const told = (await arrived())
    .map(({ body }) => JSON.parse(body) as { type: string; data: object })
    .filter(({ type }) => type === "erasure.near_misses");
  const found = { ...NONE, sessions: 1, case: 1 };
  expect(told.map(({ data }) => data)).toEqual([
    { id, status, near_misses: { agent_sessions: found } },
  ]);
  expect(JSON.stringify(told).toLowerCase()).not.toContain("jane");
  expect(lines.mock.calls.map(([line]) => JSON.parse(String(line)) as object)).toContainEqual({
    event: "erasure.near_misses",
    level: "warn",
    erasure: id,
    status,
    sessions: 1,
  });
});
