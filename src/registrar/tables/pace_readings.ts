import type { PaceReading } from "../../core/pace/totals.ts";
import { Table } from "../../platform/table.ts";

/** How each source stood at the end of its last slice, as its Custodian has told. */
export class Readings extends Table {
  /** Stores newer news; what was overtaken changes nothing. */
  enter(source: string, seq: number, reading: PaceReading, now: number): void {
    this.sql.exec(
      `INSERT INTO readings (source, seq, reading, open_since) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (source) DO UPDATE SET seq = ?2, reading = ?3,
         open_since = CASE WHEN ?4 IS NOT NULL THEN coalesce(open_since, ?4) END
       WHERE seq < ?2`,
      source,
      seq,
      JSON.stringify(reading),
      reading.breaker === "open" ? now : null,
    );
  }

  /** Since when the breaker of a source is open; null: it is not. */
  openSince(source: string): number | null {
    const [row] = this.rows<{ open_since: number | null }>(
      "SELECT open_since FROM readings WHERE source = ?",
      source,
    );
    return row?.open_since ?? null;
  }

  of(source: string): PaceReading | null {
    const [row] = this.rows<{ reading: string }>(
      "SELECT reading FROM readings WHERE source = ?",
      source,
    );
    return row === undefined ? null : (JSON.parse(row.reading) as PaceReading);
  }
}
