import { beforeEach, describe, expect, test } from "vitest";
import {
  arrived,
  beginAnew,
  DAY,
  engine,
  firstBody,
  POLICY,
  registrar,
  run,
  table,
  tried,
  VARS,
} from "../../support/callback_world.ts";
import { versionOf } from "../../support/preview_world.ts";
import { addClientSessions } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

beforeEach(beginAnew);

describe("a tick tells the callback of", () => {
  test("a policy whose sweeps fail, once none has completed for OVERDUE_AFTER", async () => {
    await engine.configure({ ...VARS, OVERDUE_AFTER: "P2D" });
    const tick = async (): Promise<unknown> =>
      registrar.tick({
        tick: Date.now(),
        policies: [versionOf({ ...POLICY, schedule: "0 0 1 1 *" })],
        problems: [],
      });
    await tick();
    const since = async (days: number, endedAs: string): Promise<string[]> => {
      await run((sql) => {
        const at = Date.now() - days * DAY;
        sql.exec("UPDATE gauges SET completed_at = ?, ended_as = ?", at, endedAs);
      });
      await tick();
      return (await table()).map(({ type }) => type);
    };
    expect(await since(1.9, "failed")).toEqual([]);
    expect(await since(20, "completed")).toEqual([]);
    expect(await since(20, "cancelled")).toEqual([]);
    expect(await since(2.1, "failed")).toEqual(["sessions.overdue"]);
    expect(await since(2.2, "stalled")).toEqual(["sessions.overdue"]);
    await tried();
    const body = await firstBody();
    expect(JSON.parse(body)).toMatchObject({
      data: { policy: "p", source: "client_sessions", reason: "no_completed_sweep" },
    });
  });

  describe("sessions due for longer than OVERDUE_AFTER", () => {
    const HOUR = 3_600_000;

    /** Ticks with a backlog as a sweep may have left it, and answers how many events are in line. */
    async function left(
      mode: string,
      hours: number | null,
      { runs, unsearched = 0 }: { runs?: number; unsearched?: number } = {},
    ): Promise<number> {
      await engine.configure({ ...VARS, OVERDUE_AFTER: "PT6H" });
      await run((sql) => sql.exec("UPDATE gauges SET backlog = NULL"));
      const policies = [versionOf({ ...POLICY, mode, schedule: "0 0 1 1 *" })];
      const tick = async (): Promise<unknown> =>
        registrar.tick({ tick: Date.now(), policies, problems: [] });
      await tick();
      const oldest_due_at = hours === null ? null : Date.now() - hours * HOUR;
      const under_way_since = runs === undefined ? null : Date.now() - runs * HOUR;
      const gauge = { count: 7, held: 2, oldest_due_at, under_way_since, unsearched };
      await run((sql) => sql.exec("UPDATE gauges SET backlog = ?", JSON.stringify(gauge)));
      await tick();
      return (await table()).length;
    }

    test("are told of, once a day", async () => {
      expect(await left("enforce", null)).toBe(0);
      expect(await left("enforce", 5.9)).toBe(0);
      expect(await left("enforce", 6.1)).toBe(1);
      expect(await left("enforce", 7)).toBe(1);
      await tried();
      expect(JSON.parse(await firstBody())).toMatchObject({
        type: "sessions.overdue",
        data: {
          policy: "p",
          source: "client_sessions",
          reason: "backlog",
          oldest_due_at: expect.stringMatching(/Z$/),
          last_completed_at: null,
          counts: { backlog: 7, held: 2 },
        },
      });
    });

    test("are as they should be under a policy that observes, and while a sweep is at them", async () => {
      expect(await left("observe", 100)).toBe(0);
      expect(await left("enforce", 100, { runs: 1 })).toBe(0);
    });

    test("a sweep that was at them for as long, as one that was paused and forgotten, is told of", async () => {
      await run((sql) => sql.exec("UPDATE gauges SET since = ?", Date.now() - 7 * HOUR));
      expect(await left("enforce", 100, { runs: 5.9 })).toBe(0);
      await run((sql) => sql.exec("UPDATE gauges SET since = ?", Date.now() - 7 * HOUR));
      expect(await left("enforce", 100, { runs: 6.1 })).toBe(1);
      await tried();
      expect(JSON.parse(await firstBody())).toMatchObject({
        type: "sessions.overdue",
        data: { reason: "no_completed_sweep" },
      });
    });

    test("what may not be listed is told of: nobody knows what is due there", async () => {
      expect(await left("observe", null, { unsearched: 1 })).toBe(0);
      expect(await left("enforce", null, { unsearched: 1 })).toBe(1);
      await tried();
      expect(JSON.parse(await firstBody())).toMatchObject({
        type: "sessions.overdue",
        data: { reason: "unsearched" },
      });
    });
  });

  test("a hold whose review date has passed, once a day, without whom it binds", async () => {
    const { id } = await placeHold(
      engine,
      { kind: "subject", identifiers: [{ type: "user_identifier_key", value: "jane_doe" }] },
      { ground: { text: "a case about jane_doe" } },
    );
    const tick = async (): Promise<unknown> =>
      registrar.tick({ tick: Date.now(), policies: [], problems: [] });
    await tick();
    expect(await table()).toEqual([]);
    await run((sql) => sql.exec("UPDATE holds SET review_at = 1"));
    await tick();
    await tick();
    await tried();
    const [delivery, ...more] = await arrived();
    expect(more).toEqual([]);
    expect(JSON.parse(delivery?.body ?? "")).toEqual({
      type: "hold.review_due",
      timestamp: expect.any(String),
      text: expect.stringMatching(/^The review of the hold hld_\w+ is due\.$/),
      url: "https://lethe.example.com/holds",
      data: { id: expect.stringMatching(/^hld_/), review_at: "1970-01-01T00:00:00.001Z" },
    });
    // What is held is not due: the other tests want it to be.
    await registrar.releaseHold(id, "root");
  });

  test("an erasure that must end soon, once a day until it has ended", async () => {
    await engine.configure({ ...VARS, ERASURE_MAX_SESSIONS: "1" });
    await addClientSessions([1, 2].map((n) => ({ id: `cs_due_${n}`, person: "jane_doe" })));
    const { id } = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
    await run((sql) => sql.exec("DELETE FROM callbacks"));
    const tick = async (): Promise<unknown> =>
      registrar.tick({ tick: Date.now(), policies: [], problems: [] });
    await tick();
    expect(await table()).toEqual([]);
    const dueAt = Date.now() + 3 * DAY;
    await run((sql) => sql.exec("UPDATE erasures SET due_at = ? WHERE id = ?", dueAt, id));
    await tick();
    await tick();
    await tried();
    const due = new Date(dueAt).toISOString();
    expect((await arrived()).map(({ body }) => JSON.parse(body) as object)).toContainEqual({
      type: "erasure.due",
      timestamp: expect.any(String),
      text: `The erasure ${id} must have ended by ${due}, and has not.`,
      url: `https://lethe.example.com/erasures/${id}`,
      data: { id, due_at: due },
    });
    expect(await table()).toHaveLength(1);
    await registrar.cancelErasure(id, "root");
  });
});

describe("the switch", () => {
  test("is told when it is turned, by whom, and when a pause ends by itself", async () => {
    const told = async (): Promise<string[]> =>
      (await table()).map(({ type }) => type).filter((type) => type === "switch.turned");
    await registrar.turnSwitch({ source: null, pause: { until: null, reason: "secret" } }, "anna");
    await registrar.turnSwitch({ source: null, pause: null }, "ben");
    await tried();
    const bodies = (await arrived()).map(({ body }) => body);
    expect(bodies.map((body) => (JSON.parse(body) as { text: string }).text)).toEqual(
      expect.arrayContaining([
        "Removals from every source were paused by anna.",
        "Removals from every source were resumed by ben.",
      ]),
    );
    expect(bodies.join("")).not.toContain("secret");
    const until = Date.now() + 50;
    await registrar.turnSwitch(
      { source: "client_sessions", pause: { until, reason: "x" } },
      "anna",
    );
    await new Promise((wake) => setTimeout(wake, 60));
    await registrar.tick({ tick: Date.now(), policies: [], problems: [] });
    expect(await told()).toHaveLength(4);
  });
});
