import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const ROOT = join(import.meta.dirname, "../..");
const MIGRATIONS = join(ROOT, "migrations");

/** The tables of a kind of object: a list with one line of SQL in each line. */
const LIST = /^const TABLES = \[\n([\s\S]*?)\n\]\.join\("\\n"\);$/m;
/** A line of it: what is said above a table, or SQL, with what is said of it. */
const LINE = /^ {2}(?:\/\/ (?<said>.*)|"(?<sql>[^"]*)",(?: \/\/ (?<about>.*))?)$/;

const TABLE = /^((?:-- .*\n)+)CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(\n([\s\S]*?)\n\)[^\n]*;$/gm;
const COLUMN = /^ {2}([a-z]\w*) [A-Z][^\n]*?(?: -- (.*))?$/gm;

interface Table {
  readonly said: string;
  /** What is said of each column; nothing of most. */
  readonly columns: Map<string, string | undefined>;
}

/** The tables of the embedded store. */
export function storeTables(): string[] {
  const files = readdirSync(MIGRATIONS).toSorted();
  return told(files.map((file) => readFileSync(join(MIGRATIONS, file), "utf8")).join("\n"));
}

/** The tables of an object. Their comments are TypeScript's, so the Worker has none of them. */
export function objectTables(object: "custodian" | "registrar"): string[] {
  const text = readFileSync(join(ROOT, "src", object, "tables/schema.ts"), "utf8");
  const lines = LIST.exec(text)?.[1]?.split("\n") ?? [];
  return told(lines.map(sqlLine).join("\n"));
}

function sqlLine(line: string): string {
  const { said, sql, about } = LINE.exec(line)?.groups ?? {};
  if (said !== undefined) {
    return `-- ${said}`;
  }
  if (sql === undefined) {
    throw new Error(`a line of TABLES is no SQL: ${line}`);
  }
  return about === undefined ? sql : `${sql} -- ${about}`;
}

/** Each table as its comments tell it, under a heading of its own. */
function told(sql: string): string[] {
  return [...tablesOf(sql)].flatMap(([name, { said, columns }], at) => [
    ...(at === 0 ? [] : [""]),
    `### \`${name}\``,
    "",
    said,
    "",
    `Columns: ${[...columns].map(([column, text]) => (text === undefined ? `\`${column}\`` : `\`${column}\` (${text})`)).join(", ")}.`,
  ]);
}

/** Each table with what its comments say. Throws where SQLite knows one that they do not tell. */
export function tablesOf(sql: string): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (const [, comment = "", name = "", body = ""] of sql.matchAll(TABLE)) {
    const said = comment.replaceAll(/^-- /gm, "").trim().replaceAll("\n", " ");
    const columns = [...body.matchAll(COLUMN)].map(
      ([, column = "", text]) => [column, text] as const,
    );
    tables.set(name, { said, columns: new Map(columns) });
  }
  refuseUntold(sql, tables);
  return tables;
}

/** Throws where SQLite has a table or a column that was not found, or one has no lifetime. */
function refuseUntold(sql: string, tables: ReadonlyMap<string, Table>): void {
  const db = new DatabaseSync(":memory:");
  db.exec(sql);
  const made = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name } of made) {
    const table = tables.get(String(name));
    if (table === undefined || !/ Kept: .*\. Personal: .*\.$/.test(table.said)) {
      throw new Error(`say above the table ${String(name)} what it holds, "Kept:" and "Personal:"`);
    }
    const columns = db.prepare("SELECT name FROM pragma_table_info(?)").all(String(name));
    const there = columns.map((column) => String(column["name"])).toSorted();
    if (there.join() !== [...table.columns.keys()].toSorted().join()) {
      throw new Error(`the columns of ${String(name)} cannot be read: one a line, "  name TYPE"`);
    }
  }
  db.close();
}
