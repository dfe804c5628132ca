import {
  tally,
  tallyAt,
  type Disposition,
  type DispositionCounts,
} from "../../../core/count/disposition.ts";
import { ATTEMPTED, PENDING, SETTLED } from "./plan.ts";
import { Table } from "../../../platform/table.ts";

/** Rows that one counting statement looks at. */
const COUNT = 5000;

/** What became of the rows of a plan, and how many tries it took. */
export class Outcomes extends Table {
  /** The intent of one call: committed before the call goes out. */
  attempt(job: number, seq: number): void {
    this.sql.exec(`UPDATE plan SET state = ${ATTEMPTED} WHERE job = ? AND seq = ?`, job, seq);
  }

  settle(job: number, seqs: readonly number[], disposition: Disposition, now: number): void {
    if (seqs.length === 0) {
      return;
    }
    this.sql.exec(
      `UPDATE plan SET state = ${SETTLED}, disposition = ?, settled_at = ?
       WHERE job = ? AND seq IN (SELECT value FROM json_each(?))`,
      disposition,
      now,
      job,
      JSON.stringify(seqs),
    );
  }

  /** Puts a row back in line for a later try. */
  retry(job: number, seq: number, state: number, notBefore: number, version?: number): void {
    this.sql.exec(
      `UPDATE plan SET state = ?, not_before = ?, disposition = NULL, version = coalesce(?, version)
       WHERE job = ? AND seq = ?`,
      state,
      Math.ceil(notBefore),
      version ?? null,
      job,
      seq,
    );
  }

  /** Takes a row up after all the others. */
  move(job: number, seq: number, to: number): void {
    this.sql.exec("UPDATE plan SET seq = ? WHERE job = ? AND seq = ?", to, job, seq);
  }

  countTry(job: number, seq: number): void {
    this.sql.exec("UPDATE plan SET tries = tries + 1 WHERE job = ? AND seq = ?", job, seq);
  }

  /** How many settled rows met each end: counted some at a time. */
  dispositions(job: number): DispositionCounts {
    return sumOf(this.#count(job, "disposition"));
  }

  /** The same, with what is open: as nobody can do or read anything more about it; and by the clauses of a policy. */
  givenUp(job: number): {
    readonly dispositions: DispositionCounts;
    readonly by_clause: readonly DispositionCounts[];
  } {
    const ends = this.#count(
      job,
      `CASE WHEN disposition IS NOT NULL THEN disposition WHEN state = ${ATTEMPTED} THEN 'unknown'
        WHEN state = ${PENDING} THEN iif(tries = 0, 'untouched', 'unreachable') END`,
    );
    const byClause = ends.reduce<readonly DispositionCounts[]>(
      (sums, { end, clause, n }) => (clause < 0 ? sums : tallyAt(sums, clause, end, n)),
      [],
    );
    return { dispositions: sumOf(ends), by_clause: byClause };
  }

  /** Takes back that sessions are gone: it was another account that did not have them. */
  doubtAbsence(job: number): void {
    this.sql.exec(
      `UPDATE plan SET disposition = 'unknown'
       WHERE job = ? AND disposition IN ('already_absent', 'absent_after_attempt')`,
      job,
    );
  }

  #count(job: number, column: string): Ends[] {
    const ends: Ends[] = [];
    for (let after = 0; ;) {
      const rows = this.rows<{ end: Disposition | null; clause: number; n: number; last: number }>(
        `SELECT ${column} AS end, clause, count(*) AS n, max(seq) AS last
           FROM (SELECT * FROM plan WHERE job = ? AND seq > ? ORDER BY seq LIMIT ${COUNT})
           GROUP BY 1, 2`,
        job,
        after,
      );
      if (rows.length === 0) {
        return ends;
      }
      ends.push(
        ...rows.flatMap(({ end, clause, n }) => (end === null ? [] : [{ end, clause, n }])),
      );
      after = Math.max(...rows.map(({ last }) => last));
    }
  }
}

/** So many rows of one clause met one end. */
interface Ends {
  readonly end: Disposition;
  readonly clause: number;
  readonly n: number;
}

function sumOf(ends: readonly Ends[]): DispositionCounts {
  return ends.reduce<DispositionCounts>((sum, { end, n }) => tally(sum, end, n), {});
}
