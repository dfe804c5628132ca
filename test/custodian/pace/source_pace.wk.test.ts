import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { startFake } from "../../support/fake_client.ts";
import {
  begin,
  newIds,
  outcomeOf,
  seamSession,
  timedCalls,
  upstream,
} from "../../support/sweep_upstream.ts";
import { openWorld } from "../../support/sweep_world.ts";

const fake = await startFake("seam");
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT0S" }] };
const LIST = "/client_sessions/list";

afterEach(() => fake.reset());

async function seed(count: number): Promise<string[]> {
  const ids = newIds(count);
  await fake.seed({ sessions: ids.map((id, index) => seamSession(id, 60 + index)) });
  return ids;
}

describe("the pace of a source", () => {
  test("survives the death of its object: a rest is still a rest", async () => {
    const environment = upstream({ seam: fake.url });
    let engine = await openWorld();
    await engine.configure(environment);
    await seed(3);
    await fake.faults({
      kind: "status",
      status: 429,
      headers: { "retry-after": "3" },
      match: { path: LIST },
    });
    const id = await begin(engine, POLICY);
    await expect.poll(async () => timedCalls(fake), { timeout: 10_000 }).toHaveLength(1);
    await expect
      .poll(async () => engine.rows("client_sessions", "SELECT state FROM pace"))
      .toHaveLength(1);
    await abortAllDurableObjects();
    engine = await openWorld();
    await engine.configure(environment);
    await engine.tick();
    expect(await outcomeOf(engine, id)).toMatchObject({ dispositions: { deleted: 3 } });
    const [first, second] = await timedCalls(fake);
    expect((second?.started_at ?? 0) - (first?.started_at ?? 0)).toBeGreaterThanOrEqual(2990);
  });

  test("on the free plan needs many slices, and loses nothing between them", async () => {
    const engine = await openWorld();
    await engine.configure({ ...upstream({ seam: fake.url }), PLAN: "free" });
    await seed(150);
    expect(await outcomeOf(engine, await begin(engine, { ...POLICY, verify: 100 }))).toMatchObject({
      status: "completed",
      counts: { examined: 150, due: 150, planned: 150 },
      dispositions: { deleted: 150 },
      verified: { read: 150, seen_again: 0 },
    });
    expect(await fake.state()).toMatchObject({ sessions: 0 });
  });
});

describe("a sweep that makes no progress", () => {
  test("stalls, is named in health, and the next tick makes a new one", async () => {
    const engine = await openWorld();
    await engine.configure(upstream({ seam: fake.url }));
    await seed(2);
    await fake.faults({ kind: "status", status: 500, times: "always", match: { path: LIST } });
    const id = await begin(engine, POLICY);
    await expect.poll(async () => timedCalls(fake), { timeout: 10_000 }).not.toHaveLength(0);
    // Five attempts take a while; these have been made.
    await runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), async (_, state) => {
      state.storage.sql.exec("UPDATE jobs SET failed_attempts = 5");
      state.storage.sql.exec("UPDATE timers SET at = 0");
      await state.storage.setAlarm(Date.now());
    });
    expect(await outcomeOf(engine, id)).toMatchObject({
      status: "stalled",
      error: { code: "stalled" },
      dispositions: {},
    });
    expect(await engine.registrar.health()).toMatchObject({
      attention: expect.arrayContaining([
        expect.objectContaining({ code: "stalled", about: { kind: "sweep", id } }),
        expect.objectContaining({ code: "source_failing" }),
      ]),
      sources: { client_sessions: { status: "failing", detail: "stalled" } },
    });
    await fake.reset();
    await seed(2);
    const next = await begin(engine, POLICY);
    expect(next).not.toBe(id);
    expect(await outcomeOf(engine, next)).toMatchObject({ dispositions: { deleted: 2 } });
    expect(await engine.registrar.health()).toMatchObject({
      attention: [],
      sources: { client_sessions: { status: "ok" } },
    });
  });
});
