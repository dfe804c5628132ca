import { afterEach, describe, expect, test, vi } from "vitest";
import { startFake, type SeenCall } from "../support/fake_client.ts";
import { quicken } from "../support/quick_clock.ts";
import {
  begin,
  newIds,
  outcomeOf,
  seamSession,
  timedCalls,
  upstream,
} from "../support/sweep_upstream.ts";
import { openWorld } from "../support/sweep_world.ts";

/** The rests of an outage are minutes: they pass so many times as fast. */
const TIMES = 6;
await quicken(TIMES);
const fake = await startFake("seam");
const engine = await openWorld();
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT0S" }] };
/** The id that is asked for to see whether the source answers. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

afterEach(() => fake.reset());

const isPing = ({ body }: SeenCall): boolean => body.includes(NOBODY);

/** Waits until the fake has seen what is asked for, and answers it. */
async function seen(isEnough: (failed: readonly SeenCall[]) => boolean): Promise<SeenCall[]> {
  return vi.waitUntil(
    async () => {
      const failed = (await timedCalls(fake)).filter(({ status }) => status === 503);
      return isEnough(failed) ? failed : null;
    },
    { timeout: 30_000, interval: 20 },
  );
}

describe("an outage that lasts until it was asked three times whether it is over", () => {
  test.each([20, 150])(
    "costs a dozen calls at answers after %i ms, and no session",
    async (latency) => {
      await engine.configure(upstream({ seam: fake.url }));
      const ids = newIds(40);
      await fake.seed({ sessions: ids.map((id, n) => seamSession(id, 60 + n)) });
      await fake.configure({ latency_ms: latency / TIMES });
      const match = { path: "^/client_sessions/(get|delete)" };
      await fake.faults({ kind: "status", status: 503, skip: 10, times: "always", match });
      const sweep = await begin(engine, POLICY);
      const out = await seen((failed) => failed.filter(isPing).length >= 3);
      await fake.clearFaults();
      const asked = out.filter((call) => !isPing(call)).length;
      expect(asked).toBeGreaterThan(0);
      expect(asked).toBeLessThanOrEqual(12);
      expect(await outcomeOf(engine, sweep)).toMatchObject({
        status: "completed",
        dispositions: { deleted: 40 },
      });
    },
    90_000,
  );

  test("stalls no sweep that was about to list", async () => {
    await engine.configure(upstream({ seam: fake.url }));
    await fake.seed({ sessions: newIds(3).map((id) => seamSession(id)) });
    const match = { path: "^/client_sessions/(list|get)" };
    await fake.faults({ kind: "status", status: 503, times: "always", match });
    const sweep = await begin(engine, POLICY);
    await seen((failed) => failed.filter(isPing).length >= 3);
    await fake.clearFaults();
    expect(await outcomeOf(engine, sweep)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 3 },
    });
  }, 90_000);

  test("does not use up the tries of a session that is alone", async () => {
    await engine.configure(upstream({ seam: fake.url }));
    const [id = ""] = newIds(1);
    await fake.seed({ sessions: [seamSession(id)] });
    await fake.faults({
      kind: "status",
      status: 503,
      times: "always",
      match: { path: "/client_sessions/get" },
    });
    const sweep = await begin(engine, POLICY);
    await seen((failed) => failed.filter(isPing).length >= 2);
    await fake.clearFaults();
    expect(await outcomeOf(engine, sweep)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 1 },
    });
  }, 90_000);
});

describe("a session that always fails", () => {
  test("is given up when it is alone, and its source goes on to answer", async () => {
    await engine.configure(upstream({ seam: fake.url }));
    const [bad = ""] = newIds(1);
    await fake.seed({ sessions: [seamSession(bad)] });
    await fake.faults({
      kind: "status",
      status: 500,
      times: "always",
      match: { path: "/client_sessions/get", id: bad },
    });
    const report = await outcomeOf(engine, await begin(engine, POLICY));
    expect(report).toMatchObject({ status: "completed", dispositions: { unreachable: 1 } });
    const tries = (await timedCalls(fake)).filter(({ status }) => status === 500).length;
    expect(tries).toBeGreaterThanOrEqual(5);
  }, 90_000);
});
