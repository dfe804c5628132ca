import { Table } from "./table.ts";

/** Single facts by name. Both objects have a table `facts (name, value)`. */
export abstract class FactTable<Known extends object> extends Table {
  put<K extends keyof Known & string>(name: K, value: Known[K]): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)",
      name,
      JSON.stringify(value),
    );
  }

  /** Null: it is not known. */
  get<K extends keyof Known & string>(name: K): Known[K] | null {
    const [row] = this.rows<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
    return row === undefined ? null : (JSON.parse(row.value) as Known[K]);
  }
}
