import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import type { SoughtSession } from "../../../src/contract/custodian.ts";
import type { Custodian } from "../../../src/custodian/custodian.ts";
import { openEngine } from "../../support/engine.ts";
import {
  by,
  embeddedWorld,
  fillBoth,
  idOf,
  JANE,
  OF_JANE,
  upstreamWorld,
} from "../../support/erasure_world.ts";
import { hurry } from "../../support/hurry.ts";
import { passTime } from "../../support/preview_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openEngine();
const worlds = [embeddedWorld(), await upstreamWorld()];
const SOURCES = ["client_sessions", "agent_sessions"];
const LOOK = { dry_run: true };
const FIRST = { limit: 100, after: 0 };

async function releaseAll(): Promise<void> {
  const { data } = await engine.registrar.holds({ limit: 100, cursor: null }, {});
  for (const { id, status } of data) {
    if (status === "in_force") {
      await engine.registrar.releaseHold(id, "root");
    }
  }
}

async function hold(selector: HoldSelector): Promise<string> {
  const { id } = await placeHold(engine, selector);
  return id;
}

/** The plan of one source, session by session. */
async function sought(source: string, id: string): Promise<readonly SoughtSession[]> {
  const page = await env.CUSTODIAN.getByName(source).soughtPage(id, FIRST);
  if (page.kind !== "page") {
    throw new Error(`the plan is ${page.kind}`);
  }
  return page.data;
}

const pageKind = async (source: string, id: string): Promise<string> =>
  (await env.CUSTODIAN.getByName(source).soughtPage(id, FIRST)).kind;

/** Puts a job back to a phase, as an object that went wrong would have it, and lets it run. */
async function forcePhase(id: string, phase: string): Promise<void> {
  for (const source of SOURCES) {
    await runInDurableObject(
      env.CUSTODIAN.getByName(source),
      async (instance: Custodian, { storage: { sql } }) => {
        sql.exec(
          `UPDATE jobs SET progress = json_set(progress, '$.phase', ?, '$.end.plan_until', NULL,
             '$.end.as', NULL) WHERE id = ?`,
          phase,
          id,
        );
        await instance.command({ do: "proceed", id });
      },
    );
    await hurry(source);
  }
}

async function observed(how: object = {}, identifiers = [JANE]): Promise<ErasureReport> {
  const report = await engine.erase(identifiers, { ...LOOK, ...how });
  expect(report).toMatchObject({ status: "observed", dry_run: true });
  return report;
}

