import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readVersion } from "../../src/kv/policies.ts";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { PolicyVersion } from "../../src/contract/registrar.ts";
import { startFake } from "../support/fake_client.ts";
import { newIds, outcomeOf, seamSession, timedCalls, upstream } from "../support/sweep_upstream.ts";
import { clearPolicies, openWorld, writePolicy } from "../support/sweep_world.ts";

const fake = await startFake("seam");
const engine = await openWorld();
const { registrar } = engine;
const DAY_MINUTES = 24 * 60;
const LAG = 5 * 60_000;
const DELETE = "/client_sessions/delete";

const WIDE = textOf({ expire: [{ clock: "expires_at", after: "PT0S" }] });
const NARROW = textOf({ expire: [{ clock: "expires_at", after: "P30D" }] });
const OFF = textOf({ mode: "off" });

function textOf(changes: object): PolicyVersion {
  const document = {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT0S" }],
    mode: "enforce",
    brake: { percent: 100 },
    verify: 0,
    ...changes,
  };
  const target = { clocks: ["expires_at", "created_at"], matches_metadata: false };
  const read = readVersion("p", document, new Map([["client_sessions", target]]));
  if (!read.ok) {
    throw new Error(JSON.stringify(read.error));
  }
  return read.value;
}

/** Sessions that both versions remove, those that only the wide one removes, and those that stay. */
interface Seeded {
  readonly old: readonly string[];
  readonly young: readonly string[];
  readonly live: readonly string[];
}

async function seed(): Promise<Seeded> {
  const [old, young, live] = [newIds(6), newIds(6), newIds(2)];
  await fake.seed({
    sessions: [
      ...young.map((id) => seamSession(id, 60)),
      ...old.map((id) => seamSession(id, 60 * DAY_MINUTES)),
      ...live.map((id) => seamSession(id, -60)),
    ],
  });
  return { old, young, live };
}

async function left(): Promise<string[]> {
  const { rows } = (await fake.state({ full: "1" })) as {
    rows: { session: { client_session_id: string } }[];
  };
  return rows.map(({ session }) => session.client_session_id).toSorted();
}

async function deletes(): Promise<string[]> {
  return (await timedCalls(fake, { path: DELETE })).map(({ id }) => id ?? "");
}

/** The sweep that the newest tick started. */
async function newest(): Promise<SweepReport> {
  const { data } = await registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" });
  const [report] = data;
  if (report === undefined) {
    throw new Error("no sweep was started");
  }
  return report;
}

/** A tick in which KV shows a version, or none. */
async function tick(shown: PolicyVersion | null): Promise<void> {
  await (shown === null ? env.POLICIES.delete("policy:p") : engine.putPolicy("p", shown.policy));
  await engine.tick();
}

/** Waits until the fake has seen so many calls, or the sweep has ended before. */
async function reach(calls: number, id: string): Promise<void> {
  await vi.waitUntil(
    async () =>
      (await fake.calls()).length >= calls || (await registrar.sweep(id))?.finished_at !== null,
    { timeout: 20_000, interval: 2 },
  );
}

/** How a version is replaced, what is in force afterwards, and what KV shows at the next tick. */
const EDITS: readonly (readonly [
  string,
  PolicyVersion | null,
  PolicyVersion | null,
  () => Promise<void>,
])[] = [
  [
    "a PUT of a narrower version",
    NARROW,
    WIDE,
    async () => void (await writePolicy(engine, "p", NARROW, "ben", WIDE)),
  ],
  [
    "a PUT that turns it off",
    OFF,
    WIDE,
    async () => void (await writePolicy(engine, "p", OFF, "ben", WIDE)),
  ],
  ["a DELETE", null, WIDE, async () => void (await writePolicy(engine, "p", null, "ben", WIDE))],
  ["a tick that finds a narrower version in KV", NARROW, WIDE, async () => tick(NARROW)],
  ["a tick that finds nothing in KV", null, null, async () => tick(null)],
];

/** Calls seen when the version changes: queued, listed, then two calls for each of twelve sessions. */
const POINTS = [0, 1, 2, 4, 8, 12, 16, 20, 25];

beforeEach(async () => {
  await engine.configure(upstream({ seam: fake.url }, 100));
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await runInDurableObject(registrar, (_instance, state) => {
    state.storage.sql.exec("DELETE FROM policy_versions");
  });
});
afterEach(() => fake.reset());

describe.each(EDITS)("%s, in a sweep of the wide version", (_what, then, shownNext, edit) => {
  test.each(POINTS)("after %i calls", async (calls) => {
    const { old, young, live } = await seed();
    await writePolicy(engine, "p", WIDE, "anna");
    await runInDurableObject(registrar, (_instance, state) => {
      // KV has long shown the version: what it shows from now on is news.
      state.storage.sql.exec(
        "UPDATE policy_versions SET at = at - ?1, written_at = written_at - ?1",
        LAG,
      );
    });
    await tick(WIDE);
    const { id } = await newest();
    await reach(calls, id);
    await edit();
    // Calls that were on their way when the edit was answered arrive within a time.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const asked = await deletes();

    const report = await outcomeOf(engine, id);
    expect(["superseded", "stopped", "completed"]).toContain(report.status);
    const accounted = Object.values(report.dispositions).reduce((sum, n) => sum + n, 0);
    expect(accounted).toBe(report.plan_digest === null ? 0 : report.counts.planned);

    // KV still shows the version that was replaced, and nothing of it runs again.
    for (const shown of [shownNext, then]) {
      await tick(shown);
      await engine.settled();
    }
    const removed = await deletes();
    expect(removed.slice(asked.length).filter((one) => young.includes(one))).toEqual([]);
    const isLeft = (one: string): boolean => !asked.includes(one);
    expect(await left()).toEqual(
      [...(then === NARROW ? [] : old.filter(isLeft)), ...young.filter(isLeft), ...live].toSorted(),
    );
  });
});
