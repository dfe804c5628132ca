import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { Custodian } from "../../../src/custodian/custodian.ts";
import { openEngine } from "../../support/engine.ts";
import { fillBoth, OTHERS, upstreamWorld } from "../../support/erasure_world.ts";
import { openErasure } from "../../support/hurry.ts";

const engine = await openEngine();
const world = await upstreamWorld();

test("regression: an alarm that comes while a slice is under way begins no second one", async () => {
  await world.open(engine);
  await fillBoth(world);
  await world.seam.faults({ kind: "slow", delay_ms: 200, times: "always" });
  const custodian = env.CUSTODIAN.getByName("client_sessions");
  const id = await openErasure(engine);
  const report = await vi.waitUntil(
    async () => {
      await Promise.all([1, 2, 3].map(async () => runDurableObjectAlarm(custodian)));
      const now = await engine.registrar.erasure(id);
      return now !== null && now.finished_at !== null ? now : false;
    },
    { timeout: 30_000, interval: 20 },
  );
  expect(report).toMatchObject({
    status: "completed",
    sources: { client_sessions: { status: "done", found: 1, dispositions: { deleted: 1 } } },
  });
  expect(await world.left()).toEqual(OTHERS);
  expect(await world.seam.calls({ path: "/client_sessions/delete" })).toHaveLength(1);
});

test("regression: a slice that was taken over, and returns after all, leaves the newer one its alarm", async () => {
  await runInDurableObject(
    env.CUSTODIAN.getByName("client_sessions"),
    async (instance: Custodian, { storage }) => {
      const returns: (() => void)[] = [];
      const hang = async (): Promise<void> => new Promise((resolve) => returns.push(resolve));
      const set = vi.spyOn(storage, "setAlarm").mockImplementation(hang);
      const taken = vi.spyOn(storage, "deleteAlarm");
      const start = Date.now();
      const clock = vi.spyOn(Date, "now").mockReturnValue(start);
      const hung = instance.alarm();
      clock.mockReturnValue(start + 100_000);
      const newer = instance.alarm();
      expect(returns).toHaveLength(2);
      set.mockResolvedValue(undefined);
      returns[0]?.();
      await hung;
      expect(taken).not.toHaveBeenCalled();
      await instance.alarm();
      expect(set).toHaveBeenLastCalledWith(start + 190_000);
      expect(taken).not.toHaveBeenCalled();
      returns[1]?.();
      await newer;
      expect(set).not.toHaveBeenLastCalledWith(start + 190_000);
      vi.restoreAllMocks();
    },
  );
});
