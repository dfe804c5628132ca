import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, test } from "vitest";
import { buildDeps } from "../../../src/deps.ts";
import { readVersion } from "../../../src/kv/policies.ts";
import { policyTargets } from "../../../src/kv/targets.ts";
import { kickTick } from "../../../src/tick.ts";
import { parseConfig } from "../../../src/config/config.ts";
import type { PolicyVersion, TickResult } from "../../../src/contract/registrar.ts";
import { ScheduleMarks } from "../../../src/registrar/tables/schedule_marks.ts";
import { emptyStore } from "../../support/d1.ts";
import { clearPolicies, openWorld, writePolicy } from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  mode: "observe",
};
const NIGHTLY = { ...POLICY, schedule: "0 3 * * *" };
const MINUTE = 60_000;
/** 2026-08-01 at a time of day, in UTC; days may follow. */
const at = (hour: number, minute = 0, second = 0, day = 1): number =>
  Date.UTC(2026, 7, day, hour, minute, second);

beforeEach(async () => {
  await emptyStore();
  await clearPolicies();
  await engine.tick();
});

async function kick(tick: number, changes: object = {}): Promise<TickResult | null> {
  const result = await kickTick(tick, { ...buildDeps(env), ...changes });
  await engine.settled();
  return result;
}

const NOTHING = { started: [], joined: [], late: [], skipped: {} };

describe("a schedule", () => {
  test("starts in its minute, by the tick's name and not by the clock", async () => {
    await engine.putPolicy("minute", NIGHTLY);
    expect(await kick(at(2, 59, 59))).toEqual(NOTHING);
    expect(await kick(at(3, 0, 59))).toEqual({ ...NOTHING, started: ["minute"] });
    expect(await kick(at(3, 0, 59))).toEqual(NOTHING);
    expect(await kick(at(3, 1))).toEqual(NOTHING);
    expect(await kick(at(3, 0, 0, 2))).toEqual({ ...NOTHING, started: ["minute"] });
  });

  test("asks for nothing of the minutes before it was there", async () => {
    await engine.putPolicy("fresh", NIGHTLY);
    expect(await kick(at(3, 1))).toEqual(NOTHING);
    await engine.putPolicy("fresh", { ...POLICY, schedule: "0 4 * * *" });
    expect(await kick(at(4, 30, 0, 2))).toEqual(NOTHING);
  });

  test("of a policy that is off, or was deleted, asks for nothing when it comes back", async () => {
    await engine.putPolicy("off", NIGHTLY);
    await engine.putPolicy("gone", NIGHTLY);
    await kick(at(2, 59));
    await engine.putPolicy("off", { ...NIGHTLY, mode: "off" });
    await env.POLICIES.delete("policy:gone");
    expect(await kick(at(3, 0))).toEqual(NOTHING);
    await engine.putPolicy("off", NIGHTLY);
    await engine.putPolicy("gone", NIGHTLY);
    expect(await kick(at(3, 1))).toEqual(NOTHING);
  });

  test("is caught up once when its ticks did not come, however many", async () => {
    await engine.putPolicy("once", { ...POLICY, schedule: "0 * * * *" });
    await kick(at(2, 59));
    expect(await kick(at(5, 17, 0, 3))).toEqual({ ...NOTHING, started: ["once"], late: ["once"] });
    expect(await kick(at(5, 18, 0, 3))).toEqual(NOTHING);
    expect(await kick(at(6, 0, 0, 3))).toEqual({ ...NOTHING, started: ["once"] });
  });

  test("is caught up when KV could not be read in its minute", async () => {
    await engine.putPolicy("unread", NIGHTLY);
    await kick(at(2, 59));
    const list = async (): Promise<never> => {
      throw new Error("KV LIST failed: 500 Internal Server Error");
    };
    expect(await kick(at(3), { policies: { list } })).toBeNull();
    expect(await kick(at(3, 1))).toEqual({ ...NOTHING, started: ["unread"], late: ["unread"] });
  });

  test("is caught up when its version could not be read in its minute", async () => {
    await engine.putPolicy("torn", NIGHTLY);
    await kick(at(2, 59));
    await env.POLICIES.put("policy:torn", "{");
    expect(await kick(at(3))).toEqual(NOTHING);
    await engine.putPolicy("torn", NIGHTLY);
    // So soon it may be the version from before, which KV still shows.
    expect(await kick(at(3, 1))).toEqual({ ...NOTHING, skipped: { torn: "kv_stale" } });
    await runInDurableObject(engine.registrar, (_instance, state) => {
      state.storage.sql.exec("UPDATE policy_versions SET missing_at = missing_at - 300000");
    });
    expect(await kick(at(3, 7))).toEqual({ ...NOTHING, started: ["torn"], late: ["torn"] });
  });

  test("is caught up when KV showed an older version in its minute", async () => {
    const targets = policyTargets(parseConfig({ ...env }).sources);
    const newer = { ...NIGHTLY, note: "another version" };
    await engine.putPolicy("lagging", NIGHTLY);
    await kick(at(2, 59));
    const read = readVersion("lagging", newer, targets);
    await writePolicy(engine, "lagging", read.ok ? read.value : null, "writer");
    expect(await kick(at(3))).toEqual({ ...NOTHING, skipped: { lagging: "kv_stale" } });
    await engine.putPolicy("lagging", newer);
    expect(await kick(at(3, 1))).toEqual({ ...NOTHING, started: ["lagging"], late: ["lagging"] });
  });

  test("holds in its zone: an hour that summer time skips is made up for at its end", async () => {
    const schedule = { cron: "30 2 * * *", zone: "Europe/Berlin" };
    await engine.putPolicy("zoned", { ...POLICY, schedule });
    const started: string[] = [];
    for (const day of [27, 28, 29]) {
      for (const minute of [30, 60, 90]) {
        const tick = Date.UTC(2027, 2, day, 0, minute);
        if ((await kick(tick))?.started.includes("zoned")) {
          started.push(new Date(tick).toISOString().slice(0, 16));
        }
      }
    }
    expect(started).toEqual(["2027-03-27T01:30", "2027-03-28T01:00", "2027-03-29T00:30"]);
  });
});

