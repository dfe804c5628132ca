import type { SourceNews } from "../../contract/custodian.ts";

type Reading = SourceNews["reading"];

/** How each source stood at the end of its last slice, as its Custodian has told. */
export class Readings {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Stores newer news; what was overtaken changes nothing. */
  enter(source: string, seq: number, reading: Reading): void {
    this.#sql.exec(
      `INSERT INTO readings (source, seq, reading) VALUES (?1, ?2, ?3)
       ON CONFLICT (source) DO UPDATE SET seq = ?2, reading = ?3 WHERE seq < ?2`,
      source,
      seq,
      JSON.stringify(reading),
    );
  }

  of(source: string): Reading | null {
    const [row] = this.#sql
      .exec<{ reading: string }>("SELECT reading FROM readings WHERE source = ?", source)
      .toArray();
    return row === undefined ? null : (JSON.parse(row.reading) as Reading);
  }
}
