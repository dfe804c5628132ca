import { filterOf, mayHold } from "../../../core/count/page_filter.ts";
import type { SessionRef } from "../../../core/session/session.ts";
import { PENDING } from "./plan.ts";
import { COLUMNS, readRows, type PlanRow } from "./row.ts";

/** Rows of a plan that are looked through in one statement. */
const SPAN = 5000;

/** Where a session stands in a plan: of an erasure by an index, of a sweep by a small filter of each page. */
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

  /** Notes which sessions a page of a sweep's plan has: the rows after one seq, up to another. */
  notePage(job: number, after: number, last: number, ids: readonly string[]): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO plan_pages (job, after_seq, last_seq, filter) VALUES (?, ?, ?, ?)",
      job,
      after,
      last,
      filterOf(ids),
    );
  }

  /** The row of one session in the plan of a sweep: only pages that may have it are looked through. */
  findPlanned(job: number, { scope, id }: SessionRef): PlanRow | null {
    const { last_seq: lastSeq } = this.#sql
      .exec<{ last_seq: number | null }>("SELECT max(seq) AS last_seq FROM plan WHERE job = ?", job)
      .one();
    let after = 0;
    const pages = this.#sql.exec<{ after_seq: number; last_seq: number; filter: ArrayBuffer }>(
      "SELECT after_seq, last_seq, filter FROM plan_pages WHERE job = ? ORDER BY after_seq",
      job,
    );
    const spans: { after: number; last: number }[] = [];
    for (const page of pages) {
      if (mayHold(new Uint8Array(page.filter), id)) {
        spans.push({ after: page.after_seq, last: page.last_seq });
      }
      after = page.last_seq;
    }
    // What its digest has not come to yet, or was planned before there were filters.
    for (; after < (lastSeq ?? 0); after += SPAN) {
      spans.push({ after, last: after + SPAN });
    }
    for (const span of spans) {
      const [row] = readRows(
        this.#sql,
        `SELECT ${COLUMNS} FROM plan WHERE job = ? AND seq > ? AND seq <= ? AND scope = ? AND id = ?`,
        job,
        span.after,
        span.last,
        scope,
        id,
      );
      if (row !== undefined) {
        return row;
      }
    }
    return null;
  }
}
