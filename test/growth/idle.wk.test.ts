import { formatTimestamp } from "../../src/core/values/timestamp.ts";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { addClients, emptyStore, NOW, openStore } from "../support/d1.ts";
import { inCustodian, type Harness } from "../support/sweep_harness.ts";
import { memorySource, session } from "../support/sweep_memory.ts";

const DAY = 1440;
const HOUR_MS = 3_600_000;

/** What an idle tick may read of the store, and its object of its own tables, however many sessions there are. */
const HANDFUL = 5;
const OF_OBJECT = 200;

/** The embedded store, with the rows that its statements read, as D1 counts them. */
function countedStore(): { db: D1Database; read: () => number } {
  let rows = 0;
  const note = (meta: D1Meta): void => {
    rows += meta.rows_read;
  };
  const prepare = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        switch (name) {
          case "bind":
            return (...values: unknown[]) => prepare(target.bind(...values));
          case "all":
            return async () => {
              const result = await target.all();
              note(result.meta);
              return result;
            };
          case "first":
            return async (column?: string) => {
              const { results, meta } = await target.all();
              note(meta);
              const [row] = results;
              return row === undefined || column === undefined ? (row ?? null) : row[column];
            };
          default:
            return Reflect.get(target, name, target) as unknown;
        }
      },
    });
  const db = new Proxy(env.STORE, {
    get: (target, name) =>
      name === "prepare"
        ? (query: string) => prepare(target.prepare(query))
        : (Reflect.get(target, name, target) as unknown),
  });
  return {
    db,
    read() {
      const read = rows;
      rows = 0;
      return read;
    },
  };
}

/** Sweeps once, and tells what that read. */
async function tick(harness: Harness, id: string, policy: object, read: () => number) {
  read();
  harness.touched();
  harness.start(id, { brake: { percent: 100 }, ...policy });
  await harness.run();
  expect(harness.broken).toEqual([]);
  const touched = harness.touched();
  return { news: harness.news(id), store: read(), object: touched.read, worst: touched.worst };
}

beforeEach(async () => {
  await emptyStore();
  await addClients([
    ...Array.from({ length: 3000 }, (_, index) => ({
      id: `live${index}`,
      expires: 10 * DAY + index,
      created: -60,
    })),
    ...Array.from({ length: 2000 }, (_, index) => ({
      id: `undated${index}`,
      expires: null,
      created: -60,
    })),
    { id: "soon1", expires: 30, created: -60 },
    { id: "soon2", expires: 60, created: -60 },
  ]);
});

