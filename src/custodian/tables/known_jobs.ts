import type { TakenJob } from "../../contract/custodian.ts";
import { Table } from "../../platform/table.ts";

/** Longer than the 30 days that the Registrar can be restored to: it sends what it had not, again. */
const KEPT_MS = 45 * 86_400_000;

/** Jobs that one call finds missing, or waiting: the next one goes on. */
const AT_ONCE = 500;

/** Which jobs are here, and which must not begin again. */
export class KnownJobs extends Table {
  /** Which of these jobs are not here, or have ended. */
  missing(taken: readonly TakenJob[]): string[] {
    return this.#find(
      `SELECT value AS id FROM json_each(?) WHERE NOT EXISTS
         (SELECT 1 FROM jobs WHERE id = value AND progress ->> '$.phase' <> 'ended') LIMIT ?`,
      taken,
    );
  }

  /** Which of these jobs wait here with a plan, and do not by the record: this object was restored, or that one. */
  waitingUnknown(taken: readonly TakenJob[]): string[] {
    return this.#find(
      `SELECT value AS id FROM json_each(?) CROSS JOIN jobs ON jobs.id = value
       WHERE progress ->> '$.phase' = 'waiting' LIMIT ?`,
      taken.filter(({ waits }) => !waits),
    );
  }

  #find(query: string, taken: readonly TakenJob[]): string[] {
    const ids = JSON.stringify(taken.map(({ id }) => id));
    return this.rows<{ id: string }>(query, ids, AT_ONCE).map(({ id }) => id);
  }

  /** Lets a job that has ended, or is not here, never begin: its order may still arrive. */
  forbid(id: string, now: number): void {
    this.sql.exec("INSERT OR IGNORE INTO done (id, at) VALUES (?, ?)", id, now);
    this.sql.exec("DELETE FROM done WHERE at < ?", now - KEPT_MS);
  }
}
