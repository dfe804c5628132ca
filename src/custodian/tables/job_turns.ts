import type { RunnableJob } from "../../core/pace/turns.ts";
import { Table } from "../../platform/table.ts";

/** Which jobs of a Custodian may have its time, and whether there are several. */
export class JobTurns extends Table {
  /** Each job whose timer comes before a time. */
  runnable(before: number): RunnableJob[] {
    return this.rows<{ no: number; kind: RunnableJob["kind"]; served: number; at: number }>(
      `SELECT j.no, j.kind, j.served_at AS served, t.at
         FROM jobs j JOIN timers t ON t.name = 'job:' || j.id WHERE t.at < ?`,
      before,
    );
  }

  /** Whether another job may run before a time. */
  hasCompany(id: string, before: number): boolean {
    const others = this.sql.exec(
      "SELECT 1 FROM timers WHERE name GLOB 'job:*' AND name <> ? AND at < ? LIMIT 1",
      `job:${id}`,
      before,
    );
    return others.toArray().length > 0;
  }

  /** Notes what service a job has had, as `core/pace/turns.ts` counts it. */
  served(no: number, served: number): void {
    this.sql.exec("UPDATE jobs SET served_at = ? WHERE no = ?", served, no);
  }
}
