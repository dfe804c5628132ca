import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { createId } from "../../../src/core/values/id.ts";
import type {
  ActivityFilter,
  ErasureFilter,
  HoldFilter,
  SweepFilter,
} from "../../../src/contract/filters.ts";
import { ActivityTable } from "../../../src/registrar/tables/activity.ts";
import { ErasureTable } from "../../../src/registrar/tables/erasures.ts";
import { HoldTable } from "../../../src/registrar/tables/holds.ts";
import { LOOKS_AT } from "../../../src/registrar/tables/list.ts";
import { SweepTable } from "../../../src/registrar/tables/sweeps.ts";
import { countedSql } from "../../support/counted_sql.ts";
import { openEngine } from "../../support/engine.ts";
import { explainedSql } from "../../support/explained_sql.ts";

// More of each than a page looks at, so that what a filter costs shows.

const { registrar } = await openEngine();
const MANY = 12_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const NOW = START + MANY * HOUR;
const at = (n: number): number => START + n * HOUR;
const bytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const idsOf = (prefix: "swp" | "ers" | "hld" | "act"): string[] =>
  Array.from({ length: MANY }, (_, n) => createId(prefix, at(n), bytes));
const SWEEPS = idsOf("swp");
const ERASURES = idsOf("ers");
const HOLDS = idsOf("hld");
const ACTIVITY = idsOf("act");

const run = async <T>(use: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));

/** `n` is the row's place, from 0. */
const FROM = "FROM (SELECT value AS id, key AS n FROM json_each(?1))";

