import type { PaceReading } from "../../core/pace/totals.ts";
import { Table } from "../../platform/table.ts";

/** How each source stood at the end of its last slice, as its Custodian has told. */
export class Readings extends Table {
  /** Stores newer news; what was overtaken changes nothing. */
  enter(source: string, seq: number, reading: PaceReading): void {
    this.sql.exec(
      `INSERT INTO readings (source, seq, reading) VALUES (?1, ?2, ?3)
       ON CONFLICT (source) DO UPDATE SET seq = ?2, reading = ?3 WHERE seq < ?2`,
      source,
      seq,
      JSON.stringify(reading),
    );
  }

  of(source: string): PaceReading | null {
    const [row] = this.rows<{ reading: string }>(
      "SELECT reading FROM readings WHERE source = ?",
      source,
    );
    return row === undefined ? null : (JSON.parse(row.reading) as PaceReading);
  }
}
