import type { SweepReport } from "../../core/report/sweep.ts";
import { Table } from "../../platform/table.ts";

/** How long one that was listed, or named in a log line, can be asked for by its id. */
const KEPT_MS = 24 * 3_600_000;

/** Sweeps of ticks that found nothing due, and for which a later one stands: in no list any more, and for a day by their ids. */
export class FoldedSweeps extends Table {
  add(report: SweepReport): void {
    this.sql.exec(
      `INSERT OR REPLACE INTO folded_sweeps (id, policy, tick, report, created_at)
       VALUES (?, ?, ?, ?, ?)`,
      report.id,
      report.policy,
      report.tick === null ? null : Date.parse(report.tick),
      JSON.stringify(report),
      Date.parse(report.created_at),
    );
  }

  get(id: string): SweepReport | null {
    const [row] = this.rows<{ report: string }>(
      "SELECT report FROM folded_sweeps WHERE id = ?",
      id,
    );
    return row === undefined ? null : (JSON.parse(row.report) as SweepReport);
  }

  hasTick(policy: string, tick: number): boolean {
    const query = "SELECT count(*) AS n FROM folded_sweeps WHERE policy = ? AND tick = ?";
    return this.number(query, policy, tick) > 0;
  }

  purge(now: number, most: number): void {
    this.sql.exec(
      `DELETE FROM folded_sweeps WHERE id IN
         (SELECT id FROM folded_sweeps WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
      now - KEPT_MS,
      most,
    );
  }
}