beforeAll(async () => {
  await run((sql) => {
    for (const table of ["sweeps", "erasures", "holds", "activity"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
    sql.exec(
      `INSERT INTO sweeps (id, policy, source, status, trigger, removed, report, created_at, ended)
       SELECT id, iif(n = 5, 'rare', 'p' || (n % 10)), iif(n % 4 = 0, 'agent_sessions', 'client_sessions'),
              iif(n = 7, 'failed', iif(n % 100 = 0, 'braked', 'completed')),
              iif(n % 50 = 0, 'preview', 'tick'), n % 20 = 0, json_object('id', id), 0, 1 ${FROM}`,
      JSON.stringify(SWEEPS),
    );
    sql.exec(
      `INSERT INTO erasures (id, status, ended, reference, identifiers, report, state, due_at)
       SELECT id, iif(n = 3, 'stalled', iif(n % 100 = 0, 'partial', 'completed')),
              n % 200 <> 0 AND n <> 3, iif(n % 6000 = 0, 'case-1', NULL), NULL,
              json_object('id', id), '{}', iif(n % 400 = 0, ?2, ?2 - 1) ${FROM}`,
      JSON.stringify(ERASURES),
      NOW,
    );
    sql.exec(
      `INSERT INTO holds (id, version, reference, hold, selector, target, ends_at, review_at, late, over_in)
       SELECT id, 1, iif(n % 5000 = 0, 'case-1', NULL), json_object('id', id), NULL, '{}',
              iif(n = 400, ?2, NULL), iif(n = 800, ?2 + 1, ?2), '{}', iif(n % 400 = 0, NULL, 2) ${FROM}`,
      JSON.stringify(HOLDS),
      NOW,
    );
    sql.exec(
      `INSERT INTO activity (id, at, actor, kind, object, code, for_good)
       SELECT id, 0, iif(n = 9, 'ben', 'anna'), iif(n % 100 = 0, 'hold.placed', 'policy.written'),
              iif(n % 3000 = 0, 'x', 'y'), NULL, 0 ${FROM}`,
      JSON.stringify(ACTIVITY),
    );
  });
});

const activity = async (filter: ActivityFilter): Promise<Asked> =>
  readAll(ACTIVITY, (sql, cursor) => {
    const { data, next_cursor: next } = new ActivityTable(sql).page({ limit: 100, cursor }, filter);
    return { ids: data.map(({ id }) => id), next };
  });

interface Asked {
  /** The places of what was answered, in its order. */
  readonly found: number[];
  readonly pages: number;
  /** The most rows that one page read. */
  readonly read: number;
  readonly plans: readonly string[];
}

/** Reads a list to its end. */
async function readAll(
  ids: readonly string[],
  page: (sql: SqlStorage, cursor: string | null) => { ids: string[]; next: string | null },
): Promise<Asked> {
  return run((sql) => {
    const explained = explainedSql(sql);
    const counted = countedSql(sql);
    const found: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    let read = 0;
    do {
      page(explained.sql, cursor);
      const answer = page(counted.sql, cursor);
      read = Math.max(read, counted.touched().read);
      found.push(...answer.ids);
      cursor = answer.next;
      pages += 1;
    } while (cursor !== null);
    return {
      found: found.map((id) => ids.indexOf(id)),
      pages,
      read,
      plans: [...new Set(explained.plans)],
    };
  });
}

const sweeps = async (filter: SweepFilter, limit = 100): Promise<Asked> =>
  readAll(SWEEPS, (sql, cursor) => {
    const { data, next_cursor: next } = new SweepTable(sql).page({ limit, cursor }, filter);
    return { ids: data.map(({ id }) => id), next };
  });

const erasures = async (filter: ErasureFilter): Promise<Asked> =>
  readAll(ERASURES, (sql, cursor) => {
    const page = new ErasureTable(sql).page({ limit: 100, cursor }, filter, NOW);
    return { ids: page.data.map(({ head }) => head.id), next: page.next_cursor };
  });

const holds = async (filter: HoldFilter): Promise<Asked> =>
  readAll(HOLDS, (sql, cursor) => {
    const page = new HoldTable(sql).page({ limit: 100, cursor }, filter, NOW);
    return { ids: page.data.map(({ id }) => id), next: page.next_cursor };
  });

const places = (fits: (n: number) => boolean): number[] =>
  SWEEPS.flatMap((_, n) => (fits(n) ? [n] : [])).toReversed();

/** What a page may read: the rows it looks at, twice, and those it answers. */
const MOST = 2 * LOOKS_AT + 500;

describe("sweeps", () => {
  test.each<[string, SweepFilter, (n: number) => boolean]>([
    ["of a policy", { policy: "p3" }, (n) => n % 10 === 3],
    ["of a policy of which there is one", { policy: "rare" }, (n) => n === 5],
    ["of a source", { source: "agent_sessions" }, (n) => n % 4 === 0],
    ["of a status", { status: ["failed"] }, (n) => n === 7],
    ["of several", { status: ["braked", "failed"] }, (n) => n % 100 === 0 || n === 7],
    ["of a trigger", { trigger: "preview" }, (n) => n % 50 === 0],
    ["that removed something", { removed: true }, (n) => n % 20 === 0],
    ["that began in a span", { since: at(40), until: at(60) }, (n) => n >= 40 && n < 60],
    [
      "by all of these at once",
      {
        policy: "p0",
        source: "agent_sessions",
        status: ["braked"],
        trigger: "preview",
        removed: true,
        since: at(1000),
        until: at(3000),
      },
      (n) => n % 100 === 0 && n >= 1000 && n < 3000,
    ],
    ["that fit nothing", { policy: "none", removed: true }, () => false],
  ])("%s", async (_, filter, fits) => {
    const { found, read, plans } = await sweeps(filter);
    expect(found).toEqual(places(fits));
    expect(read).toBeLessThanOrEqual(MOST);
    const plan = plans.join("\n");
    expect(plan).toMatch(/SEARCH sweeps USING (COVERING )?INDEX sweeps_(listed|of_policy)/);
    expect(plan).not.toMatch(/SCAN sweeps|TEMP B-TREE/);
  });

  test("of one policy are read by its own index, and no others are looked at", async () => {
    const { read, plans } = await sweeps({ policy: "rare" });
    expect(read).toBeLessThan(10);
    expect(plans.join("\n")).toContain("sweeps_of_policy (policy=? AND id>? AND id<?)");
  });

  test("go on where a page stopped, though nothing fitted", async () => {
    const first = await run((sql) =>
      new SweepTable(sql).page({ limit: 100, cursor: null }, { status: ["failed"] }),
    );
    expect(first).toEqual({ data: [], next_cursor: SWEEPS[MANY - LOOKS_AT] });
    expect((await sweeps({ status: ["failed"] })).pages).toBe(2);
  });

  test("of a tick are found by index", async () => {
    const ticks = await run((sql) => {
      sql.exec("UPDATE sweeps SET tick = 1 WHERE id = ?", SWEEPS[3] ?? "");
      const explained = explainedSql(sql);
      new SweepTable(explained.sql).hasTick("p3", 1);
      const counted = countedSql(sql);
      const table = new SweepTable(counted.sql);
      const answers = [table.hasTick("p3", 1), table.hasTick("p3", 2), table.hasTick("p4", 1)];
      return { answers, read: counted.touched().read, plans: explained.plans };
    });
    expect(ticks.answers).toEqual([true, false, false]);
    expect(ticks.read).toBeLessThan(10);
    expect(ticks.plans.join("\n")).toContain("INDEX sweeps_of_tick (policy=? AND tick=?)");
  });

  test("come once each, whatever the size of a page", async () => {
    const { found } = await sweeps({ status: ["braked"] }, 7);
    expect(found).toEqual(places((n) => n % 100 === 0));
  });
});

describe("erasures", () => {
  const isOpen = (n: number): boolean => n % 200 === 0 || n === 3;
  const statusOf = (n: number): string =>
    n === 3 ? "stalled" : n % 100 === 0 ? "partial" : "completed";
  test.each<[string, ErasureFilter, (n: number) => boolean]>([
    ["of a status", { status: ["stalled"] }, (n) => n === 3],
    ["of several", { status: ["stalled", "partial"] }, (n) => statusOf(n) !== "completed"],
    ["that are open", { open: true }, isOpen],
    ["that are late", { late: true }, (n) => isOpen(n) && n % 400 !== 0],
    [
      "that are late, of a status",
      { late: true, open: true, status: ["partial"] },
      (n) => n % 400 === 200,
    ],
    ["of a reference", { reference: "case-1" }, (n) => n % 6000 === 0],
    ["of a reference and a status", { reference: "case-1", status: ["completed"] }, () => false],
    ["that were opened in a span", { since: at(5), until: at(9) }, (n) => n >= 5 && n < 9],
  ])("%s", async (_, filter, fits) => {
    const { found, read, plans } = await erasures(filter);
    expect(found).toEqual(places(fits));
    expect(read).toBeLessThanOrEqual(MOST);
    const plan = plans.join("\n");
    expect(plan).toMatch(/SEARCH erasures USING (COVERING )?INDEX erasures_(listed|of_\w+)/);
    expect(plan).not.toMatch(/SCAN erasures|TEMP B-TREE/);
  });

  test("of one status or one reference are read by its index", async () => {
    expect((await erasures({ status: ["stalled"] })).read).toBeLessThan(10);
    expect((await erasures({ reference: "case-1" })).read).toBeLessThan(10);
  });
});

describe("holds", () => {
  const isDue = (n: number): boolean => n % 400 === 0 && n !== 400 && n !== 800;
  test.each<[string, HoldFilter, (n: number) => boolean]>([
    ["of a reference", { reference: "case-1" }, (n) => n % 5000 === 0],
    ["that are due for review", { review_due: true }, isDue],
    [
      "of a reference that are due for review",
      { reference: "case-1", review_due: true },
      (n) => n % 5000 === 0 && isDue(n),
    ],
  ])("%s", async (_, filter, fits) => {
    const { found, read, plans } = await holds(filter);
    expect(found).toEqual(places(fits));
    expect(read).toBeLessThan(200);
    expect(plans.join("\n")).not.toMatch(/SCAN holds|TEMP B-TREE/);
  });

  test("all of them, a page at a time", async () => {
    const { found, read } = await holds({});
    expect(found).toEqual(places(() => true));
    expect(read).toBeLessThan(500);
  });
});

describe("activity", () => {
  test.each<[string, ActivityFilter, (n: number) => boolean, number]>([
    ["of an actor", { actor: "ben" }, (n) => n === 9, 10],
    ["of a kind", { kind: ["hold.placed"] }, (n) => n % 100 === 0, 500],
    ["of an object", { object: "x" }, (n) => n % 3000 === 0, 20],
    [
      "by all of these in a span",
      { actor: "anna", kind: ["hold.placed"], object: "x", since: at(1), until: at(6001) },
      (n) => n === 3000 || n === 6000,
      20,
    ],
    ["of two kinds", { kind: ["hold.placed", "hold.ended"] }, (n) => n % 100 === 0, MOST],
  ])("%s", async (_, filter, fits, most) => {
    const { found, read, plans } = await activity(filter);
    expect(found).toEqual(places(fits));
    expect(read).toBeLessThanOrEqual(most);
    expect(plans.join("\n")).not.toMatch(/SCAN activity|TEMP B-TREE/);
  });
});

describe("every filter, with a cursor, while rows are added", () => {
  type Row = Record<string, SqlStorageValue>;
  type PageOf = (
    sql: SqlStorage,
    page: { limit: number; cursor: string | null },
  ) => { ids: string[]; next: string | null };
  type Table = readonly [table: string, prefix: "swp" | "ers" | "hld" | "act", pageOf: PageOf];
  const ofSweeps = (filter: SweepFilter): Table => [
    "sweeps",
    "swp",
    (sql, page) => {
      const { data, next_cursor: next } = new SweepTable(sql).page(page, filter);
      return { ids: data.map(({ id }) => id), next };
    },
  ];
  const ofErasures = (filter: ErasureFilter): Table => [
    "erasures",
    "ers",
    (sql, page) => {
      const { data, next_cursor: next } = new ErasureTable(sql).page(page, filter, NOW);
      return { ids: data.map(({ head }) => head.id), next };
    },
  ];
  const ofHolds = (filter: HoldFilter): Table => [
    "holds",
    "hld",
    (sql, page) => {
      const { data, next_cursor: next } = new HoldTable(sql).page(page, filter, NOW);
      return { ids: data.map(({ id }) => id), next };
    },
  ];
  const ofActivity = (filter: ActivityFilter): Table => [
    "activity",
    "act",
    (sql, page) => {
      const { data, next_cursor: next } = new ActivityTable(sql).page(page, filter);
      return { ids: data.map(({ id }) => id), next };
    },
  ];
  const since = at(100);

  test.each<[string, Table]>([
    ["sweeps", ofSweeps({})],
    ["sweeps of a policy", ofSweeps({ policy: "p3" })],
    ["sweeps of a source", ofSweeps({ source: "agent_sessions" })],
    ["sweeps of statuses", ofSweeps({ status: ["braked", "failed"] })],
    ["sweeps of a trigger", ofSweeps({ trigger: "preview" })],
    ["sweeps that removed something", ofSweeps({ removed: true })],
    ["sweeps of a policy since a time", ofSweeps({ policy: "p3", since })],
    ["sweeps until a time", ofSweeps({ until: at(5000) })],
    ["erasures", ofErasures({})],
    ["erasures of a status", ofErasures({ status: ["partial"] })],
    ["erasures that are open", ofErasures({ open: true })],
    ["erasures that are late", ofErasures({ late: true })],
    ["erasures of a reference", ofErasures({ reference: "case-1" })],
    ["erasures since a time", ofErasures({ since })],
    ["holds", ofHolds({})],
    ["holds that are due for review", ofHolds({ review_due: true })],
    ["holds of a reference", ofHolds({ reference: "case-1" })],
    ["activity", ofActivity({})],
    ["activity of an actor", ofActivity({ actor: "anna" })],
    ["activity of a kind", ofActivity({ kind: ["hold.placed"] })],
    ["activity of an object", ofActivity({ object: "x" })],
    ["activity since a time", ofActivity({ since })],
  ])("%s: none is lost, and none comes twice", async (_, [table, prefix, pageOf]) => {
    await run((sql) => {
      const rowOf = (id: string): Row =>
        sql.exec<Row>(`SELECT * FROM ${table} WHERE id = ?`, id).one();
      const all = (limit: number, between: (place: number) => void): string[] => {
        const found: string[] = [];
        let cursor: string | null = null;
        for (let place = 0; place === 0 || cursor !== null; place++) {
          const { ids, next } = pageOf(sql, { limit, cursor });
          found.push(...ids);
          cursor = next;
          between(place);
        }
        return found;
      };
      const before = all(MANY, () => {});
      const sample = rowOf(before[0] ?? "");
      const added: string[] = [];
      const found = all(Math.ceil(before.length / 5), (place) => {
        const id = createId(prefix, at(MANY + place), bytes);
        added.push(id);
        const row = { ...sample, id };
        const names = Object.keys(row);
        sql.exec(
          `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
          ...Object.values(row),
        );
      });
      sql.exec(
        `DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(added),
      );
      expect(added.length).toBeGreaterThan(1);
      expect(before.length).toBeGreaterThan(1);
      expect(found).toEqual(before);
    });
  });
});
