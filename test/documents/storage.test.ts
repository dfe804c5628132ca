import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { createTables as createCustodianTables } from "../../src/custodian/tables/schema.ts";
import { createTables as createRegistrarTables } from "../../src/registrar/tables/schema.ts";
import { codeIn, ROOT, rowsOf, sectionOf, textOf } from "./text.ts";

const STORAGE = textOf("docs/STORAGE.md");

type Columns = ReadonlyMap<string, readonly string[]>;

/** The tables that statements make, asked of SQLite itself. */
function tablesOf(create: (db: DatabaseSync) => void): Columns {
  const db = new DatabaseSync(":memory:");
  create(db);
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return new Map(
    names.map(({ name }) => [
      String(name),
      db
        .prepare("SELECT name FROM pragma_table_info(?)")
        .all(String(name))
        .map((column) => String(column["name"])),
    ]),
  );
}

function fromObject(create: (sql: SqlStorage) => void): (db: DatabaseSync) => void {
  const run = (db: DatabaseSync, text: string): unknown[] => {
    if (text.startsWith("SELECT")) {
      return db.prepare(text).all();
    }
    db.exec(text);
    return [];
  };
  return (db) => {
    const exec = (text: string) => {
      const rows = run(db, text);
      return { toArray: () => rows };
    };
    create({ exec } as unknown as SqlStorage);
  };
}

function fromMigrations(db: DatabaseSync): void {
  const folder = join(ROOT, "migrations");
  for (const file of readdirSync(folder).toSorted()) {
    db.exec(textOf(`migrations/${file}`));
  }
}

describe.each([
  ["D1 `STORE`: the embedded store", tablesOf(fromMigrations)],
  ["Custodian (one object a source)", tablesOf(fromObject(createCustodianTables))],
  ["Registrar (one object)", tablesOf(fromObject(createRegistrarTables))],
])("docs/STORAGE.md, %s", (heading, tables) => {
  const rows = new Map(
    rowsOf(sectionOf(STORAGE, heading)).map((cells) => [codeIn(cells[0] ?? "")[0] ?? "", cells]),
  );

  test("has a row for each table, and for no other", () => {
    expect(tables.size).toBeGreaterThan(4);
    expect([...rows.keys()].toSorted()).toEqual([...tables.keys()].toSorted());
  });

  test("names each column, how long it lives and whether it is personal", () => {
    for (const [table, columns] of tables) {
      const [, named = "", lifetime, personal] = rows.get(table) ?? [];
      const missing = columns.filter((column) => !codeIn(named).includes(column));
      expect({ table, missing }).toEqual({ table, missing: [] });
      expect([lifetime, personal]).not.toContain("");
    }
  });
});

test("KV holds what docs/STORAGE.md says", () => {
  const [row] = rowsOf(sectionOf(STORAGE, "KV `POLICIES`"));
  expect(row?.[0]).toBe("`policy:<id>`");
  expect(textOf("src/kv/policies.ts")).toContain('const PREFIX = "policy:";');
});
