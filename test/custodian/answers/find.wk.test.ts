import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { FindAnswer } from "../../../src/contract/custodian.ts";
import { emptyStore } from "../../support/d1.ts";
import { passTime } from "../../support/preview_world.ts";
import {
  addAgentSessions,
  addClientSessions,
  clearPolicies,
  openWorld,
} from "../../support/sweep_world.ts";

const engine = await openWorld();
const SOURCE = "client_sessions";
const POLICY = {
  source: SOURCE,
  expire: [{ clock: "expires_at", after: "PT15M" }],
  brake: { items: 1 },
  mode: "enforce",
};

async function find(
  id: string,
  scopes: readonly string[] | null = null,
  source = SOURCE,
): Promise<Extract<FindAnswer, { kind: "searched" }>> {
  const answer = await env.CUSTODIAN.getByName(source).find({ id, scopes });
  if (answer.kind !== "searched") {
    throw new Error(`the source did not tell: ${JSON.stringify(answer)}`);
  }
  return answer;
}

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await passTime(SOURCE);
  await emptyStore();
  await engine.configure({});
});

describe("a session of which only the id is known", () => {
  test("is found in every scope that has one, or in those that are given", async () => {
    await addClientSessions([
      { id: "a", workspace: "w1" },
      { id: "b", workspace: "w2" },
      { id: "a", workspace: "w3" },
    ]);
    expect(await find("a")).toEqual({
      kind: "searched",
      live: ["w1", "w3"],
      planned: [],
      removed: null,
      is_whole: true,
    });
    expect((await find("b")).live).toEqual(["w2"]);
    expect((await find("w2")).live).toEqual([]);
    expect((await find("a", ["w2", "w3", "w9"])).live).toEqual(["w3"]);
    await addAgentSessions([{ id: "s", agent: "agt_1" }]);
    expect((await find("s", null, "agent_sessions")).live).toEqual(["agt_1"]);
  });

  test("is found in a plan that has it", async () => {
    await addClientSessions([
      { id: "a", workspace: "w1" },
      { id: "b", workspace: "w2" },
    ]);
    await engine.putPolicy("p", POLICY);
    await engine.sweep();
    await emptyStore();
    expect(await find("b")).toMatchObject({ live: [], planned: ["w2"] });
    expect(await find("b", ["w1"])).toMatchObject({ live: [], planned: [] });
  });

  test("is known to have gone, and where from only of scopes that are given", async () => {
    await addClientSessions([{ id: "a", workspace: "w1" }]);
    await env.CUSTODIAN.getByName(SOURCE).removeNow({ scope: "w1", id: "a" });
    expect(await find("a")).toMatchObject({
      live: [],
      removed: { job: null, disposition: "deleted", scope: null },
    });
    expect((await find("a", ["w2", "w1"])).removed).toMatchObject({ scope: "w1" });
    expect((await find("a", ["w2"])).removed).toBeNull();
    expect((await find("b")).removed).toBeNull();
  });

  test("is told nothing of where there is no source", async () => {
    const nowhere = env.CUSTODIAN.getByName("nowhere");
    expect(await nowhere.find({ id: "a", scopes: null })).toMatchObject({ kind: "unavailable" });
  });
});
