import { PENDING } from "./plan.ts";

/** In which order the rows of a plan stand, and which of them are left when it is cut. */
export class PlanOrder {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Drops all but the longest overdue, so that a selection never holds much more than its budget. Each
   * session takes one place: a list that repeats some would else leave no room for the others. Answers how
   * many rows were such repeats.
   */
  prune(job: number, keep: number): number {
    const { repeats } = this.#sql
      .exec<{ repeats: number }>(
        `SELECT count(*) - count(DISTINCT json_array(scope, id)) AS repeats
         FROM plan WHERE job = ? AND state = ${PENDING}`,
        job,
      )
      .one();
    this.#sql.exec(
      `DELETE FROM plan WHERE job = ? AND state = ${PENDING} AND seq NOT IN (
         SELECT seq FROM (SELECT seq, scope, id, min(due_at) AS due_at
                          FROM plan WHERE job = ? AND state = ${PENDING} GROUP BY scope, id)
         ORDER BY due_at, scope, id LIMIT ?)`,
      job,
      job,
      keep,
    );
    return repeats;
  }

  /**
   * Orders the pending rows by how long they are overdue, each session once, the first `limit` of them;
   * the others go. New seqs start at `from`.
   */
  resequence(job: number, from: number, limit: number): void {
    this.#sql.exec(
      `INSERT INTO plan (job, seq, scope, id, version, clause, due_at, state)
       SELECT ?, ? + row_number() OVER (ORDER BY due_at, scope, id) - 1, scope, id, version, clause, due_at, ${PENDING}
       FROM (SELECT scope, id, max(version) AS version, clause, min(due_at) AS due_at
             FROM plan WHERE job = ? AND state = ${PENDING} GROUP BY scope, id)
       ORDER BY due_at, scope, id LIMIT ?`,
      job,
      from,
      job,
      limit,
    );
    this.#sql.exec(`DELETE FROM plan WHERE job = ? AND seq < ? AND state = ${PENDING}`, job, from);
  }

  /** How many different sessions wait: a list may repeat a row. */
  distinct(job: number): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT count(*) AS n FROM (SELECT DISTINCT scope, id FROM plan WHERE job = ? AND state = ${PENDING})`,
        job,
      )
      .one().n;
  }
}
