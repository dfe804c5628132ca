import type { MetricLabels, MetricName, Sample } from "../../core/report/metrics.ts";
import { Table } from "../../platform/table.ts";

/** The metrics that only rise; added to in the turn that takes the news they come from, so once. */
export class Counters extends Table {
  add<N extends MetricName>(name: N, labels: MetricLabels<N>, by: number, now: number): void {
    this.sql.exec(
      `INSERT INTO counters (name, labels, total, at) VALUES (?, ?, ?3, ?4)
       ON CONFLICT (name, labels) DO UPDATE SET total = total + ?3, at = ?4`,
      name,
      JSON.stringify(labels),
      by,
      now,
    );
  }

  all(): Sample[] {
    return this.rows<{ name: MetricName; labels: string; value: number }>(
      "SELECT name, labels, total AS value FROM counters",
    ).map((row) => ({ ...row, labels: JSON.parse(row.labels) as Sample["labels"] }));
  }

  /** Forgets policies that do not run any more and have counted nothing since a time. */
  forget(running: readonly string[], before: number): void {
    this.sql.exec(
      `DELETE FROM counters WHERE at < ? AND labels ->> '$.policy' <> ''
         AND labels ->> '$.policy' NOT IN (SELECT value FROM json_each(?))`,
      before,
      JSON.stringify(running),
    );
  }
}
