import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { NewsItem } from "../../../src/contract/custodian.ts";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { DAY, HOUR, openAttentionWorld, PAUSE, POLICY } from "../../support/attention_world.ts";
import { ended, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { JANE } from "../../support/erasure_world.ts";
import { addClientSessions, sweepOnce } from "../../support/sweep_world.ts";
import { holdRequest } from "../../support/hold_request.ts";

const { engine, registrar, run, told, codes, tell, empty } = await openAttentionWorld();

beforeEach(empty);

test("nothing needs a person where all is well", async () => {
  await addClientSessions([{ id: "a" }]);
  expect(await sweepOnce(engine, POLICY)).toMatchObject({ status: "completed" });
  expect(await told()).toEqual([]);
});

describe("what people have done", () => {
  test("a pause, by whom and why, of all and of one source, until it is over", async () => {
    const until = Date.now() + HOUR;
    await registrar.turnSwitch({ source: null, pause: PAUSE }, "anna");
    await registrar.turnSwitch({ source: "agent_sessions", pause: { ...PAUSE, until } }, "ben");
    const found = await told();
    expect(found).toMatchObject([
      {
        code: "paused",
        about: { kind: "deployment", id: null },
        message: "anna paused every source until somebody ends it: an incident",
        settle: { method: "PUT", path: "/v1/switch", body: { paused: false } },
      },
      {
        code: "paused",
        about: { kind: "source", id: "agent_sessions" },
        message: `ben paused agent_sessions until ${new Date(until).toISOString()}: an incident`,
        settle: { body: { paused: false, source: "agent_sessions" } },
      },
    ]);
    await run((sql) => {
      sql.exec("UPDATE pauses SET pause = json_set(pause, '$.until', 1)");
    });
    expect(await told()).toEqual([]);
  });

  test("a hold whose review date has passed, and not one that has ended", async () => {
    const session = { kind: "session", source: "client_sessions", scope: "w1", id: "a" } as const;
    const hold = holdRequest(session, { review_at: Date.now() - HOUR });
    const placed = await registrar.placeHold(hold, "anna", null);
    await registrar.placeHold({ ...hold, ends_at: Date.now() - 1 }, "anna", null);
    await registrar.placeHold({ ...hold, review_at: Date.now() + HOUR }, "anna", null);
    const id = placed.kind === "placed" ? placed.hold.id : "";
    expect(await told()).toMatchObject([
      {
        code: "hold_review_due",
        since: new Date(hold.review_at).toISOString(),
        about: { kind: "hold", id },
        settle: { method: "POST", path: `/v1/holds/${id}/release` },
      },
    ]);
    await registrar.releaseHold(id, "anna");
    expect(await told()).toEqual([]);
  });
});

describe("what waits", () => {
  test("a braked sweep, until somebody decides", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    const { id } = await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
    const { waits_since: since } = (await registrar.sweep(id)) ?? {};
    expect(await told()).toMatchObject([
      {
        code: "braked",
        since,
        about: { kind: "sweep", id },
        message:
          "A sweep of p would remove 2 sessions and waits. 2 sessions are due, and the policy's brake lets 1 pass.",
        settle: { method: "POST", path: `/v1/sweeps/${id}/approve` },
      },
    ]);
    await registrar.cancelSweep(id, "anna");
    expect(await codes()).toEqual([]);
    await ended(engine, id);
  });

  test("a sweep whose version a person must see", async () => {
    await addClientSessions([{ id: "a" }]);
    await put(engine, versionOf({ approval: "every" }));
    const { id } = await sweepOf(engine);
    expect(await told()).toMatchObject([
      { code: "needs_approval", about: { kind: "sweep", id }, since: expect.any(String) },
    ]);
    const { plan_digest: digest } = (await registrar.sweep(id)) ?? {};
    await registrar.approveSweep(id, digest ?? "", "ben");
    expect(await told()).toEqual([]);
    await ended(engine, id);
    expect(await told()).toEqual([]);
  });

  test("an erasure, since the time at which it began to wait", async () => {
    await addClientSessions([
      { id: "a", person: "jane_doe" },
      { id: "b", person: "jane_doe" },
    ]);
    const report = await engine.erase([JANE]);
    expect(report).toMatchObject({ status: "needs_approval", waits_since: expect.any(String) });
    expect(await told()).toMatchObject([
      {
        code: "needs_approval",
        since: report.waits_since,
        about: { kind: "erasure", id: report.id },
        settle: { method: "POST", path: `/v1/erasures/${report.id}/approve` },
      },
    ]);
    await engine.tick();
    expect((await registrar.erasure(report.id))?.waits_since).toBe(report.waits_since);
    await registrar.approveErasure(report.id, report.plan_digest ?? "", "ben");
    expect(await codes()).toEqual([]);
    expect(await engine.erasure(report.id)).toMatchObject({ waits_since: null });
  });

  test("an erasure that is late or nearly so, by its regulation, until it ends", async () => {
    await registrar.turnSwitch({ source: null, pause: PAUSE }, "anna");
    const open = async (regulation: "gdpr" | "ccpa", days: number) => {
      const request = {
        identifiers: [JANE],
        sources: null,
        scopes: null,
        reference: null,
        dry_run: false,
      };
      const requested_at = Date.now() - days * DAY;
      const opened = await registrar.openErasure(
        { ...request, regulation, requested_at },
        "test",
        null,
        null,
      );
      return opened.kind === "opened" ? opened.erasure : null;
    };
    const [late, near] = [await open("gdpr", 40), await open("ccpa", 40)];
    await open("gdpr", 3);
    const found = (await told()).filter(({ code }) => code.startsWith("erasure"));
    expect(found).toMatchObject([
      { code: "erasure_late", since: late?.due_at, about: { kind: "erasure", id: late?.id } },
      { code: "erasure_at_risk", about: { kind: "erasure", id: near?.id } },
    ]);
    expect(found[1]?.message).toContain(near?.due_at);
    await registrar.turnSwitch({ source: null, pause: null }, "anna");
    await engine.erasure(late?.id ?? "");
    await engine.erasure(near?.id ?? "");
    expect(await codes()).toEqual([]);
  });
});

