import { beforeEach, describe, expect, test } from "vitest";
import { idsIn } from "../../support/d1.ts";
import { clean, ended, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const DAY = 24 * 60;

beforeEach(async () => {
  await clean(engine);
});

describe("MIN_AGE", () => {
  test("keeps younger sessions whatever the policy says", async () => {
    await engine.configure({ MIN_AGE: "P2D" });
    await addClientSessions([
      { id: "young", created: DAY },
      { id: "old", created: 3 * DAY },
      { id: "unknown", created: null },
    ]);
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({
      status: "completed",
      floors: { min_age: "P2D" },
      counts: { due: 1, kept: 2 },
      dispositions: { deleted: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["unknown", "young"]);
  });

  test("gives way to a policy that keeps older ones", async () => {
    await engine.configure({ MIN_AGE: "P2D" });
    await addClientSessions([{ id: "a", created: 3 * DAY }]);
    await put(engine, versionOf({ keep: { min_age: "P4D" } }));
    expect(await sweepOf(engine)).toMatchObject({ counts: { due: 0, kept: 1 } });
  });

  test("that cannot be read removes nothing", async () => {
    await engine.configure({ MIN_AGE: "two days" });
    await addClientSessions([{ id: "a" }]);
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ counts: { due: 0, kept: 1 } });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("that is raised while a sweep waits ends it: its plan had another floor", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    await put(engine, versionOf({ brake: { items: 1 } }));
    const waits = await sweepOf(engine);
    expect(waits.status).toBe("braked");
    await engine.configure({ MIN_AGE: "P30D" });
    await engine.tick();
    expect(await ended(engine, waits.id)).toMatchObject({ status: "cancelled" });
    expect(await sweepOf(engine)).toMatchObject({
      status: "completed",
      counts: { due: 0, kept: 2 },
    });
  });
});

describe("BRAKE_PERCENT_MAX", () => {
  const many = (count: number, prefix: string, expired: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}`, expired }));

  test("stops a share that the policy would let pass", async () => {
    await engine.configure({ BRAKE_PERCENT_MAX: "10" });
    await addClientSessions([...many(120, "due", 60), ...many(200, "live", -60)]);
    await put(engine, versionOf({ brake: { percent: 90 } }));
    expect(await sweepOf(engine)).toMatchObject({
      status: "braked",
      floors: { brake_percent_max: 10 },
      guard: { code: "brake_percent", due: 120, matched: 320, limit: 10 },
    });
  });

  test("gives way to a policy that brakes earlier", async () => {
    await engine.configure({ BRAKE_PERCENT_MAX: "90" });
    await addClientSessions([...many(120, "due", 60), ...many(200, "live", -60)]);
    await put(engine, versionOf({ brake: { percent: 20 } }));
    expect(await sweepOf(engine)).toMatchObject({ status: "braked", guard: { limit: 20 } });
  });

  test("that cannot be read stops every share there is", async () => {
    await engine.configure({ BRAKE_PERCENT_MAX: "ten" });
    await addClientSessions([...many(100, "due", 60), ...many(400, "live", -60)]);
    await put(engine, versionOf());
    expect(await sweepOf(engine)).toMatchObject({ status: "braked", guard: { limit: 0 } });
  });
});
