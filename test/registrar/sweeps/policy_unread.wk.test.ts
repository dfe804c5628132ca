import { beforeEach, expect, test } from "vitest";
import { clean, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;

beforeEach(async () => {
  await clean(engine);
  await addClientSessions(["a", "b"].map((id) => ({ id })));
});

test("a policy that KV does not give is neither removed nor invalid: what it has under way goes on", async () => {
  await engine.putPolicy("p", versionOf({ brake: { items: 1 } }).policy);
  const braked = await sweepOf(engine);
  expect(braked.status).toBe("braked");
  const tick = Date.now() + 60_000;
  const result = await registrar.tick({ tick, policies: [], problems: [], unread: ["p"] });
  expect(result).toMatchObject({ started: [], joined: [] });
  expect(await registrar.sweep(braked.id)).toMatchObject({ status: "braked" });
  expect((await registrar.health()).policy_problems).toMatchObject([
    {
      id: "p",
      code: "policy_unread",
      errors: [{ message: expect.stringContaining("KV did not give it") }],
    },
  ]);
  expect((await registrar.newestPolicy("p"))?.id).toBe("p");
  await registrar.tick({
    tick: tick + 60_000,
    policies: [],
    problems: [{ id: "p", code: "policy_invalid", errors: [] }],
  });
  await expect
    .poll(async () => (await registrar.sweep(braked.id))?.status, { timeout: 10_000 })
    .not.toBe("braked");
});
