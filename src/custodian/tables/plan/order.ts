import { PENDING, SETTLED, UNREAD } from "./plan.ts";
import type { KeyedRow } from "./repeats.ts";
import { Table } from "../../../platform/table.ts";

/** A row in the order of the plan. */
export interface OrderedRow extends KeyedRow {
  readonly due_at: number;
}

/** The pending rows of job ?1, read by the index of what is open. */
const WAITING = `FROM plan INDEXED BY plan_open
  WHERE job = ?1 AND state = ${PENDING} AND state <> ${SETTLED}`;

/**
 * A session goes after what it has made, and that names nobody: it would fill the budget, and stay. So it comes
 * after all that have made nothing, which is later than any time.
 */
const PLACE = `due_at + 1000000000000000 * EXISTS (
  SELECT 1 FROM family f INDEXED BY family_nameless WHERE f.job = plan.job AND f.named = 0
    AND f.parent_id IS NOT NULL AND f.parent_scope = plan.scope AND f.parent_id = plan.id AND f.gone = 0)`;

/** Where it stands that a session waits for what it has made, is no orphan, or is among somebody's newest. */
const NOTED = {
  waits: "family n WHERE n.waits = 1",
  known: "family n WHERE n.known = 1",
  newest: "newest n WHERE true",
} as const;

/**
 * In which order the rows of a plan stand, and which of them are left when it is cut. Rows are sorted by
 * moving them, some at a time, into the table `staged`, which is in order by itself, and back.
 */
export class PlanOrder extends Table {
  /** The next pending rows after a seq. */
  page(job: number, afterSeq: number, limit: number): OrderedRow[] {
    const lists = this.sql
      .exec(
        `SELECT seq, scope, id, due_at ${WAITING} AND seq > ?2 ORDER BY seq LIMIT ?3`,
        job,
        afterSeq,
        limit,
      )
      .raw<[number, string, string, number]>();
    return Array.from(lists, ([seq, scope, id, dueAt]) => ({ seq, scope, id, due_at: dueAt }));
  }

  /**
   * Moves the first pending rows into `staged`: by key, where a session that is there already is folded
   * into one row, or by how long they are overdue. Answers how many rows it took.
   */
  stage(job: number, by: "key" | "due", limit: number): number {
    const { last, n } = this.sql
      .exec<{ last: number | null; n: number }>(
        `SELECT max(seq) AS last, count(*) AS n FROM (SELECT seq ${WAITING} ORDER BY seq LIMIT ?2)`,
        job,
        limit,
      )
      .one();
    if (last === null) {
      return 0;
    }
    this.sql.exec(
      `INSERT INTO staged (job, place, scope, id, version, clause, due_at)
       SELECT job, ${by === "key" ? "0" : PLACE}, scope, id, version, clause, due_at
       ${WAITING} AND seq <= ?2
       ON CONFLICT DO UPDATE SET version = max(version, excluded.version),
         clause = CASE WHEN excluded.due_at < due_at THEN excluded.clause ELSE clause END,
         due_at = min(due_at, excluded.due_at)`,
      job,
      last,
    );
    this.sql.exec(`DELETE ${WAITING} AND seq <= ?2`, job, last);
    return n;
  }

  /** Drops the last of the staged rows; answers the longest overdue of them. */
  trim(job: number, count: number): number | null {
    const dropped = this.rows<{ due_at: number }>(
      `DELETE FROM staged WHERE job = ?1 AND (place, scope, id) IN (
         SELECT place, scope, id FROM staged WHERE job = ?1
         ORDER BY place DESC, scope DESC, id DESC LIMIT ?2) RETURNING due_at`,
      job,
      count,
    );
    return oldestOf(dropped);
  }

  /** Moves the first staged rows back, as seqs `from`, `from + 1`, …: how many, and the longest overdue. */
  place(
    job: number,
    from: number,
    limit: number,
  ): { readonly n: number; readonly oldest: number | null } {
    const first = `FROM staged WHERE job = ?1 ORDER BY place, scope, id LIMIT ?2`;
    const placed = this.rows<{ due_at: number }>(
      `INSERT INTO plan (job, seq, scope, id, version, clause, due_at, state)
       SELECT job, ?3 + row_number() OVER (ORDER BY place, scope, id) - 1,
              scope, id, version, clause, due_at, ${PENDING}
       FROM (SELECT * ${first}) RETURNING due_at`,
      job,
      limit,
      from,
    );
    this.sql.exec(
      `DELETE FROM staged WHERE job = ?1 AND (place, scope, id) IN (SELECT place, scope, id ${first})`,
      job,
      limit,
    );
    return { n: placed.length, oldest: oldestOf(placed) };
  }

  /** Drops the first pending rows after a seq; answers how many. */
  cutAfter(job: number, seq: number, limit: number): number {
    const rows = this.page(job, seq, limit);
    const last = rows.at(-1);
    if (last !== undefined) {
      this.sql.exec(`DELETE ${WAITING} AND seq > ?2 AND seq <= ?3`, job, seq, last.seq);
    }
    return rows.length;
  }

  /**
   * Takes those of the next rows out whose sessions are noted so. Of those that are no orphans, this includes rows
   * whose activity is still to be read.
   */
  takeOut(
    job: number,
    noted: keyof typeof NOTED,
    afterSeq: number,
    limit: number,
  ): { readonly last: number | null; readonly due: number; readonly unread: number } {
    const { last } = this.sql
      .exec<{ last: number | null }>(
        `SELECT max(seq) AS last FROM (
           SELECT seq FROM plan WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?)`,
        job,
        afterSeq,
        limit,
      )
      .one();
    const taken = this.rows<{ state: number }>(
      `DELETE FROM plan WHERE job = ? AND seq > ? AND seq <= ?
           AND state IN (${PENDING}, ${noted === "known" ? UNREAD : PENDING}) AND EXISTS (
             SELECT 1 FROM ${NOTED[noted]} AND n.job = plan.job AND n.scope = plan.scope AND n.id = plan.id)
         RETURNING state`,
      job,
      afterSeq,
      last,
    );
    const due = taken.filter(({ state }) => state === PENDING).length;
    return { last, due, unread: taken.length - due };
  }
}

function oldestOf(rows: readonly { readonly due_at: number }[]): number | null {
  return rows.length === 0 ? null : Math.min(...rows.map((row) => row.due_at));
}
