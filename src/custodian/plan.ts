import type { Disposition } from "../core/disposition.ts";
import type { PlannedRef } from "../sources/source.ts";

/** What a plan row waits for. */
export const PENDING = 0;
export const ATTEMPTED = 1;
const SETTLED = 2;
export const UNREAD = 3;

/** Clause numbers of an erasure's rows: matched by an identifier, or as the child of one that was. */
export const BY_IDENTIFIER = -1;
export const AS_CHILD = -2;

/** A session on its way into a plan. */
export interface Candidate {
  readonly scope: string;
  readonly id: string;
  readonly version: number;
  readonly clause: number;
  /** The order of removal: epoch milliseconds, or in an erasure how many parents up it was identified. */
  readonly due_at: number;
  readonly state: typeof PENDING | typeof UNREAD;
  readonly disposition: Disposition | null;
}

export interface PlanRow extends PlannedRef {
  readonly clause: number;
  readonly due_at: number;
  readonly state: number;
  readonly tries: number;
  readonly disposition: Disposition | null;
  readonly cursor: string | null;
}

/** In an erasure (of job ?1) no child goes before its parents are settled: one may turn out to stay. */
const IN_TURN = `(clause >= 0 OR due_at = 0 OR due_at = (
  SELECT min(due_at) FROM plan WHERE job = ?1 AND clause < 0 AND state <= ${ATTEMPTED}))`;

type Stored = PlanRow & Record<string, SqlStorageValue>;

const COLUMNS = "seq, scope, id, version, clause, due_at, state, tries, disposition, cursor";

/** The rows of all plans. Integer keys, written many at a time through `json_each`. */
export class Plan {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Appends candidates as seqs `from`, `from + 1`, …; a disposition given makes the row settled. */
  append(job: number, from: number, candidates: readonly Candidate[]): void {
    if (candidates.length === 0) {
      return;
    }
    this.#sql.exec(
      `INSERT INTO plan (job, seq, scope, id, version, clause, due_at, state, disposition)
       SELECT ?, ? + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
              CASE WHEN value ->> 6 IS NULL THEN value ->> 5 ELSE ${SETTLED} END, value ->> 6
       FROM json_each(?)`,
      job,
      from,
      JSON.stringify(
        candidates.map((row) => [
          row.scope,
          row.id,
          row.version,
          row.clause,
          row.due_at,
          row.state,
          row.disposition,
        ]),
      ),
    );
  }

  /** Drops the rows of a page that was not completed. */
  dropFrom(job: number, seq: number): void {
    this.#sql.exec("DELETE FROM plan WHERE job = ? AND seq >= ?", job, seq);
  }

  /** Drops all but the longest overdue, so that a selection never holds much more than its budget. */
  prune(job: number, keep: number): void {
    this.#sql.exec(
      `DELETE FROM plan WHERE job = ? AND state = ${PENDING} AND seq NOT IN (
         SELECT seq FROM plan WHERE job = ? AND state = ${PENDING} ORDER BY due_at, scope, id LIMIT ?)`,
      job,
      job,
      keep,
    );
  }

  /**
   * Orders the pending rows by how long they are overdue, each session once, the first `limit` of them;
   * the others go. New seqs start at `from`. Answers how many rows the plan now has.
   */
  resequence(job: number, from: number, limit: number): number {
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
    return this.count(job, PENDING);
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

  count(job: number, state: number): number {
    return this.#sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM plan WHERE job = ? AND state = ?", job, state)
      .one().n;
  }

  /** Pages through a plan in its order. */
  page(job: number, afterSeq: number, limit: number): PlanRow[] {
    return this.#sql
      .exec<Stored>(
        `SELECT ${COLUMNS} FROM plan WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?`,
        job,
        afterSeq,
        limit,
      )
      .toArray();
  }

  /** The next rows in a state whose time has come. */
  next(job: number, state: number, now: number, afterSeq: number, limit: number): PlanRow[] {
    return this.#sql
      .exec<Stored>(
        `SELECT ${COLUMNS} FROM plan
         WHERE job = ? AND seq > ? AND state = ? AND not_before <= ? ORDER BY seq LIMIT ?`,
        job,
        afterSeq,
        state,
        now,
        limit,
      )
      .toArray();
  }

  /** The next rows to remove: pending, or attempted with the outcome lost. */
  ready(job: number, now: number, afterSeq: number, limit: number): PlanRow[] {
    return this.#sql
      .exec<Stored>(
        `SELECT ${COLUMNS} FROM plan
         WHERE job = ?1 AND seq > ?2 AND state <= ${ATTEMPTED} AND not_before <= ?3 AND ${IN_TURN}
         ORDER BY seq LIMIT ?4`,
        job,
        afterSeq,
        now,
        limit,
      )
      .toArray();
  }

  /** When the first row that is still open may be tried; null when none is. */
  earliestOpen(job: number): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(not_before) AS at FROM plan WHERE job = ?1 AND state <> ${SETTLED} AND ${IN_TURN}`,
        job,
      )
      .one().at;
  }

  /** The row of one session in the plan of an erasure. */
  find(job: number, scope: string, id: string): PlanRow | null {
    const [row] = this.#sql
      .exec<Stored>(
        `SELECT ${COLUMNS} FROM plan WHERE job = ? AND scope = ? AND id = ? AND clause < 0 LIMIT 1`,
        job,
        scope,
        id,
      )
      .toArray();
    return row ?? null;
  }

  bySeqs(job: number, seqs: readonly number[]): PlanRow[] {
    return this.#sql
      .exec<Stored>(
        `SELECT ${COLUMNS} FROM plan WHERE job = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
        job,
        JSON.stringify(seqs),
      )
      .toArray();
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

  /** What the reading of a row's activity came to: due after all, or how far it has come. */
  weigh(
    job: number,
    seq: number,
    found: { state: number; due_at?: number; clause?: number; cursor?: string | null },
  ): void {
    this.#sql.exec(
      `UPDATE plan SET state = ?, due_at = coalesce(?, due_at), clause = coalesce(?, clause), cursor = ?
       WHERE job = ? AND seq = ?`,
      found.state,
      found.due_at ?? null,
      found.clause ?? null,
      found.cursor ?? null,
      job,
      seq,
    );
  }

  drop(job: number, seq: number): void {
    this.#sql.exec("DELETE FROM plan WHERE job = ? AND seq = ?", job, seq);
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

  /** Takes back that sessions are gone: it was another account that did not have them. */
  doubtAbsence(job: number): void {
    this.#sql.exec(
      `UPDATE plan SET disposition = 'unknown'
       WHERE job = ? AND disposition IN ('already_absent', 'absent_after_attempt')`,
      job,
    );
  }

  /** Rows of an erasure with this id, in any scope, that wait for their removal. */
  openOf(job: number, id: string): PlanRow[] {
    return this.#sql
      .exec<Stored>(
        `SELECT ${COLUMNS} FROM plan WHERE job = ? AND id = ? AND clause < 0 AND state = ${PENDING}`,
        job,
        id,
      )
      .toArray();
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

  clear(job: number): void {
    this.#sql.exec("DELETE FROM plan WHERE job = ?", job);
  }
}
