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
import { SweepTable } from "../../../src/registrar/tables/sweeps.ts";
import { at, bytes, fillLists, MANY, NOW, run } from "../../support/listed_rows.ts";

beforeAll(fillLists);

/** A page by the ids of its rows alone. */
const idsOf = (page: {
  readonly data: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}) => ({ ids: page.data.map(({ id }) => id), next: page.next_cursor });

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
    (sql, page) => idsOf(new SweepTable(sql).page(page, filter)),
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
    (sql, page) => idsOf(new HoldTable(sql).page(page, filter, NOW)),
  ];
  const ofActivity = (filter: ActivityFilter): Table => [
    "activity",
    "act",
    (sql, page) => idsOf(new ActivityTable(sql).page(page, filter)),
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
