import { Table } from "../../platform/table.ts";

const DAY_MS = 86_400_000;

/** A count is used again for so long: a tick that finds nothing due must cost next to nothing. */
const FRESH_MS = 3_600_000;

/** Counts of versions that no sweep has run under go after a week. */
const KEPT_MS = 7 * DAY_MS;

/** What was counted of a source beside what is due. */
export interface Forecast {
  /** The cutoff that it was counted at, in epoch milliseconds. */
  readonly at: number;
  /** Sessions that are due by no clause and lack the clock of one. */
  readonly undated: number;
  /** Sessions that are not due, and will be within 24 hours of the cutoff unless they are renewed; null: not known. */
  readonly soon: number | null;
  /** Whether the counting of those stopped before their end. */
  readonly at_least: boolean;
  /** Sessions that the version selects, as far as `undated` is a share of them; absent: not counted; 0: none of those there are. */
  readonly selected?: number;
}

/** What was last counted for each version of a policy, and when it last swept. No identifiers. */
export class Forecasts extends Table {
  /** What was counted for a version, if that was not long ago. */
  fresh(digest: string, now: number): Forecast | null {
    const [row] = this.rows<{ counted: string | null }>(
      "SELECT counted FROM forecasts WHERE digest = ?",
      digest,
    );
    if (row === undefined || row.counted === null) {
      return null;
    }
    const forecast = JSON.parse(row.counted) as Forecast;
    return now - forecast.at < FRESH_MS && forecast.at <= now ? forecast : null;
  }

  counted(digest: string, forecast: Forecast): void {
    this.sql.exec(
      `INSERT INTO forecasts (digest, counted, used_at) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET counted = excluded.counted, used_at = excluded.used_at`,
      digest,
      JSON.stringify(forecast),
      forecast.at,
    );
    this.sql.exec("DELETE FROM forecasts WHERE used_at < ?", forecast.at - KEPT_MS);
  }

  /** The cutoff of the last sweep under a version that ended its work; null: there was none. */
  sweptAt(digest: string): number | null {
    const [row] = this.rows<{ swept_at: number | null }>(
      "SELECT swept_at FROM forecasts WHERE digest = ?",
      digest,
    );
    return row?.swept_at ?? null;
  }

  swept(digest: string, cutoff: number): void {
    this.sql.exec(
      `INSERT INTO forecasts (digest, swept_at, used_at) VALUES (?1, ?2, ?2)
       ON CONFLICT DO UPDATE SET swept_at = ?2, used_at = ?2`,
      digest,
      cutoff,
    );
  }
}
