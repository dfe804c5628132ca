import { PENDING } from "./plan.ts";
import { COLUMNS, readRows, type PlanRow } from "./plan_row.ts";

/** Where a session stands in the plan of an erasure. */
export class PlanLookup {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The row of one session in the plan of an erasure. */
  find(job: number, scope: string, id: string): PlanRow | null {
    const [row] = readRows(
      this.#sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND scope = ? AND id = ? AND clause < 0 LIMIT 1`,
      job,
      scope,
      id,
    );
    return row ?? null;
  }

  /** In how many scopes the plan of an erasure has a session of this id. */
  scopesOf(job: number, id: string): number {
    return this.#sql
      .exec<{ n: number }>(
        "SELECT count(DISTINCT scope) AS n FROM plan WHERE job = ? AND id = ? AND clause < 0",
        job,
        id,
      )
      .one().n;
  }

  /** Rows of an erasure with this id, in any scope, that wait for their removal. */
  openOf(job: number, id: string): PlanRow[] {
    return readRows(
      this.#sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND id = ? AND clause < 0 AND state = ${PENDING}`,
      job,
      id,
    );
  }
}
