import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { emptyStore, idsIn, store } from "../support/d1.ts";
import type { Engine } from "../support/engine.ts";
import { startFake } from "../support/fake_client.ts";
import { begin, newIds, outcomeOf, seamSession, upstream } from "../support/sweep_upstream.ts";
import { addClientSessions, openWorld } from "../support/sweep_world.ts";

const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT0S" }] };

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Kills every object: its memory and its changed environment are gone, its storage is not. Then does what
 * the platform does within a minute: the tick finds the sweep, and wakes its source.
 */
async function crash(environment: Readonly<Record<string, string>>): Promise<Engine> {
  await abortAllDurableObjects();
  const engine = await openWorld();
  await engine.configure(environment);
  await engine.tick();
  return engine;
}

describe("both objects die again and again in the middle of a sweep", () => {
  test("embedded: all due go, nothing else does, and each is counted once", async () => {
    await emptyStore();
    let engine: Engine = await openWorld();
    await addClientSessions([
      ...Array.from({ length: 6000 }, (_, index) => ({ id: `s${index}`, expired: 10 + index })),
      { id: "live", expired: -60 },
    ]);
    const id = await begin(engine, POLICY);
    for (let death = 0; death < 8; death++) {
      await pause(20 + Math.random() * 120);
      engine = await crash({});
    }
    expect(await outcomeOf(engine, id)).toMatchObject({
      status: "completed",
      counts: { due: 6000, planned: 6000 },
      dispositions: { deleted: 6000 },
    });
    expect(await idsIn("client_sessions")).toEqual(["live"]);
    const { results } = await store
      .prepare("SELECT removed FROM removal_batches WHERE removed <> '[]'")
      .all();
    expect(results).toEqual([]);
  }, 90_000);

  test("upstream: what was removed is deleted, or absent after an attempt, and no more", async () => {
    const fake = await startFake("seam");
    let engine: Engine = await openWorld();
    const environment = upstream({ seam: fake.url });
    await engine.configure(environment);
    const ids = newIds(400);
    const [live = ""] = newIds(1);
    await fake.seed({
      sessions: [...ids.map((one, index) => seamSession(one, 60 + index)), seamSession(live, -60)],
    });
    await fake.configure({ latency_ms: 4 });
    const id = await begin(engine, POLICY);
    for (let death = 0; death < 6; death++) {
      await pause(100 + Math.random() * 200);
      engine = await crash(environment);
    }
    const { status, counts, dispositions } = await outcomeOf(engine, id);
    expect({ status, counts }).toMatchObject({
      status: "completed",
      counts: { due: 400, planned: 400 },
    });
    const { deleted = 0, absent_after_attempt: lost = 0, ...others } = dispositions;
    expect(others).toEqual({});
    expect(deleted + lost).toBe(400);
    // At most the calls of one window are under way when the object dies.
    expect(lost).toBeLessThanOrEqual(6 * 6);
    expect(await fake.state()).toMatchObject({ sessions: 1 });
    expect((await fake.state({ id: live }))["session"]).not.toBeNull();
  }, 90_000);
});
