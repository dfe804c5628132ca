import { tally, type Disposition, type DispositionCounts } from "../../core/count/disposition.ts";
import { Table } from "../../platform/table.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;

/** What of a policy was removed lately. */
export interface LatelyRemoved {
  /** In the present hour and the 23 before it. */
  readonly day: DispositionCounts;
  /** In the present hour and the 167 before it. */
  readonly week: DispositionCounts;
}

/** What became of the planned sessions of each policy, by the hour, for some days. */
export class RemovalsByHour extends Table {
  add(policy: string, rise: DispositionCounts, now: number): void {
    for (const [disposition, count] of Object.entries(rise)) {
      this.sql.exec(
        `INSERT INTO removals_by_hour (policy, hour, disposition, count) VALUES (?, ?, ?, ?4)
         ON CONFLICT DO UPDATE SET count = count + ?4`,
        policy,
        hourOf(now),
        disposition,
        count,
      );
    }
  }

  lately(policy: string, now: number): LatelyRemoved {
    const hour = hourOf(now);
    const sums = this.rows<{ disposition: Disposition; day: number; week: number }>(
      `SELECT disposition, sum(iif(hour > ?1, count, 0)) AS day, sum(count) AS week
         FROM removals_by_hour WHERE policy = ?2 AND hour > ?3 GROUP BY disposition`,
      hour - DAY_HOURS,
      policy,
      hour - WEEK_HOURS,
    );
    const countsOf = (span: keyof LatelyRemoved): DispositionCounts =>
      sums.reduce<DispositionCounts>((all, one) => tally(all, one.disposition, one[span]), {});
    return { day: countsOf("day"), week: countsOf("week") };
  }

  purge(now: number): void {
    this.sql.exec("DELETE FROM removals_by_hour WHERE hour <= ?", hourOf(now) - WEEK_HOURS);
  }
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS);
}
