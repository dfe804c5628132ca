import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../fakes/faults.ts";
import { startFake } from "../support/fake_client.ts";
import { quicken } from "../support/quick_clock.ts";
import { DELETE, LIST, openSeamSweeps, POLICY } from "../support/seam_sweeps.ts";
import {
  begin,
  newIds,
  outcomeOf,
  seamSession,
  timedCalls,
  upstream,
} from "../support/sweep_upstream.ts";

// What goes wrong is tried again after seconds: they pass five times as fast.
await quicken(5);
const { fake, engine, seed, sweep, goneOf } = await openSeamSweeps();
const other = await startFake("seam");
const GONE = {
  error: { type: "client_session_not_found", message: "Client session not found" },
  ok: false,
};

beforeEach(() => engine.configure(upstream({ seam: fake.url })));
afterEach(async () => {
  await fake.reset();
  await other.reset();
});

const status = (code: number, body: unknown = "Sorry", more: object = {}): FaultRule => ({
  kind: "status",
  status: code,
  body,
  ...more,
});

describe("one removal that goes wrong, once", () => {
  test.for<[string, FaultRule, Record<string, number>]>([
    ["429 that names no time", status(429), { deleted: 3 }],
    ["429 with a time", status(429, "", { headers: { "retry-after": "1" } }), { deleted: 3 }],
    ["500", status(500), { deleted: 3 }],
    [
      "500 after the effect",
      status(500, "", { apply: true }),
      { deleted: 2, absent_after_attempt: 1 },
    ],
    ["200 HTML", { kind: "html" }, { deleted: 3 }],
    [
      "200 HTML after the effect",
      { kind: "html", apply: true },
      { deleted: 2, absent_after_attempt: 1 },
    ],
    ["200 that says ok false", { kind: "empty_ok", body: { ok: false } }, { deleted: 3 }],
    ["a redirect", { kind: "redirect", location: "/client_sessions/list" }, { deleted: 3 }],
    ["404 HTML", { kind: "html", status: 404 }, { deleted: 3 }],
    ["a reset before the effect", { kind: "reset_before" }, { deleted: 3 }],
    ["a reset after the effect", { kind: "reset_after" }, { deleted: 2, absent_after_attempt: 1 }],
    ["an answer cut off", { kind: "truncate", bytes: 4 }, { deleted: 2, absent_after_attempt: 1 }],
  ])("%s", async ([, rule, dispositions]) => {
    const ids = await seed(3);
    await fake.faults({ ...rule, match: { path: DELETE, id: ids[1] ?? "" } });
    expect(await sweep()).toMatchObject({
      status: "completed",
      counts: { examined: 5, due: 3, planned: 3 },
      dispositions,
    });
    expect(await goneOf(ids)).toEqual(ids);
  });
});

test("removals that go wrong always leave their sessions, and each is said for what it is", async () => {
  const ids = await seed(6);
  const [redirected = "", html = "", refused = "", unread = "", ...fine] = ids;
  await fake.faults(
    { kind: "redirect", location: LIST, times: "always", match: { path: DELETE, id: redirected } },
    { kind: "html", status: 404, times: "always", match: { path: DELETE, id: html } },
    { ...status(400, {}), times: "always", match: { path: DELETE, id: refused } },
    { kind: "html", times: "always", match: { path: "/client_sessions/get", id: unread } },
  );
  expect(await sweep()).toMatchObject({
    status: "completed",
    dispositions: { deleted: 2, unreachable: 3, refused: 1 },
  });
  expect(await goneOf(ids)).toEqual(fine);
  const tries = await timedCalls(fake, { path: DELETE, id: redirected });
  expect(tries).toHaveLength(5);
  expect(await timedCalls(fake, { path: DELETE, id: unread })).toEqual([]);
}, 90_000);

