import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { hurried, hurry, openErasure } from "../../support/hurry.ts";
import { openEngine } from "../../support/engine.ts";
import {
  embeddedWorld,
  forgetHeld,
  JANE,
  OF_JANE,
  upstreamWorld,
} from "../../support/erasure_world.ts";
import { addClientSessions } from "../../support/sweep_world.ts";
import { store } from "../../support/d1.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const embedded = embeddedWorld();
const { seam, vectara } = upstream;
const HOUR = 3_600_000;

/** As if the source had been waited for since so much longer. */
async function waitedFor(source: string, ms: number): Promise<void> {
  await runInDurableObject(env.CUSTODIAN.getByName(source), (_instance, state) => {
    state.storage.sql.exec(
      `UPDATE jobs SET progress = json_set(progress, '$.guard.empty_since', (progress ->> '$.guard.empty_since') - ?)
       WHERE progress ->> '$.guard.empty_since' IS NOT NULL`,
      ms,
    );
  });
}

async function waits(id: string, source: string): Promise<ErasureReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      return report?.sources[source]?.error?.code === "source_empty" ? report : false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** Every list that is asked for holds nothing. */
async function listsNone(rule: { skip?: number } = {}): Promise<void> {
  await seam.faults({
    kind: "status",
    status: 200,
    body: { client_sessions: [], ok: true },
    match: { path: "/client_sessions/list" },
    times: "always",
    ...rule,
  });
}

const isEnded = (report: ErasureReport): boolean => report.finished_at !== null;

let looks = 0;

/** Lets policies that remove nothing look at every source. */
async function look(): Promise<void> {
  looks += 1;
  await engine.putPolicy(`look_${looks}`, {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "P1Y" }],
    mode: "observe",
  });
  await engine.putPolicy(`look_agents_${looks}`, {
    source: "agent_sessions",
    expire: [{ clock: "created_at", after: "P50Y" }],
    mode: "observe",
  });
  await engine.sweep(Date.now() + HOUR);
}

const crowd = Array.from({ length: 150 }, (_, n) => ({ name: `p${n}` }));
const crowdOfAgents = Array.from({ length: 150 }, (_, n) => ({ at: `agt_a/ase_p${n}` }));

describe("a Seam account of 151 that lists none", () => {
  beforeEach(async () => {
    await upstream.open(engine);
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" }, ...crowd);
    await look();
  });

  test("is waited for, and the erasure goes on when it is back", async () => {
    await listsNone();
    const id = await openErasure(engine);
    expect(await waits(id, "client_sessions")).toMatchObject({
      status: "queued",
      sources: {
        client_sessions: { status: "queued", error: { code: "source_empty" } },
      },
    });
    // Each further look finds the same.
    await hurry("client_sessions");
    expect(await engine.registrar.erasure(id)).toMatchObject({ finished_at: null });
    await seam.reset(["faults"]);
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({
      status: "completed",
      sources: { client_sessions: { found: 1, error: null } },
    });
    expect(await upstream.left()).not.toContain("jane");
  });

  test("fails after an hour: the whole is neither no_match nor completed", async () => {
    await seam.reset(["state"]);
    await upstream.agents({ at: "agt_a/ase_1", metadata: OF_JANE });
    const id = await openErasure(engine);
    await waits(id, "client_sessions");
    await waitedFor("client_sessions", HOUR);
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({
      status: "partial",
      sources: {
        agent_sessions: { status: "done", found: 1 },
        client_sessions: { status: "failed", error: { code: "source_empty" } },
      },
    });
  });

  test("is believed once a person has said so", async () => {
    await seam.reset(["state"]);
    const id = await openErasure(engine);
    await waits(id, "client_sessions");
    await engine.putPolicy("look", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "P1Y" }],
      mode: "enforce",
    });
    const sweeps = await engine.sweep(Date.now() + 2 * HOUR);
    const braked = sweeps.find(({ policy, status }) => policy === "look" && status === "braked");
    expect(braked).toMatchObject({ guard: { code: "source_empty", held: 151 } });
    await engine.registrar.approveSweep(braked?.id ?? "", braked?.plan_digest ?? "", "ben");
    await engine.settled();
    const report = await hurried(engine, id, "client_sessions", isEnded);
    expect(report).toMatchObject({ status: "no_match" });
  });

  test("while it is read back proves nothing", async () => {
    await listsNone({ skip: 1 });
    const id = await openErasure(engine);
    expect(await waits(id, "client_sessions")).toMatchObject({
      sources: { client_sessions: { status: "verifying", verified_at: [] } },
    });
    await waitedFor("client_sessions", HOUR);
    expect(await hurried(engine, id, "client_sessions", isEnded)).toMatchObject({
      status: "partial",
      sources: { client_sessions: { status: "failed", error: { code: "source_empty" } } },
    });
  });

  test("of few others is taken at its word", async () => {
    await seam.reset(["state"]);
    await forgetHeld();
    await upstream.clients({ name: "bob" });
    await look();
    await seam.reset(["state"]);
    expect(await engine.erase([JANE])).toMatchObject({ status: "no_match" });
  });

  test("a person who is not there is no_match while others are", async () => {
    await seam.reset(["state"]);
    await upstream.clients(...crowd);
    expect(await engine.erase([JANE])).toMatchObject({ status: "no_match" });
  });
});

test("a Vectara account that lists none is waited for", async () => {
  await upstream.open(engine);
  await upstream.agents({ at: "agt_a/ase_1", metadata: OF_JANE }, ...crowdOfAgents);
  await look();
  await vectara.reset(["state"]);
  const id = await openErasure(engine);
  await waits(id, "agent_sessions");
  await waitedFor("agent_sessions", HOUR);
  const report = await hurried(engine, id, "agent_sessions", isEnded);
  expect(report).toMatchObject({
    status: "partial",
    sources: { agent_sessions: { status: "failed", error: { code: "source_empty" } } },
  });
});

test("an account that only erasures have looked at is known by them", async () => {
  await upstream.open(engine);
  await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" }, ...crowd);
  expect(await engine.erase([JANE])).toMatchObject({ status: "completed" });
  await seam.reset(["state"]);
  await waits(await openErasure(engine), "client_sessions");
});

test("the embedded store that is found empty is waited for", async () => {
  await embedded.open(engine);
  await addClientSessions(crowd.map(({ name }) => ({ id: name, expired: -9000 })));
  await look();
  await store.prepare("DELETE FROM client_sessions").run();
  const id = await openErasure(engine);
  await waits(id, "client_sessions");
  await embedded.clients({ name: "jane", user_identifier_key: "jane_doe" }, ...crowd);
  expect(await hurried(engine, id, "client_sessions", isEnded)).toMatchObject({
    status: "completed",
    sources: { client_sessions: { found: 1 } },
  });
});
