import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { kickTick } from "../../../src/tick.ts";
import { buildDeps } from "../../../src/deps.ts";
import type { TickResult } from "../../../src/contract/registrar.ts";
import { emptyStore, idsIn } from "../../support/d1.ts";
import {
  addClientSessions,
  clearPolicies,
  openWorld,
  writePolicy,
  policyVersion,
} from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  mode: "enforce",
};
const HOUR = 3_600_000;

beforeEach(async () => {
  await clearPolicies();
  await engine.tick();
  for (const { id, finished_at: at } of await engine.settled()) {
    if (at === null) {
      await registrar.cancelSweep(id, "test");
      await vi.waitUntil(async () => (await registrar.sweep(id))?.status === "cancelled");
    }
  }
  await emptyStore();
});

async function kick(at: number, changes: object = {}): Promise<TickResult | null> {
  return kickTick(at, { ...buildDeps(env), ...changes });
}

async function sweepsOf(policy: string) {
  await engine.settled();
  return (await registrar.sweeps({ limit: 100, cursor: null }, { policy })).data;
}

describe("a tick", () => {
  test("that comes twice makes one sweep", async () => {
    await engine.putPolicy("twice", POLICY);
    const at = Date.now();
    expect(await kick(at)).toMatchObject({ started: ["twice"], joined: [] });
    expect(await sweepsOf("twice")).toHaveLength(1);
    expect(await kick(at)).toMatchObject({ started: [], skipped: { twice: "tick_repeated" } });
    expect(await sweepsOf("twice")).toHaveLength(1);
    expect(await kick(at + 60_000)).toMatchObject({ started: ["twice"] });
  });

  test("that comes twice at once makes one sweep", async () => {
    await engine.putPolicy("rush", POLICY);
    const at = Date.now();
    await Promise.all([kick(at), kick(at), kick(at)]);
    expect(await sweepsOf("rush")).toHaveLength(1);
  });

  test("joins the sweep that runs or waits", async () => {
    await addClientSessions(["a", "b", "c"].map((id) => ({ id })));
    await engine.putPolicy("joined", { ...POLICY, brake: { items: 2 } });
    await kick(Date.now());
    expect(await kick(Date.now() + 60_000)).toMatchObject({ started: [], joined: ["joined"] });
    const [braked] = await sweepsOf("joined");
    expect(braked).toMatchObject({ status: "braked" });
    expect(await kick(Date.now() + 120_000)).toMatchObject({ started: [], joined: ["joined"] });
    expect(await sweepsOf("joined")).toHaveLength(1);
  });

  test("from the future is not trusted as a clock, one from the past is", async () => {
    await addClientSessions([
      { id: "soon", expired: -30 },
      { id: "just", expired: 30 },
      { id: "long", expired: 90 },
    ]);
    await engine.putPolicy("future", POLICY);
    await kick(Date.now() - HOUR);
    await engine.settled();
    expect(await idsIn("client_sessions")).toEqual(["just", "soon"]);
    await kick(Date.now() + 24 * HOUR);
    await engine.settled();
    expect(await idsIn("client_sessions")).toEqual(["soon"]);
  });
});

