import { beforeEach, describe, expect, test } from "vitest";
import { openRoutes, post } from "../../support/client_sessions.ts";
import { openEngine } from "../../support/engine.ts";
import { by, embeddedWorld, upstreamWorld } from "../../support/erasure_world.ts";

const engine = await openEngine();
const embedded = embeddedWorld();
const worlds = [embedded, await upstreamWorld()];

/** Values that a source may hold, and that look like a mistake in a request. */
const ODD = [
  "\u0646\u06CC\u0645\u200C\u0631\u0627\u0647",
  "👩\u200D👧",
  "❤\uFE0F",
  " jane",
  "jane ",
  "jane\u00A0",
  "*",
  "jane*",
  "%",
  "jane%",
  "_",
  "???",
  "\u200B",
  "\uFEFFjane",
  "jane",
  "x".repeat(900),
] as const;

describe.each(worlds)("values as they are stored ($name)", (world) => {
  beforeEach(async () => {
    await world.open(engine, { client_sessions: { settle_seconds: 0 } });
  });

  test("each is erased by its own value, and takes nobody else's along", async () => {
    await world.clients(...ODD.map((value, n) => ({ name: `c${n}`, user_identifier_key: value })));
    await world.agents(
      ...ODD.map((value, n) => ({ at: `agt_a/s${n}`, metadata: { user_id: value } })),
    );
    const left = new Set(await world.left());
    for (const [n, value] of ODD.entries()) {
      const report = await engine.erase([by("user_identifier_key", value)]);
      expect(report.status).toBe("completed");
      left.delete(`c${n}`);
      left.delete(`agt_a/s${n}`);
      expect(await world.left()).toEqual([...left].toSorted());
    }
    expect(left.size).toBe(0);
  }, 60_000);

  test("control characters and a long text in metadata too", async () => {
    const values = ["ja\u0000ne", "jane\n", "\uD83D", "y".repeat(40_000)];
    await world.agents(
      ...values.map((value, n) => ({ at: `agt_a/s${n}`, metadata: { user_id: value } })),
      { at: "agt_a/other", metadata: { user_id: "jane" } },
    );
    for (const value of values) {
      expect((await engine.erase([by("user_identifier_key", value)])).status).toBe("completed");
    }
    expect(await world.left()).toEqual(["agt_a/other"]);
  });

  test("a number and a boolean by a caller who says its type, and by no other", async () => {
    await world.agents(
      { at: "agt_a/number", metadata: { user_id: 7 } },
      { at: "agt_a/text", metadata: { user_id: "7" } },
      { at: "agt_a/yes", metadata: { user_id: true } },
      { at: "agt_a/object", metadata: { user_id: { id: 7 } } },
    );
    await engine.erase([by("metadata:user_id", 7)]);
    expect(await world.left()).toEqual(["agt_a/object", "agt_a/text", "agt_a/yes"]);
    await engine.erase([by("metadata:user_id", true)]);
    expect(await world.left()).toEqual(["agt_a/object", "agt_a/text"]);
    await engine.erase([by("metadata:user_id", "7")]);
    expect(await world.left()).toEqual(["agt_a/object"]);
  });
});

test("what the embedded store's own route stores under a key is erased by that key", async () => {
  await embedded.open(engine);
  const values = [...ODD, "ja\u0000ne", "jane\n", "jane\uFFFD", "z".repeat(20_000)];
  for (const value of values) {
    const stored = await post(openRoutes(), "/create", { user_identifier_key: value });
    expect(stored.status).toBe(200);
  }
  const half = await post(openRoutes(), "/create", { user_identifier_key: "jane\uD83D" });
  expect(half.status).toBe(400);
  for (const [n, value] of values.entries()) {
    const report = await engine.erase([by("user_identifier_key", value)]);
    expect(`${n} ${report.status}`).toBe(`${n} completed`);
    expect(await embedded.left()).toHaveLength(values.length - n - 1);
  }
});
