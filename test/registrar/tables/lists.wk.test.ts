import { beforeAll, describe, expect, test } from "vitest";
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
import { explainedSql } from "../../support/explained_sql.ts";
import {
  ACTIVITY,
  at,
  ERASURES,
  fillLists,
  HOLDS,
  MANY,
  NOW,
  run,
  SWEEPS,
} from "../../support/listed_rows.ts";

beforeAll(fillLists);

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
