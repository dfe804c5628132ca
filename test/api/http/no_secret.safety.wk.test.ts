import { beforeEach, expect, test } from "vitest";
import { idsIn } from "../../support/d1.ts";
import { clean, ended, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { createHarness } from "../../support/openapi/harness.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();

beforeEach(async () => {
  await clean(engine);
  await addClientSessions(["a", "b"].map((id) => ({ id })));
});

test.each(["", "too short"])(
  "without LETHE_SECRET (%j) a sweep removes nothing and says so",
  async (secret) => {
    await engine.configure({ LETHE_SECRET: secret });
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({
      status: "failed",
      error: { code: "source_missing", message: expect.stringContaining("LETHE_SECRET") },
      dispositions: {},
    });
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
  },
);

test("with another LETHE_SECRET than it was planned under an approval removes nothing", async () => {
  await put(engine, versionOf({ brake: { items: 1 } }));
  const { id, plan_digest: digest } = await sweepOf(engine);
  await engine.configure({ LETHE_SECRET: "another secret, of more than 32 characters" });
  await engine.registrar.approveSweep(id, digest ?? "", "ben");
  expect(await ended(engine, id)).toMatchObject({
    status: "failed",
    error: { code: "account_changed" },
    dispositions: { untouched: 2 },
  });
  expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
});

test("without LETHE_SECRET nothing is started or approved through the API", async () => {
  const { ask } = await createHarness({ LETHE_SECRET: "" });
  for (const [path, json] of [
    ["/v1/sweeps", { policy: "p" }],
    ["/v1/sweeps/swp_1/approve", { plan_digest: "d" }],
  ] as const) {
    const answer = await ask(path, { method: "POST", json });
    expect([answer.status, answer.body["code"]]).toEqual([503, "not_configured"]);
  }
});
