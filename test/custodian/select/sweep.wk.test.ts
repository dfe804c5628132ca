import { beforeEach, describe, expect, test } from "vitest";
import { emptyStore, idsIn } from "../../support/d1.ts";
import {
  addAgentSessions,
  addClientSessions,
  openWorld,
  sweepOnce,
} from "../../support/sweep_world.ts";

const engine = await openWorld();
const CLIENTS = { source: "client_sessions", brake: { percent: 100 } };
const AGENTS = { source: "agent_sessions", brake: { percent: 100 } };
const expired = [{ clock: "expires_at", after: "PT0S" }];
const DAY = 1440;

beforeEach(emptyStore);

describe("the clocks of the embedded store", () => {
  test("expires_at: with its grace, and never when it is missing", async () => {
    await addClientSessions([
      { id: "past", expired: 16 },
      { id: "grace", expired: 14 },
      { id: "future", expired: -60 },
      { id: "undated", expired: null },
    ]);
    const policy = { ...CLIENTS, expire: [{ clock: "expires_at", after: "PT15M" }] };
    expect(await sweepOnce(engine, policy)).toMatchObject({
      status: "completed",
      counts: { due: 1, undated: 1, planned: 1 },
      dispositions: { deleted: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["future", "grace", "undated"]);
  });

  test("created_at: whatever the session says of its expiry", async () => {
    await addClientSessions([
      { id: "old", expired: -60, created: 91 * DAY },
      { id: "young", expired: -60, created: 89 * DAY },
      { id: "unborn", expired: 60, created: null },
    ]);
    const policy = { ...CLIENTS, expire: [{ clock: "created_at", after: "P90D" }] };
    expect(await sweepOnce(engine, policy)).toMatchObject({ counts: { due: 1, undated: 1 } });
    expect(await idsIn("client_sessions")).toEqual(["unborn", "young"]);
  });

  test("last_active_at: the session goes with its events, an active one stays however old", async () => {
    await addAgentSessions([
      { id: "ase_stale", active: 31 * DAY, created: 40 * DAY },
      { id: "ase_active", active: 29 * DAY, created: 400 * DAY },
      { id: "ase_silent", active: null, created: 400 * DAY },
    ]);
    const policy = { ...AGENTS, expire: [{ clock: "last_active_at", after: "P30D" }] };
    expect(await sweepOnce(engine, policy)).toMatchObject({ counts: { due: 1, undated: 1 } });
    expect(await idsIn("agent_sessions")).toEqual(["ase_active", "ase_silent"]);
    expect(await idsIn("agent_events")).toEqual(["evt_ase_active", "evt_ase_silent"]);
  });

  test("a clock before 2015 or after 2100 makes nothing due", async () => {
    const ofYear = (year: number): number => (Date.now() - Date.UTC(year, 5, 1)) / 60_000;
    await addClientSessions([
      { id: "epoch", expired: ofYear(1970), created: ofYear(1970) },
      { id: "early", expired: ofYear(2014), created: ofYear(2014) },
      { id: "late", expired: ofYear(2101), created: ofYear(2101) },
    ]);
    const policy = { ...CLIENTS, expire: [...expired, { clock: "created_at", after: "P1D" }] };
    expect(await sweepOnce(engine, policy)).toMatchObject({
      counts: { due: 0, planned: 0 },
      dispositions: {},
    });
    expect(await idsIn("client_sessions")).toEqual(["early", "epoch", "late"]);
  });
});

test("several clauses: any of them makes a session due, and it counts once", async () => {
  await addClientSessions([
    { id: "both", expired: 60, created: 91 * DAY },
    { id: "expired", expired: 60, created: DAY },
    { id: "old", expired: -60, created: 91 * DAY },
    { id: "neither", expired: -60, created: DAY },
    { id: "undated", expired: null, created: 91 * DAY },
  ]);
  const policy = { ...CLIENTS, expire: [...expired, { clock: "created_at", after: "P90D" }] };
  expect(await sweepOnce(engine, policy)).toMatchObject({
    counts: { due: 4, planned: 4 },
    dispositions: { deleted: 4 },
  });
  expect(await idsIn("client_sessions")).toEqual(["neither"]);
});

describe("match", () => {
  test("scope: globs, any of them, matched whole", async () => {
    await addClientSessions([
      { id: "exact", workspace: "eu" },
      { id: "longer", workspace: "eu-west" },
      { id: "glob", workspace: "test-1" },
      { id: "inside", workspace: "my-test-1" },
    ]);
    const policy = { ...CLIENTS, expire: expired, match: { scope: ["eu", "test-*"] } };
    expect(await sweepOnce(engine, policy)).toMatchObject({ dispositions: { deleted: 2 } });
    expect(await idsIn("client_sessions")).toEqual(["inside", "longer"]);
  });

  test("metadata: by path, by value and by type", async () => {
    await addAgentSessions([
      { id: "ase_a", metadata: { profile: { plan: "free" } } },
      { id: "ase_b", metadata: { profile: { plan: "paid" } } },
      { id: "ase_c", metadata: { "profile.plan": "free" } },
      { id: "ase_d", metadata: {} },
    ]);
    const stale = [{ clock: "last_active_at", after: "P30D" }];
    const policy = { ...AGENTS, expire: stale, match: { metadata: { "profile.plan": "free" } } };
    expect(await sweepOnce(engine, policy)).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await idsIn("agent_sessions")).toEqual(["ase_b", "ase_c", "ase_d"]);
    const typed = { ...AGENTS, expire: stale, match: { metadata: { tier: 1 } } };
    await addAgentSessions([
      { id: "ase_e", metadata: { tier: "1" } },
      { id: "ase_f", metadata: { tier: 1 } },
      { id: "ase_g", metadata: { tier: true } },
    ]);
    expect(await sweepOnce(engine, typed)).toMatchObject({ dispositions: { deleted: 1 } });
    expect(await idsIn("agent_sessions")).toEqual(["ase_b", "ase_c", "ase_d", "ase_e", "ase_g"]);
  });
});

describe("keep", () => {
  test("min_age: never a younger one, nor one whose age nobody knows", async () => {
    await addClientSessions([
      { id: "young", created: 2 * DAY - 5 },
      { id: "old", created: 2 * DAY + 5 },
      { id: "ageless", created: null },
    ]);
    const policy = { ...CLIENTS, expire: expired, keep: { min_age: "P2D" } };
    expect(await sweepOnce(engine, policy)).toMatchObject({
      counts: { due: 1, kept: 2, planned: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["ageless", "young"]);
  });

  test("latest: of each person, and nobody's who names nobody", async () => {
    await addClientSessions([
      { id: "j1", person: "jane", created: 3000 },
      { id: "j2", person: "jane", created: 2000 },
      { id: "j3", person: "jane", created: 1000, expired: -60 },
      { id: "o1", person: "joe", created: 9000 },
      { id: "n1", created: 100 },
    ]);
    const policy = { ...CLIENTS, expire: expired, keep: { latest: 2 } };
    expect(await sweepOnce(engine, policy)).toMatchObject({
      counts: { examined: 5, due: 2, kept: 2, planned: 2 },
      dispositions: { deleted: 2 },
    });
    expect(await idsIn("client_sessions")).toEqual(["j2", "j3", "o1"]);
  });
});

describe("budget", () => {
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: `s${String(index).padStart(4, "0")}`,
      expired: 10 + index,
    }));

  test("takes the longest overdue first, counts everything due, and does the rest next time", async () => {
    await addClientSessions(numbered(2500));
    const policy = { ...CLIENTS, expire: expired, budget: { items: 1100 } };
    expect(await sweepOnce(engine, policy)).toMatchObject({
      counts: { due: 2500, planned: 1100 },
      dispositions: { deleted: 1100 },
    });
    const left = await idsIn("client_sessions");
    expect([left.length, left.at(-1)]).toEqual([1400, "s1399"]);
    expect(await sweepOnce(engine, policy)).toMatchObject({ counts: { due: 1400, planned: 1100 } });
    expect(await sweepOnce(engine, policy)).toMatchObject({ counts: { due: 300, planned: 300 } });
    expect(await idsIn("client_sessions")).toEqual([]);
  });

  test("is filled from all clauses by how long each session is overdue", async () => {
    await addClientSessions([
      { id: "a", expired: 10 * DAY, created: 11 * DAY },
      { id: "b", expired: -60, created: 120 * DAY },
      { id: "c", expired: 5 * DAY, created: 6 * DAY },
      { id: "d", expired: -60, created: 91 * DAY },
    ]);
    const policy = {
      ...CLIENTS,
      expire: [...expired, { clock: "created_at", after: "P90D" }],
      budget: { items: 2 },
    };
    expect(await sweepOnce(engine, policy)).toMatchObject({ counts: { due: 4, planned: 2 } });
    expect(await idsIn("client_sessions")).toEqual(["c", "d"]);
  });
});

test("verify reads back the share that the policy asks for", async () => {
  await addClientSessions(
    Array.from({ length: 200 }, (_, index) => ({ id: `s${index}`, expired: 10 + index })),
  );
  const policy = { ...CLIENTS, expire: expired, verify: 10 };
  expect(await sweepOnce(engine, policy)).toMatchObject({
    verified: { read: 20, seen_again: 0 },
    lag_seconds: { max: expect.closeTo(209 * 60, -2) as number },
  });
});