describe("without a schedule", () => {
  const REMOTE = { SEAM_API_KEY: "seam_secret" };
  const LOOPBACK = { ...REMOTE, SEAM_ENDPOINT: "http://127.0.0.1:9001" };

  /** The ticks at which a policy of client sessions is to start, by the rules of the deployment. */
  async function minutesOf(variables: Readonly<Record<string, string>>): Promise<number[]> {
    const { sources } = parseConfig(variables);
    const read = readVersion("p", POLICY, policyTargets(sources));
    const policies: PolicyVersion[] = read.ok ? [read.value] : [];
    return runInDurableObject(registrar, (_, { storage }) => {
      const marks = new ScheduleMarks(storage.sql);
      return [58, 59, 60, 61].filter((minute) => {
        const tick = at(2, minute);
        const found = marks.scheduled(policies, new Set(["p"]), tick, sources);
        for (const { version } of found) {
          marks.served(version.id, tick);
        }
        return found.length === 1;
      });
    });
  }

  it.each([
    ["on the embedded store every minute", {}, [58, 59, 60, 61]],
    ["on a loopback endpoint every minute", LOOPBACK, [58, 59, 60, 61]],
    ["elsewhere on the hour", REMOTE, [60]],
    ["nowhere while its source is not configured", { SOURCES: "{" }, []],
  ])("a policy starts %s", async (_, variables, expected) => {
    expect(await minutesOf(variables)).toEqual(expected);
  });

  test("a clock that jumped ahead and back does not block it", async () => {
    const { sources } = parseConfig(REMOTE);
    const read = readVersion("p", POLICY, policyTargets(sources));
    const policies = read.ok ? [read.value] : [];
    const ticks = [at(3), Date.UTC(2099, 0, 1), at(4), at(4) + MINUTE, at(5)];
    const due = await runInDurableObject(registrar, (_, { storage }) => {
      const marks = new ScheduleMarks(storage.sql);
      return ticks.map((tick) => {
        const found = marks.scheduled(policies, new Set(["p"]), tick, sources);
        for (const { version } of found) {
          marks.served(version.id, tick);
        }
        return found.length;
      });
    });
    expect(due).toEqual([1, 1, 1, 0, 1]);
  });
});
