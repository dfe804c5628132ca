import { beforeEach, describe, expect, test } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import type { IdempotencyKey, PlaceHoldAnswer } from "../../../src/contract/registrar.ts";
import { openEngine } from "../../support/engine.ts";
import { embeddedWorld, JANE, OF_JANE, upstreamWorld } from "../../support/erasure_world.ts";
import { holdRequest } from "../../support/hold_request.ts";

const engine = await openEngine();
const worlds = [embeddedWorld(), await upstreamWorld()];

const ofSession = (at: string): HoldSelector => {
  const [scope = "", id = ""] = at.split("/");
  return { kind: "session", source: "agent_sessions", scope, id };
};

async function place(
  selector: HoldSelector,
  idempotency: IdempotencyKey | null = null,
): Promise<PlaceHoldAnswer> {
  return engine.registrar.placeHold(holdRequest(selector), "root", idempotency);
}

function idOf(answer: PlaceHoldAnswer): string {
  return answer.kind === "placed" ? answer.hold.id : answer.kind;
}

async function releaseAll(): Promise<void> {
  const { data } = await engine.registrar.holds({ limit: 100, cursor: null }, {});
  for (const { id, status } of data) {
    if (status === "in_force") {
      await engine.registrar.releaseHold(id, "root");
    }
  }
}

describe.each(worlds)("an erasure and holds ($name)", (world) => {
  beforeEach(async () => {
    await releaseAll();
    await world.open(engine);
  });

  test("of a person who is held removes nothing, in no source, and claims nothing", async () => {
    await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await world.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    await place({ kind: "subject", identifiers: [JANE] });
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        client_sessions: { found: 1, dispositions: { held: 1 } },
        agent_sessions: { found: 1, dispositions: { held: 1 } },
      },
    });
    expect(await world.left()).toEqual(["agt_a/ase_1", "jane"]);
    expect(await world.removals()).toBe(0);
    await releaseAll();
    expect(await engine.erase([JANE])).toMatchObject({ status: "completed" });
    expect(await world.left()).toEqual([]);
  });

  test("what a held session has made, and names nobody, is held with it", async () => {
    await world.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/child", child_of: "agt_a/ase_1" },
      { at: "agt_c/grandchild", child_of: "agt_b/child" },
      { at: "agt_a/ase_2", metadata: OF_JANE },
      { at: "agt_b/other", child_of: "agt_a/ase_2" },
    );
    await place(ofSession("agt_a/ase_1"));
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({
      status: "partial",
      sources: { agent_sessions: { found: 5, dispositions: { held: 3, deleted: 2 } } },
    });
    expect(await world.left()).toEqual(["agt_a/ase_1", "agt_b/child", "agt_c/grandchild"]);
  });

  test("a child that a hold means by what it says is held, and its parent goes", async () => {
    await world.agents(
      { at: "agt_a/ase_1", metadata: OF_JANE },
      { at: "agt_b/child", child_of: "agt_a/ase_1", metadata: { case: 7 } },
    );
    await place({ kind: "metadata", source: "agent_sessions", fields: { case: 7 } });
    expect(await engine.erase([JANE])).toMatchObject({
      status: "partial",
      sources: { agent_sessions: { dispositions: { held: 1, deleted: 1 } } },
    });
    expect(await world.left()).toEqual(["agt_b/child"]);
  });
});

describe("holds that are placed at once", () => {
  beforeEach(async () => {
    await releaseAll();
    await embeddedWorld().open(engine);
  });

  test("are all in force, each under a version of its own", async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `agt_a/ase_${index}`);
    const placed = await Promise.all(ids.map(async (at) => place(ofSession(at))));
    expect(new Set(placed.map(idOf)).size).toBe(8);
    for (const answer of placed) {
      const inForce = answer.kind === "placed" ? answer.hold.in_force : {};
      expect(Object.values(inForce)).toEqual([true, true]);
    }
    const [row] = await engine.rows<{ copy: string }>(
      "agent_sessions",
      "SELECT copy FROM restraints",
    );
    const { holds } = JSON.parse(row?.copy ?? "{}") as { holds: { version: number }[] };
    expect(new Set(holds.map(({ version }) => version)).size).toBe(8);
  });

  test("and released while another is placed: the one goes, the other stays", async () => {
    const first = await place(ofSession("agt_a/one"));
    const [second] = await Promise.all([
      place(ofSession("agt_a/two")),
      engine.registrar.releaseHold(idOf(first), "root"),
    ]);
    expect(await engine.registrar.hold(idOf(first))).toMatchObject({ status: "released" });
    expect(await engine.registrar.hold(idOf(second))).toMatchObject({
      status: "in_force",
      in_force: { agent_sessions: true, client_sessions: true },
    });
    const [row] = await engine.rows<{ copy: string }>(
      "agent_sessions",
      "SELECT copy FROM restraints",
    );
    const { holds } = JSON.parse(row?.copy ?? "{}") as { holds: { id: string }[] };
    expect(holds.map(({ id }) => id)).toEqual([idOf(second)]);
  });

  test("the same request twice is one hold; another body under its key is none", async () => {
    const idempotency = { owner: "root", key: "once", body_hash: "x" };
    const first = await place(ofSession("agt_a/one"), idempotency);
    const again = await place(ofSession("agt_a/one"), idempotency);
    expect(idOf(again)).toBe(idOf(first));
    expect(await place(ofSession("agt_a/two"), { ...idempotency, body_hash: "y" })).toEqual({
      kind: "idempotency_conflict",
    });
    const { data } = await engine.registrar.holds({ limit: 100, cursor: null }, {});
    expect(data.filter(({ status }) => status === "in_force")).toHaveLength(1);
  });

  test("more than a Custodian can keep are refused, and nothing of them is kept", async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`path_${index}`, "x".repeat(500)]),
    );
    const kinds: string[] = [];
    for (let n = 0; n < 6; n++) {
      kinds.push((await place({ kind: "metadata", source: null, fields })).kind);
    }
    expect(kinds).toContain("too_many");
    expect(kinds.slice(0, 3)).toEqual(["placed", "placed", "placed"]);
    const { data } = await engine.registrar.holds({ limit: 100, cursor: null }, {});
    const standing = data.filter(({ status }) => status === "in_force");
    expect(standing).toHaveLength(kinds.filter((kind) => kind === "placed").length);
    await releaseAll();
  });
});
