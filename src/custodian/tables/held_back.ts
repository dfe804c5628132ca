import { Table } from "../../platform/table.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { HeldBackSession } from "../../contract/custodian.ts";

/** So many sessions of each hold are named: enough to see whom it keeps. */
const MOST = 100;

/** One that was noted is not noted again for so long: a tick each minute must not write as often. */
const FRESH_MS = 3_600_000;

/** A session that a hold keeps out of a plan. */
export interface Held extends SessionRef {
  readonly hold: string;
}

/** Which sessions plans left out because of each hold, some of the newest. Gone with the hold. */
export class HeldBackTable extends Table {
  note(job: string, held: readonly Held[], now: number): void {
    for (const [hold, sessions] of Map.groupBy(held, (one) => one.hold)) {
      const room = MOST - this.#fresh(hold, now);
      if (room > 0) {
        this.#write(
          hold,
          sessions.map(({ scope, id }) => ({ scope, id })),
          { job, now, room },
        );
      }
    }
  }

  /** Those of one hold, the newest first. */
  of(hold: string): HeldBackSession[] {
    return this.rows<HeldBackSession & Record<string, SqlStorageValue>>(
      `SELECT scope, id, job, at FROM held_back WHERE hold = ?
       ORDER BY at DESC, scope, id LIMIT ${MOST}`,
      hold,
    );
  }

  /** Forgets what holds kept that do not stand any more. */
  keepOnly(holds: readonly string[]): void {
    this.sql.exec(
      "DELETE FROM held_back WHERE hold NOT IN (SELECT value FROM json_each(?))",
      JSON.stringify(holds),
    );
  }

  #fresh(hold: string, now: number): number {
    return this.number(
      "SELECT count(*) AS n FROM held_back WHERE hold = ? AND at > ? AND at <= ?",
      hold,
      now - FRESH_MS,
      now,
    );
  }

  #write(
    hold: string,
    sessions: readonly SessionRef[],
    { job, now, room }: { readonly job: string; readonly now: number; readonly room: number },
  ): void {
    this.sql.exec(
      `INSERT INTO held_back (hold, scope, id, job, at)
       SELECT ?1, s.value ->> 'scope', s.value ->> 'id', ?3, ?4 FROM json_each(?2) s
       WHERE NOT EXISTS (
         SELECT 1 FROM held_back k WHERE k.hold = ?1 AND k.scope = s.value ->> 'scope'
           AND k.id = s.value ->> 'id' AND k.at > ?4 - ${FRESH_MS} AND k.at <= ?4)
       LIMIT ?5
       ON CONFLICT DO UPDATE SET job = excluded.job, at = excluded.at`,
      hold,
      JSON.stringify(sessions),
      job,
      now,
      room,
    );
    this.sql.exec(
      `DELETE FROM held_back WHERE hold = ?1 AND (scope, id) IN (
         SELECT scope, id FROM held_back WHERE hold = ?1
         ORDER BY at DESC, scope, id LIMIT -1 OFFSET ${MOST})`,
      hold,
    );
  }
}
