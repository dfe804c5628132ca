import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { setDigest } from "../../../src/core/values/set_digest.ts";
import { Custodian } from "../../../src/custodian/custodian.ts";
import {
  beginAnew,
  engine,
  registrar,
  run,
  table as callbacks,
  VARS,
} from "../../support/callback_world.ts";
import { embeddedWorld, fillBoth, JANE } from "../../support/erasure_world.ts";
import { hurry } from "../../support/hurry.ts";
import { placeHold } from "../../support/hold_request.ts";

const world = embeddedWorld();
const LOOK = { dry_run: true };
const SOURCES = ["client_sessions", "agent_sessions"];
const DAY = 86_400_000;

beforeEach(async () => {
  await beginAnew();
  await run((sql) => {
    for (const name of ["commands", "removals_by_day"]) {
      sql.exec(`DELETE FROM ${name}`);
    }
  });
  await world.open(engine, { vars: VARS });
  await fillBoth(world);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const EVERYTHING = ["agt_a/ase_1", "agt_a/ase_2", "bob", "jane"];

/** What a Custodian has been told of a job besides its order. */
function listen(): string[] {
  const told: string[] = [];
  const { command } = Custodian.prototype;
  vi.spyOn(Custodian.prototype, "command").mockImplementation(async function (
    this: Custodian,
    one,
  ) {
    told.push(one.do);
    return command.call(this, one);
  });
  return told;
}

describe("a dry run", () => {
  test("is approved by nobody, alone or in a set: 409, and nothing is told to its sources", async () => {
    const told = listen();
    const report = await engine.erase([JANE], LOOK);
    expect(report.status).toBe("observed");
    const { id, plan_digest: digest } = report;
    expect(await registrar.approveErasure(id, digest ?? "", "ben")).toEqual({
      kind: "wrong_status",
      status: "observed",
    });
    expect(await registrar.approveErasures([id], setDigest([report]), "ben")).toEqual({
      kind: "wrong_status",
      status: "observed",
      id,
    });
    expect(told).toEqual(["start", "start"]);
    const kinds = await run((sql) =>
      sql.exec("SELECT kind FROM activity WHERE object = ?", id).toArray(),
    );
    expect(kinds).toEqual([{ kind: "erasure.previewed" }]);
    expect(await world.left()).toEqual(EVERYTHING);
  });

  test("never proceeds, although its record says that it was let go and its parts that they wait", async () => {
    const { id } = await engine.erase([JANE], LOOK);
    const told = listen();
    await run((sql) => {
      sql.exec(
        `UPDATE erasures SET identifiers = '[]', status = 'removing',
           report = json_set(report, '$.finished_at', NULL, '$.status', 'removing'),
           state = json_set(state, '$.proceeded', json('true'), '$.approved', json('true'),
             '$.allowed', json('{"client_sessions":5,"agent_sessions":5}')) WHERE id = ?`,
        id,
      );
      sql.exec(
        `UPDATE erasure_parts SET part = json_set(part, '$.report.status', 'planned')
         WHERE erasure = ?`,
        id,
      );
    });
    await engine.tick();
    await Promise.all(SOURCES.map(hurry));
    await engine.tick();
    // Its Custodians know how it ended, and tell it again.
    expect(await engine.erasure(id)).toMatchObject({ status: "observed" });
    expect(told).not.toContain("proceed");
    expect(await world.left()).toEqual(EVERYTHING);
  });

  test("ends when an object does not know it any more, and says what was not searched", async () => {
    vi.spyOn(Custodian.prototype, "alarm").mockResolvedValue(undefined);
    const id = await engine.open([JANE], LOOK);
    await runInDurableObject(env.CUSTODIAN.getByName("client_sessions"), (_instance, { storage }) =>
      storage.sql.exec("DELETE FROM jobs"),
    );
    vi.restoreAllMocks();
    await engine.tick();
    await hurry("client_sessions");
    await hurry("agent_sessions");
    expect(await engine.erasure(id)).toMatchObject({
      status: "observed",
      blockers: [{ code: "not_searched", source: "client_sessions", sessions: null }],
      sources: {
        client_sessions: { status: "failed", error: { code: "order_lost" } },
        agent_sessions: { status: "observed" },
      },
    });
    expect(await world.left()).toEqual(EVERYTHING);
  });

  test("is cancelled while it looks, and its parts stop", async () => {
    vi.spyOn(Custodian.prototype, "alarm").mockResolvedValue(undefined);
    const id = await engine.open([JANE], LOOK);
    expect(await registrar.cancelErasure(id, "ben")).toMatchObject({ kind: "done" });
    vi.restoreAllMocks();
    await Promise.all(SOURCES.map(hurry));
    expect(await engine.erasure(id)).toMatchObject({
      status: "cancelled",
      blockers: null,
      plan_digest: null,
      cancelled_by: { name: "ben" },
    });
    expect(await registrar.cancelErasure(id, "ben")).toMatchObject({ kind: "wrong_status" });
  });

  test("is no news to the callback, and in no sum, however it ends", async () => {
    await world.open(engine, { vars: { ...VARS, ERASURE_MAX_SESSIONS: "1" } });
    await fillBoth(world);
    await placeHold(engine, { kind: "subject", identifiers: [JANE] });
    const before = await run((sql) => sql.exec("SELECT * FROM counters").toArray());
    const report = await engine.erase([JANE], LOOK);
    expect(report.blockers).toMatchObject([
      { code: "too_many" },
      { code: "held" },
      { code: "held" },
    ]);
    expect(await callbacks()).toEqual([]);
    expect(await run((sql) => sql.exec("SELECT * FROM counters").toArray())).toEqual(before);
    expect(await run((sql) => sql.exec("SELECT * FROM removals_by_day").toArray())).toEqual([]);
    const { data } = await registrar.holds({ limit: 100, cursor: null }, {});
    for (const { id } of data.filter(({ status }) => status === "in_force")) {
      await registrar.releaseHold(id, "root");
    }
  });

  test("is never late or at risk, and waits for a source that stalls without an alarm", async () => {
    vi.spyOn(Custodian.prototype, "alarm").mockResolvedValue(undefined);
    const open = async (isDryRun: boolean): Promise<string> => {
      const request = { identifiers: [JANE], sources: null, scopes: null, reference: null };
      const opened = await registrar.openErasure(
        { ...request, regulation: null, requested_at: Date.now() - 60 * DAY, dry_run: isDryRun },
        "test",
        null,
        null,
      );
      return opened.kind === "opened" ? opened.erasure.id : opened.kind;
    };
    const [look, real] = [await open(true), await open(false)];
    await run((sql) =>
      sql.exec(
        `UPDATE erasures SET status = 'stalled', report = json_set(report, '$.status', 'stalled')`,
      ),
    );
    const { attention } = await registrar.health();
    const about = attention.flatMap(({ code, about: { kind, id } }) =>
      kind === "erasure" ? [[code, id]] : [],
    );
    expect(about).toEqual([
      ["erasure_late", real],
      ["stalled", real],
    ]);
    const jobs = (await registrar.metrics()).filter(
      ({ name, labels }) => name === "lethe_stalled" && labels["kind"] === "erasure",
    );
    expect(jobs).toMatchObject([{ value: 1 }]);
    await registrar.cancelErasure(look, "ben");
    await registrar.cancelErasure(real, "ben");
    vi.restoreAllMocks();
    await Promise.all(SOURCES.map(hurry));
    await engine.erasure(real);
    await engine.erasure(look);
  });
});
