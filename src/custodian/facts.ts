/** Single facts that a Custodian must not forget. */
export class Facts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps the name of the source: an alarm may not be told it. */
  keepSource(name: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO facts (name, value) VALUES ('source', ?)", name);
  }

  source(): string | null {
    const [row] = this.#sql
      .exec<{ value: string }>("SELECT value FROM facts WHERE name = 'source'")
      .toArray();
    return row?.value ?? null;
  }

  /** The number of the next piece of news; it only rises. */
  nextNews(): number {
    return this.#sql
      .exec<{ value: number }>(
        `INSERT INTO facts (name, value) VALUES ('news', 1)
         ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1
         RETURNING CAST(value AS INTEGER) AS value`,
      )
      .one().value;
  }
}
