import type { PaceReading } from "../../core/pace/totals.ts";
import { Table } from "../../platform/table.ts";

/** What a source has told last. Times are epoch milliseconds. */
export interface StoredReading {
  readonly reading: PaceReading;
  readonly at: number;
  /** When its calls that were answered last rose; null: none was. */
  readonly answered_at: number | null;
}

/** How each source stood at the end of its last slice, as its Custodian has told. */
export class Readings extends Table {
  /** Stores newer news; what was overtaken changes nothing. */
  enter(source: string, seq: number, reading: PaceReading, now: number): void {
    const before = this.of(source)?.reading;
    const isAnswered = answered(reading) > (before === undefined ? 0 : answered(before));
    this.sql.exec(
      `INSERT INTO readings (source, seq, reading, open_since, at, answered_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (source) DO UPDATE SET seq = ?2, reading = ?3, at = ?5,
         answered_at = coalesce(?6, answered_at),
         open_since = CASE WHEN ?4 IS NOT NULL THEN coalesce(open_since, ?4) END
       WHERE seq < ?2`,
      source,
      seq,
      JSON.stringify(reading),
      reading.breaker === "open" ? now : null,
      now,
      isAnswered ? now : null,
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

  of(source: string): StoredReading | null {
    const [row] = this.rows<Omit<StoredReading, "reading"> & { readonly reading: string }>(
      "SELECT reading, at, answered_at FROM readings WHERE source = ?",
      source,
    );
    return row === undefined ? null : { ...row, reading: JSON.parse(row.reading) as PaceReading };
  }
}

/** Calls that the source answered, whatever it said. */
function answered({ calls_by_status: calls }: PaceReading): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0) - calls.none;
}