describe("policies at a tick", () => {
  test("an invalid one is named and skipped, and the others go on", async () => {
    await addClientSessions([{ id: "a" }]);
    await engine.putPolicy("good", POLICY);
    await engine.putPolicy("bad", { ...POLICY, expire: [{ clock: "expires_at", after: 5 }] });
    await env.POLICIES.put("policy:torn", "{");
    expect(await kick(Date.now())).toMatchObject({ started: ["good"] });
    await engine.settled();
    expect(await idsIn("client_sessions")).toEqual([]);
    const { policy_problems: problems } = await registrar.health();
    expect(problems.map(({ id }) => id)).toEqual(["bad", "torn"]);
  });

  test("many that are wrong in thousands of places keep no other from its sweep", async () => {
    const wrong = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`key_${n}`, n]));
    const problems = Array.from({ length: 600 }, (_, n) => ({
      id: `bad_${n}`,
      code: "policy_invalid" as const,
      errors: Object.keys(wrong).map((field) => ({ field, message: "unknown key: remove it" })),
    }));
    const good = policyVersion("among", POLICY);
    const tick = { tick: Date.now(), policies: [good] };
    const few = { ...tick, problems: problems.slice(0, 20) };
    expect(await registrar.tick(few)).toMatchObject({ started: ["among"] });
    const bare = problems.map((one) => ({ ...one, errors: one.errors.slice(0, 1) }));
    await registrar.tick({ ...tick, problems: bare });
    const { policy_problems: told } = await registrar.health();
    expect(told).toHaveLength(501);
    expect(told.at(-1)?.errors[0]?.message).toBe("100 more policies are skipped");
    await registrar.tick(few);
    const health = await registrar.health();
    expect(JSON.stringify(health).length).toBeLessThan(12_000);
    expect(health.policy_problems.map(({ id }) => id)).toEqual(few.problems.map(({ id }) => id));
  });

  test.for<[string, (id: string) => Promise<void>]>([
    ["deleted", async (id) => env.POLICIES.delete(`policy:${id}`)],
    ["off", async (id) => engine.putPolicy(id, { ...POLICY, mode: "off" })],
    ["invalid", async (id) => env.POLICIES.put(`policy:${id}`, "{}")],
    ["changed", async (id) => engine.putPolicy(id, { ...POLICY, note: "another version" })],
  ])("one that is %s stops its sweep at the next tick", async ([name, change]) => {
    const id = `gone_${name}`;
    await addClientSessions(["a", "b", "c"].map((one) => ({ id: one })));
    await engine.putPolicy(id, { ...POLICY, brake: { items: 2 } });
    await kick(Date.now());
    const [braked] = await sweepsOf(id);
    expect(braked?.status).toBe("braked");
    await change(id);
    const next = await kick(Date.now() + 60_000);
    expect(next?.started).toEqual([]);
    await expect
      .poll(async () => registrar.sweep(braked?.id ?? ""), { timeout: 10_000 })
      .toMatchObject({ status: "cancelled", dispositions: { untouched: 3 } });
    expect(await idsIn("client_sessions")).toHaveLength(3);
  });

  test("one that the API changes stops its sweep at once", async () => {
    await addClientSessions(["a", "b", "c"].map((id) => ({ id })));
    const version = { ...POLICY, brake: { items: 2 } };
    await engine.putPolicy("written", version);
    await kick(Date.now());
    const [braked] = await sweepsOf("written");
    await writePolicy(engine, "written", policyVersion("written", POLICY), "writer");
    await expect
      .poll(async () => registrar.sweep(braked?.id ?? ""), { timeout: 10_000 })
      .toMatchObject({ status: "cancelled" });
  });

  test("none: nothing is removed", async () => {
    await addClientSessions([{ id: "a" }]);
    expect(await kick(Date.now())).toMatchObject({ started: [], joined: [] });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("unreadable: no sweep starts, and health says so", async () => {
    await addClientSessions([{ id: "a" }]);
    await engine.putPolicy("unread", POLICY);
    const down = async (): Promise<never> => {
      throw new Error("KV GET failed: 500 Internal Server Error");
    };
    const list = env.POLICIES.list.bind(env.POLICIES);
    for (const broken of [{ list: down }, { list, get: down }]) {
      expect(await kick(Date.now(), { policies: broken })).toBeNull();
    }
    expect(await sweepsOf("unread")).toEqual([]);
    expect(await idsIn("client_sessions")).toEqual(["a"]);
    expect(await registrar.health()).toMatchObject({ policy_problems: [{ id: "*" }] });
  });
});

describe("a sweep that a person starts", () => {
  test("joins one of the same document, and none of another", async () => {
    await addClientSessions(["a", "b", "c"].map((id) => ({ id })));
    const older = policyVersion("asked", { ...POLICY, brake: { items: 2 } });
    const newer = policyVersion("asked", { ...POLICY, brake: { items: 1 } });
    const first = await registrar.startSweep(older, "operator", null);
    const second = await registrar.startSweep(newer, "operator", null);
    const third = await registrar.startSweep(newer, "operator", null);
    expect([first, second, third]).toMatchObject([
      { joined: false },
      { joined: false },
      { joined: true },
    ]);
    expect(await sweepsOf("asked")).toHaveLength(2);
  });

  test("is none of a version that the API has replaced or removed, while KV may still show it", async () => {
    const older = policyVersion("replaced", POLICY);
    const newer = policyVersion("replaced", { ...POLICY, match: { scope: ["w2"] } });
    await writePolicy(engine, "replaced", newer, "writer");
    expect(await registrar.startSweep(older, "operator", null)).toEqual({ kind: "kv_stale" });
    expect(await registrar.startSweep(newer, "operator", null)).toMatchObject({ kind: "started" });
    await engine.settled();
    await writePolicy(engine, "replaced", null, "writer");
    expect(await registrar.startSweep(newer, "operator", null)).toEqual({ kind: "kv_stale" });
    expect(await sweepsOf("replaced")).toHaveLength(1);
  });

  test("is the same for the same Idempotency-Key, and a conflict for another body", async () => {
    const policy = policyVersion("keyed", POLICY);
    const idempotency = { owner: "operator", key: "k1", body_hash: "h1" };
    const first = await registrar.startSweep(policy, "operator", idempotency);
    await engine.settled();
    const again = await registrar.startSweep(policy, "operator", idempotency);
    expect(again).toMatchObject({
      kind: "replayed",
      sweep: { id: first.kind === "started" ? first.sweep.id : "" },
    });
    expect(
      await registrar.startSweep(policy, "operator", { ...idempotency, body_hash: "h2" }),
    ).toMatchObject({ kind: "idempotency_conflict" });
  });
});
