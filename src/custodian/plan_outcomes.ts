import type { Disposition } from "../core/disposition.ts";
import { ATTEMPTED, PENDING, SETTLED } from "./plan.ts";

/** What became of the rows of a plan, and how many tries it took. */
export class Outcomes {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The intent of one call: committed before the call goes out. */
  attempt(job: number, seq: number): void {
    this.#sql.exec(`UPDATE plan SET state = ${ATTEMPTED} WHERE job = ? AND seq = ?`, job, seq);
  }

  settle(job: number, seqs: readonly number[], disposition: Disposition): void {
    if (seqs.length === 0) {
      return;
    }
    this.#sql.exec(
      `UPDATE plan SET state = ${SETTLED}, disposition = ?
       WHERE job = ? AND seq IN (SELECT value FROM json_each(?))`,
      disposition,
      job,
      JSON.stringify(seqs),
    );
  }

  /** Puts a row back in line for a later try. */
  retry(job: number, seq: number, state: number, notBefore: number, version?: number): void {
    this.#sql.exec(
      `UPDATE plan SET state = ?, not_before = ?, disposition = NULL, version = coalesce(?, version)
       WHERE job = ? AND seq = ?`,
      state,
      Math.ceil(notBefore),
      version ?? null,
      job,
      seq,
    );
  }

  countTry(job: number, seq: number): void {
    this.#sql.exec("UPDATE plan SET tries = tries + 1 WHERE job = ? AND seq = ?", job, seq);
  }

  /** Settles every row in one state the same way. */
  settleAll(job: number, state: number, disposition: Disposition): void {
    this.#sql.exec(
      `UPDATE plan SET state = ${SETTLED}, disposition = ? WHERE job = ? AND state = ?`,
      disposition,
      job,
      state,
    );
  }

  /** Settles as `untouched` what waits and was never tried; answers how many there were. */
  settleUntried(job: number): number {
    const { n } = this.#sql
      .exec<{ n: number }>(
        `SELECT count(*) AS n FROM plan WHERE job = ? AND state = ${PENDING} AND tries = 0`,
        job,
      )
      .one();
    this.#sql.exec(
      `UPDATE plan SET state = ${SETTLED}, disposition = 'untouched'
       WHERE job = ? AND state = ${PENDING} AND tries = 0`,
      job,
    );
    return n;
  }

  /** How many settled rows met each end. */
  dispositions(job: number): { disposition: Disposition; n: number }[] {
    return this.#sql
      .exec<{ disposition: Disposition; n: number }>(
        "SELECT disposition, count(*) AS n FROM plan WHERE job = ? AND disposition IS NOT NULL GROUP BY disposition",
        job,
      )
      .toArray();
  }

  /** Takes back that sessions are gone: it was another account that did not have them. */
  doubtAbsence(job: number): void {
    this.#sql.exec(
      `UPDATE plan SET disposition = 'unknown'
       WHERE job = ? AND disposition IN ('already_absent', 'absent_after_attempt')`,
      job,
    );
  }
}
