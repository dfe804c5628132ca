import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
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
