import type { SessionRef } from "../../../core/session/session.ts";
import { PENDING } from "./plan.ts";
import { COLUMNS, readRows, type PlanRow } from "./row.ts";
import { Table } from "../../../platform/table.ts";

/** Where a session stands in a plan: of an erasure by an index, of a sweep by looking through it. */
export class PlanLookup extends Table {
  /** The row of one session in the plan of an erasure. */
  find(job: number, scope: string, id: string): PlanRow | null {
    const [row] = readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND scope = ? AND id = ? AND clause < 0 LIMIT 1`,
      job,
      scope,
      id,
    );
    return row ?? null;
  }

  /** In how many scopes the plan of an erasure has a session of this id. */
  scopesOf(job: number, id: string): number {
    return this.number(
      "SELECT count(DISTINCT scope) AS n FROM plan WHERE job = ? AND id = ? AND clause < 0",
      job,
      id,
    );
  }

  /** Rows of an erasure with this id, in any scope, that wait for their removal. */
  openOf(job: number, id: string): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND id = ? AND clause < 0 AND state = ${PENDING}`,
      job,
      id,
    );
  }

  /** The scopes that have a session of an id among so many seqs of a plan. */
  scopesAmong(job: number, id: string, after: number, seqs: number): string[] {
    return this.rows<{ scope: string }>(
      "SELECT DISTINCT scope FROM plan WHERE job = ? AND seq > ? AND seq <= ? AND id = ?",
      job,
      after,
      after + seqs,
      id,
    ).map(({ scope }) => scope);
  }

  /** The row of one session among so many seqs of a sweep's plan, which has no index of them. */
  findAmong(job: number, { scope, id }: SessionRef, after: number, seqs: number): PlanRow | null {
    const [row] = readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND seq > ? AND seq <= ? AND scope = ? AND id = ?`,
      job,
      after,
      after + seqs,
      scope,
      id,
    );
    return row ?? null;
  }
}