describe.each(worlds)("a dry run of an erasure ($name)", (world) => {
  beforeEach(async () => {
    for (const source of SOURCES) {
      await passTime(source);
    }
    await releaseAll();
    await world.open(engine);
  });

  test("says what it would remove and why each matched, and removes nothing", async () => {
    await fillBoth(world);
    await world.agents(
      { at: "agt_a/child", child_of: "agt_a/ase_1" },
      { at: "agt_a/grandchild", child_of: "agt_a/child" },
    );
    const there = await world.left();
    const report = await observed();
    expect(report).toMatchObject({
      blockers: [],
      error: null,
      plan_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      sources: {
        client_sessions: { status: "observed", found: 1, dispositions: {}, verified_at: [] },
        agent_sessions: { status: "observed", found: 3, dispositions: {}, verified_at: [] },
      },
    });
    expect(report.statement).toContain("nothing was removed");
    const why = { matched_by: ["user_identifier_key"], child_of: null, held_by: null };
    expect(await sought("client_sessions", report.id)).toEqual([
      { scope: expect.any(String), id: idOf("jane"), disposition: null, ...why },
    ]);
    const child = { scope: "agt_a", matched_by: [], held_by: null, disposition: null };
    expect(await sought("agent_sessions", report.id)).toEqual([
      { scope: "agt_a", id: "ase_1", disposition: null, ...why },
      { ...child, id: "child", child_of: { scope: "agt_a", id: "ase_1" } },
      { ...child, id: "grandchild", child_of: { scope: "agt_a", id: "child" } },
    ]);
    expect(await world.left()).toEqual(there);
    expect(await world.removals()).toBe(0);
  });

  test("names each type that matched, and asks for no approval of a large plan", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await fillBoth(world);
    const report = await observed({}, [JANE, by("client_session_id", idOf("jane"))]);
    expect(report.blockers).toEqual([{ code: "too_many", source: null, sessions: 2 }]);
    expect(await sought("client_sessions", report.id)).toMatchObject([
      { matched_by: ["user_identifier_key", "client_session_id"] },
    ]);
    expect(await world.left()).toHaveLength(4);
  });

  test("tells of a hold, by its id, and of what is shared", async () => {
    await fillBoth(world);
    await world.agentDocument("agt_b", {
      tools: [{ type: "sub_agent", session_mode: "agent_scoped" }],
    });
    await world.agents(
      { at: "agt_b/ase_1", metadata: OF_JANE },
      { at: "agt_a/child", child_of: "agt_b/ase_1" },
    );
    const scope = "agt_a";
    const id = await hold({ kind: "session", source: "agent_sessions", scope, id: "ase_1" });
    const report = await observed();
    expect(report.blockers).toEqual([
      { code: "held", source: "agent_sessions", sessions: 1 },
      { code: "shared", source: "agent_sessions", sessions: 1 },
    ]);
    const rows = await sought("agent_sessions", report.id);
    expect(rows.toSorted((a, b) => a.id.localeCompare(b.id))).toMatchObject([
      { id: "ase_1", disposition: "held", held_by: id },
      { id: "ase_1", disposition: null, held_by: null },
      { id: "child", disposition: "shared", child_of: { scope: "agt_b", id: "ase_1" } },
    ]);
  });

  test("shows the rest where the identifiers contradict each other, in every source", async () => {
    await fillBoth(world);
    const report = await observed({}, [JANE, by("client_session_id", idOf("bob"))]);
    expect(report).toMatchObject({
      blockers: [{ code: "conflict", source: null, sessions: null }],
      error: { code: "conflict" },
    });
    expect((await sought("client_sessions", report.id)).map(({ id }) => id)).toEqual([
      idOf("jane"),
    ]);
    expect((await sought("agent_sessions", report.id)).map(({ id }) => id)).toEqual(["ase_1"]);
    expect(await world.left()).toHaveLength(4);
  });

  test("has the digest of the erasure that would remove the same", async () => {
    await fillBoth(world);
    const { plan_digest: seen } = await observed();
    await world.clients({ name: "jane too", user_identifier_key: "jane_doe" });
    const { plan_digest: more } = await observed();
    expect(more).not.toBe(seen);
    expect((await engine.erase([JANE])).plan_digest).toBe(more);
    expect(await world.left()).toEqual(["agt_a/ase_2", "bob"]);
  });

  test("finds nobody: it is observed all the same, and its plan is empty", async () => {
    await world.clients({ name: "bob", user_identifier_key: "bob" });
    const report = await observed();
    expect(report.sources).toMatchObject({ client_sessions: { status: "no_match", found: 0 } });
    expect(await sought("client_sessions", report.id)).toEqual([]);
  });

  test("keeps its plan for a day, and forgets the person when it ends", async () => {
    await fillBoth(world);
    const report = await observed();
    for (const source of SOURCES) {
      const { plan_until: until } = report.sources[source] ?? {};
      expect(Date.parse(until ?? "") - Date.parse(report.finished_at ?? "")).toBeGreaterThan(
        86_000_000,
      );
      const [job] = await engine.rows<{ job_order: string; progress: string }>(
        source,
        `SELECT job_order, progress FROM jobs WHERE id = '${report.id}'`,
      );
      expect(JSON.parse(job?.job_order ?? "")).toMatchObject({ identifiers: [], preview: true });
      expect(JSON.stringify(job)).not.toContain("jane_doe");
      for (const table of ["children", "family"]) {
        expect(await engine.rows(source, `SELECT * FROM ${table}`)).toEqual([]);
      }
      expect(await pageKind(source, report.id)).toBe("page");
      await passTime(source);
      expect(await pageKind(source, report.id)).toBe("gone");
      expect(await engine.rows(source, "SELECT * FROM plan")).toEqual([]);
    }
    expect(await world.left()).toHaveLength(4);
  });

  test.each(["waiting", "removing", "verifying", "ranking"])(
    "removes nothing when it is told to proceed, even if it stood at %s",
    async (phase) => {
      await fillBoth(world);
      const report = await observed();
      await forcePhase(report.id, phase);
      await hurry("client_sessions");
      await hurry("agent_sessions");
      expect(await world.left()).toHaveLength(4);
      expect(await world.removals()).toBe(0);
      for (const source of SOURCES) {
        expect(
          await engine.rows(
            source,
            "SELECT * FROM plan WHERE state = 1 OR disposition = 'deleted'",
          ),
        ).toEqual([]);
      }
    },
  );

  test("removes nothing when it is told to proceed before it has planned", async () => {
    await fillBoth(world);
    const id = await engine.open([JANE], LOOK);
    for (const source of SOURCES) {
      await env.CUSTODIAN.getByName(source).command({ do: "proceed", id });
    }
    expect(await engine.erasure(id)).toMatchObject({ status: "observed" });
    await Promise.all(SOURCES.map(hurry));
    expect(await world.left()).toHaveLength(4);
    expect(await world.removals()).toBe(0);
  });
});