describe("what does not run", () => {
  const fail = async (report: SweepReport): Promise<void> => {
    const error = { code: "source_unauthorized", message: "refused" } as const;
    const finished_at = new Date().toISOString();
    await tell({ ...report, kind: "sweep", status: "failed", error, finished_at, account: null });
  };

  test("a source that fails, since it first did, and one whose tables are missing by that name", async () => {
    await addClientSessions([{ id: "a" }, { id: "b" }]);
    await fail(await sweepOnce(engine, { ...POLICY, brake: { items: 1 } }));
    const first = await told("source_failing");
    expect(first).toMatchObject([
      {
        about: { kind: "source", id: "client_sessions" },
        message:
          "The last sweep of client_sessions ended with an error. The source refused the key.",
      },
    ]);
    await engine.tick(Date.now() + 60_000);
    const again = (await engine.settled()).find(({ status }) => status === "braked");
    await fail(again as SweepReport);
    expect(await told("source_failing")).toEqual(first);
    // With no policy to sweep it, nothing could ever show that it is well again.
    await run((sql) => sql.exec("DELETE FROM gauges"));
    expect(await told("source_failing")).toEqual([]);
  });

  test("an open breaker, since it opened, until it closes or nobody asks its source any more", async () => {
    expect(await sweepOnce(engine, POLICY)).toMatchObject({ status: "completed" });
    const reading = (breaker: "open" | "closed") =>
      ({
        kind: "source",
        reading: { breaker, calls_by_status: {}, throttled_ms: 0, rate: null, window: null },
      }) as unknown as NewsItem["news"];
    await tell(reading("open"));
    const first = await told();
    expect(first).toMatchObject([{ code: "breaker_open", since: expect.any(String) }]);
    await tell(reading("open"));
    expect(await told()).toEqual(first);
    await tell(reading("closed"));
    expect(await told()).toEqual([]);
    await tell(reading("open"));
    await run((sql) => sql.exec("DELETE FROM gauges"));
    expect(await told()).toEqual([]);
    await registrar.turnSwitch({ source: null, pause: PAUSE }, "anna");
    const id = await engine.open([JANE]);
    expect(await codes()).toEqual(["paused", "breaker_open"]);
    await registrar.cancelErasure(id, "anna");
    await registrar.turnSwitch({ source: null, pause: null }, "anna");
    await engine.erasure(id);
    expect(await told()).toEqual([]);
  });

  test("a cron that does not tick, until it does", async () => {
    await engine.tick(Date.now() - 60_000);
    await run((sql) => sql.exec("UPDATE timers SET at = 1 WHERE name = 'tick'"));
    await runDurableObjectAlarm(registrar);
    const found = await told();
    expect(found).toMatchObject([{ code: "no_tick", since: new Date(1).toISOString() }]);
    await engine.tick();
    expect(await told()).toEqual([]);
    // Where the timer was lost, the last tick tells.
    await run((sql) => sql.exec("UPDATE facts SET value = '1000' WHERE name = 'last_tick'"));
    expect(await codes()).toEqual(["no_tick"]);
  });

  test("a policy that is invalid, or that KV does not give, since the first tick that skipped it", async () => {
    const tick = Date.now();
    const errors = [{ field: "expire", message: "name at least one clause" }];
    const wrong = { id: "p", code: "policy_invalid" as const, errors };
    const kick = async (at: number, problems: (typeof wrong)[], unread: string[] = []) =>
      registrar.tick({ tick: at, policies: [], problems, unread });
    await kick(tick, [wrong]);
    await kick(tick + 60_000, [wrong], ["q"]);
    const at = (ms: number): string => new Date(ms).toISOString();
    expect(await told()).toMatchObject([
      { code: "policy_unread", since: at(tick + 60_000), about: { kind: "policy", id: "q" } },
      {
        code: "policy_invalid",
        since: at(tick),
        about: { kind: "policy", id: "p" },
        message: "The last tick skipped the policy p: expire: name at least one clause",
        settle: { method: "PUT", path: "/v1/policies/p" },
      },
    ]);
    await registrar.tickFailed(tick + 120_000, "KV is away", false);
    expect(await told()).toMatchObject([
      { code: "policy_unread", about: { kind: "deployment", id: null } },
    ]);
    await kick(tick + 180_000, []);
    expect(await told()).toEqual([]);
  });
});
