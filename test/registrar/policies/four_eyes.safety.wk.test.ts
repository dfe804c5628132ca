import { beforeEach, describe, expect, test } from "vitest";
import { idsIn } from "../../support/d1.ts";
import { clean, ended, newestOf, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;

const add = async (...ids: string[]): Promise<void> => addClientSessions(ids.map((id) => ({ id })));

beforeEach(async () => {
  await clean(engine);
  await engine.configure({ APPROVAL: "every", FOUR_EYES: "on" });
  await add("a", "b", "c");
  await put(engine, versionOf());
});

describe("four eyes: an approval", () => {
  const may = async (actor: string): Promise<boolean> => {
    const { id, plan_digest: digest } = await newestOf(engine);
    const answer = await registrar.approveSweep(id, digest ?? "", actor);
    expect(["done", "same_key"]).toContain(answer.kind);
    return answer.kind === "done";
  };

  test("is nobody's who wrote the version before another key put it again", async () => {
    await put(engine, versionOf(), "ci");
    await put(engine, versionOf(), "dora");
    await sweepOf(engine);
    for (const writer of ["anna", "ci", "dora"]) {
      expect(await may(writer)).toBe(false);
    }
    expect(await idsIn("client_sessions")).toEqual(["a", "b", "c"]);
    expect(await may("ben")).toBe(true);
  });

  test("nor who wrote what another key has put a word to, took away, or narrowed", async () => {
    await put(engine, versionOf({ match: { scope: ["w9"] } }), "eve");
    await put(engine, versionOf({ note: "as agreed", budget: { items: 500 } }), "ci");
    await sweepOf(engine);
    expect([await may("anna"), await may("ci")]).toEqual([false, false]);
    // The version that runs takes more than hers did.
    expect(await may("eve")).toBe(true);
  });

  test("nor who asked for the sweep, or joined it", async () => {
    await registrar.startSweep(versionOf(), "olga", null);
    await newestOf(engine);
    await registrar.startSweep(versionOf(), "pete", null);
    await registrar.startSweep(versionOf(), "pete", null);
    expect(await newestOf(engine)).toMatchObject({
      started_by: { name: "olga" },
      joined_by: [{ name: "pete" }],
    });
    for (const asker of ["olga", "pete", "anna"]) {
      expect(await may(asker)).toBe(false);
    }
    expect(await may("ben")).toBe(true);
  });

  test("nor who joined the sweep of a tick", async () => {
    expect(await sweepOf(engine)).toMatchObject({ started_by: null, joined_by: [] });
    await registrar.startSweep(versionOf(), "olga", null);
    expect(await may("olga")).toBe(false);
    expect(await may("ben")).toBe(true);
  });

  test("counts from when the version last ran live", async () => {
    await put(engine, versionOf(), "dora");
    await sweepOf(engine);
    expect(await may("ben")).toBe(true);
    await ended(
      engine,
      (await registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" })).data[0]?.id ?? "",
    );
    await put(engine, versionOf({ match: { scope: ["w9"] } }), "carol");
    await add("d");
    await put(engine, versionOf(), "eve");
    expect(await sweepOf(engine)).toMatchObject({ status: "needs_approval" });
    expect([await may("eve"), await may("anna")]).toEqual([false, true]);
  });
});