describe("a tick that finds nothing due", () => {
  test.each([
    ["by one clock", { expire: [{ clock: "expires_at", after: "PT0S" }] }],
    [
      "by two clocks",
      {
        expire: [
          { clock: "expires_at", after: "PT0S" },
          { clock: "created_at", after: "P90D" },
        ],
      },
    ],
    [
      "where the newest of each person stay",
      { expire: [{ clock: "expires_at", after: "PT0S" }], keep: { latest: 2 } },
    ],
    [
      "where a share, a minimum age and a scope are asked for",
      {
        expire: [{ clock: "expires_at", after: "PT0S" }],
        keep: { min_age: "P1D" },
        match: { scope: ["*"] },
        brake: { percent: 10 },
      },
    ],
  ])("reads a handful of rows, %s", async (_name, policy) => {
    const { db, read } = countedStore();
    // Who will be among the newest by then, nobody can say.
    const isKnown = !("keep" in policy && "latest" in policy.keep);
    const soon = (count: number) => (isKnown ? { count, at_least: false } : null);
    await inCustodian(
      (harness) => {
        harness.now = NOW;
        return openStore("client_sessions", {}, db);
      },
      async (harness) => {
        const first = await tick(harness, "swp_1", policy, read);
        expect(first.news).toMatchObject({
          status: "completed",
          counts: { due: 0, undated: 2000 },
          due_next_24h: soon(2),
          counted_at: formatTimestamp(NOW),
          backlog: 0,
          oldest_due_at: null,
          drain_seconds: 0,
        });
        harness.now = NOW + 60_000;
        const second = await tick(harness, "swp_2", policy, read);
        expect(second.store).toBeLessThan(HANDFUL);
        expect(second.object).toBeLessThan(OF_OBJECT);
        // What is not counted each time says when it was.
        expect(second.news).toMatchObject({
          status: "completed",
          counts: { undated: 2000 },
          due_next_24h: soon(2),
          counted_at: formatTimestamp(NOW),
        });
        harness.now = NOW + HOUR_MS;
        await env.STORE.prepare("DELETE FROM client_sessions WHERE expires_at IS NULL").run();
        await env.STORE.prepare(
          "DELETE FROM client_sessions WHERE client_session_id = 'soon1'",
        ).run();
        const third = await tick(harness, "swp_3", policy, read);
        expect(third.news).toMatchObject({
          counts: { undated: 0 },
          counted_at: formatTimestamp(NOW + HOUR_MS),
        });
      },
    );
  });

  test("reads no more for what its object has kept of a hundred thousand others", async () => {
    const { db, read } = countedStore();
    const policy = { expire: [{ clock: "expires_at", after: "PT0S" }] };
    await inCustodian(
      (harness) => {
        harness.now = NOW;
        return openStore("client_sessions", {}, db);
      },
      async (harness) => {
        await tick(harness, "swp_1", policy, read);
        const before = await tick(harness, "swp_2", policy, read);
        const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)`;
        for (const fill of [
          `INSERT INTO done (id, at) ${numbers} SELECT 'done' || i, ${NOW} FROM n`,
          `INSERT INTO resting (session, until, times) ${numbers} SELECT 'r' || i, ${NOW - 1} , 1 FROM n`,
          `INSERT INTO activity (session, active_at, seen_in) ${numbers} SELECT 'a' || i, 1, ${NOW + 3_600_000} FROM n`,
        ]) {
          harness.sql.exec(fill);
        }
        const after = await tick(harness, "swp_3", policy, read);
        expect(after.worst.rows < OF_OBJECT ? "" : after.worst.query).toBe("");
        expect(after.object).toBeLessThan(before.object + OF_OBJECT);
      },
    );
  });
});

describe("a tick that finds much due", () => {
  test("counts no more of the source than its brake needs", async () => {
    let pages = 0;
    await inCustodian(
      (harness) => {
        harness.now = NOW;
        const due = Array.from({ length: 200 }, (_, index) => session(`due${index}`, NOW - 1));
        return {
          ...memorySource(due, { selective: true }),
          population: async (cursor) => {
            pages += 1;
            const page = Number(cursor ?? 0) + 1;
            return {
              ok: true,
              value: { scopes: { w: 100 }, next: page < 1000 ? String(page) : null },
            };
          },
        };
      },
      async (harness) => {
        const policy = { expire: [{ clock: "expires_at", after: "PT0S" }] };
        harness.start("swp_1", { ...policy, brake: { percent: 50 } });
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({ status: "completed", guard: null });
        // 200 are half of 400.
        expect(pages).toBe(4);
        expect(harness.broken).toEqual([]);
      },
    );
  });

  test("tells a braked share exactly, and what is left", async () => {
    const { db, read } = countedStore();
    await addClients(
      Array.from({ length: 200 }, (_, index) => ({ id: `due${index}`, expires: -5, created: -60 })),
    );
    await inCustodian(
      (harness) => {
        harness.now = NOW;
        return openStore("client_sessions", {}, db);
      },
      async (harness) => {
        const policy = { expire: [{ clock: "expires_at", after: "PT0S" }], brake: { percent: 3 } };
        const braked = await tick(harness, "swp_1", { ...policy, mode: "observe" }, read);
        expect(braked.news).toMatchObject({
          status: "observed",
          guard: { code: "brake_percent", due: 200, matched: 5202, limit: 3 },
          backlog: 200,
          oldest_due_at: formatTimestamp(NOW - 300_000),
          drain_seconds: null,
        });
      },
    );
  });
});