describe("a list that goes wrong", () => {
  test.for<[string, FaultRule]>([
    ["breaks off", { kind: "truncate", bytes: 700 }],
    ["breaks off and looks whole", { kind: "truncate", bytes: 700, clean: true }],
    ["is HTML", { kind: "html" }],
    ["is an HTML 404", { kind: "html", status: 404 }],
    ["is a 500", status(500)],
  ])("once: %s, and is read anew, each session counted once", async ([, rule]) => {
    const ids = await seed(4);
    await fake.faults({ ...rule, match: { path: LIST } });
    expect(await sweep()).toMatchObject({
      status: "completed",
      counts: { examined: 6, due: 4, planned: 4 },
      dispositions: { deleted: 4 },
    });
    expect(await goneOf(ids)).toEqual(ids);
    expect(await timedCalls(fake, { path: LIST })).toHaveLength(2);
  });

  test("always: nothing is planned from it, and nothing asked to go", async () => {
    const ids = await seed(4);
    await fake.faults({ kind: "truncate", bytes: 700, times: "always", match: { path: LIST } });
    const id = await begin(engine, POLICY);
    await expect
      .poll(async () => (await timedCalls(fake, { path: LIST })).length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(3);
    await engine.registrar.cancelSweep(id, "operator");
    expect(await outcomeOf(engine, id)).toMatchObject({
      status: "cancelled",
      plan_digest: null,
      dispositions: {},
    });
    expect(await goneOf(ids)).toEqual([]);
    expect(await timedCalls(fake, { path: DELETE })).toEqual([]);
  });

  test("holds a row of another workspace: nothing of it is trusted", async () => {
    const ids = await seed(2);
    const [stray = ""] = newIds(1);
    await fake.seed({
      raw: true,
      owner: "b887bf84-9849-4454-a562-cf84293d9781",
      sessions: [{ ...seamSession(stray), workspace_id: "another-workspace" }],
    });
    const id = await begin(engine, POLICY);
    await expect
      .poll(async () => (await timedCalls(fake, { path: LIST })).length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(2);
    await engine.registrar.cancelSweep(id, "operator");
    expect(await outcomeOf(engine, id)).toMatchObject({ status: "cancelled", dispositions: {} });
    expect(await fake.state()).toMatchObject({ sessions: ids.length + 3 });
    expect(await timedCalls(fake, { path: DELETE })).toEqual([]);
  });
});

describe("a key that is refused", () => {
  test("at the list: the sweep fails and health says so", async () => {
    const ids = await seed(3);
    await fake.faults({ ...status(401), times: "always" });
    expect(await sweep()).toMatchObject({
      status: "failed",
      error: { code: "source_unauthorized" },
      dispositions: {},
    });
    await fake.reset();
    expect(await engine.registrar.health()).toMatchObject({
      sources: { client_sessions: { status: "failing", detail: "source_unauthorized" } },
    });
    expect(ids).toHaveLength(3);
  });

  test("in the middle: the source stops, and the rest is untouched", async () => {
    const ids = await seed(40);
    await fake.faults({ ...status(401), skip: 10, times: "always", match: { path: DELETE } });
    const report = await sweep();
    expect(report).toMatchObject({ status: "failed", error: { code: "source_unauthorized" } });
    const { deleted = 0, untouched = 0, ...others } = report.dispositions;
    expect(others).toEqual({});
    expect([deleted, deleted + untouched]).toEqual([10, 40]);
    expect(await goneOf(ids)).toHaveLength(10);
  });
});

describe("sessions that change under the sweep", () => {
  test("renewed between the list and the removal stay", async () => {
    const ids = await seed(5);
    const renewed = ids.slice(1, 3);
    await fake.effects(
      ...renewed.map((id) => ({
        when: "after" as const,
        match: { path: LIST },
        effect: { do: "set", id, fields: { expires_at: new Date(Date.now() + 1e9).toISOString() } },
      })),
    );
    expect(await sweep()).toMatchObject({
      status: "completed",
      dispositions: { deleted: 3, renewed: 2 },
    });
    expect(await goneOf(ids)).toEqual(ids.filter((id) => !renewed.includes(id)));
  });

  test("gone before the read, or between the read and the removal, are not claimed", async () => {
    const ids = await seed(4);
    const [early = "", late = ""] = ids;
    await fake.effects(
      { when: "after", match: { path: LIST }, effect: { do: "delete", id: early } },
      { match: { path: DELETE, id: late }, effect: { do: "delete", id: late } },
    );
    expect(await sweep()).toMatchObject({ dispositions: { deleted: 2, already_absent: 2 } });
    expect(await goneOf(ids)).toEqual(ids);
  });

  test("and return after their removal are seen again", async () => {
    const ids = await seed(4);
    const [back = ""] = ids;
    await fake.effects({
      when: "after",
      match: { path: DELETE, id: back },
      effect: { do: "restore", id: back },
    });
    expect(await sweep({ verify: 100 })).toMatchObject({
      status: "completed",
      dispositions: { deleted: 4 },
      verified: { read: 4, seen_again: 1 },
    });
    expect(await goneOf(ids)).toEqual(ids.slice(1));
  });

  test("a 404 that comes with a 401's type is no proof", async () => {
    const ids = await seed(2);
    await fake.faults({ ...status(401, GONE), match: { path: DELETE } });
    expect(await sweep()).toMatchObject({ status: "failed" });
    expect((await goneOf(ids)).length).toBeLessThan(2);
  });
});

describe("another account in the middle of a plan", () => {
  async function swap(): Promise<string[]> {
    const ids = await seed(5);
    await other.seed({ sessions: ids.map((id) => seamSession(id)) });
    return ids;
  }

  test("voids a plan that waits: its approval removes nothing anywhere", async () => {
    const ids = await swap();
    const braked = await sweep({ brake: { items: 1 } });
    expect(braked.status).toBe("braked");
    await engine.configure(upstream({ seam: other.url }));
    await engine.registrar.approveSweep(braked.id, braked.plan_digest ?? "", "operator");
    await expect
      .poll(async () => engine.registrar.sweep(braked.id), { timeout: 10_000 })
      .toMatchObject({
        status: "failed",
        error: { code: "account_changed" },
        dispositions: { untouched: 5 },
      });
    expect(await goneOf(ids)).toEqual([]);
    expect(await timedCalls(other, { path: DELETE })).toEqual([]);
  });

  test("voids what is left of one that is under way", async () => {
    const ids = await swap();
    await fake.faults({
      ...status(429, "", { headers: { "retry-after": "20" } }),
      skip: 2,
      match: { path: DELETE },
    });
    const id = await begin(engine, POLICY);
    await expect
      .poll(async () => timedCalls(fake, { path: DELETE }), { timeout: 10_000 })
      .not.toHaveLength(0);
    await engine.configure(upstream({ seam: other.url }));
    const report = await outcomeOf(engine, id);
    const gone = await goneOf(ids);
    const { deleted = 0, untouched = 0 } = report.dispositions;
    expect([deleted, deleted + untouched]).toEqual([gone.length, 5]);
    expect(await other.state()).toMatchObject({ sessions: 5 });
    expect(await timedCalls(other, { path: DELETE })).toEqual([]);
  });
});
