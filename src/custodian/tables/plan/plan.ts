import type { Disposition } from "../../../core/count/disposition.ts";
import type { SessionRef } from "../../../core/session/session.ts";
import type { SoughtSession, WhyErased } from "../../../contract/custodian.ts";
import type { VersionedRef } from "../../../sources/source.ts";
import { COLUMNS, readRows, type PlanRow } from "./row.ts";
import { Table } from "../../../platform/table.ts";

/** What a plan row waits for. */
export const PENDING = 0;
export const ATTEMPTED = 1;
export const SETTLED = 2;
export const UNREAD = 3;

/** A state that something is still to be done about. */
export type Open = typeof PENDING | typeof ATTEMPTED | typeof UNREAD;

/** Clause numbers of an erasure's rows: matched by an identifier, or as the child of one that was. */
export const BY_IDENTIFIER = -1;
export const AS_CHILD = -2;

/** Clause number of a row that is no clause's own: its activity is read for the difference of two versions alone. */
export const FOR_DIFFERENCE = 100;

/** A session on its way into a plan. */
export interface Candidate extends VersionedRef {
  readonly clause: number;
  /** The order of removal: epoch milliseconds, or in an erasure how many parents up it was identified. */
  readonly due_at: number;
  /** It is pending where nothing is said. */
  readonly state?: typeof PENDING | typeof UNREAD;
  /** It is settled already. */
  readonly disposition?: Disposition | null;
  /** Of an erasure. */
  readonly why?: WhyErased;
}

/** In an erasure (of job ?1) no child goes before its parents are settled: one may turn out to stay. */
const IN_TURN = `(clause >= 0 OR due_at = 0 OR due_at = (
  SELECT min(due_at) FROM plan WHERE job = ?1 AND clause < 0 AND state <= ${ATTEMPTED}))`;

/** The rows of job ?1 in state ?2, read by the index of what is open: settled rows cost nothing. */
const OPEN = `FROM plan INDEXED BY plan_open WHERE job = ?1 AND state = ?2 AND state <> ${SETTLED}`;

/** Rows dropped by one statement: a few milliseconds. */
const DROP = 2000;

/** A row's pause is over; one of more than a day was set by a clock that ran ahead. */
function isReady(now: string): string {
  return `(not_before <= ${now} OR not_before > ${now} + 86400000)`;
}

interface SoughtRow extends Pick<SoughtSession, "scope" | "id" | "disposition"> {
  readonly seq: number;
  readonly why: string;
}

/** The rows of all plans, in and out. Integer keys, written many at a time through `json_each`. */
export class Plan extends Table {
  /**
   * Appends candidates as seqs `from`, `from + 1`, …; a disposition given makes the row settled. A session
   * whose activity is to be read waits once, however often its list repeats it: its seq is left out.
   */
  append(job: number, from: number, candidates: readonly Candidate[]): void {
    if (candidates.length === 0) {
      return;
    }
    this.sql.exec(
      `INSERT INTO plan (job, seq, scope, id, version, clause, due_at, state, disposition, why)
       SELECT ?, ? + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
              CASE WHEN value ->> 6 IS NULL THEN value ->> 5 ELSE ${SETTLED} END, value ->> 6, value ->> 7
       FROM json_each(?) WHERE true
       ON CONFLICT (job, scope, id) WHERE state = ${UNREAD} DO NOTHING`,
      job,
      from,
      JSON.stringify(
        candidates.map((row) => [
          row.scope,
          row.id,
          row.version,
          row.clause,
          row.due_at,
          row.state ?? PENDING,
          row.disposition ?? null,
          ...(row.why === undefined ? [] : [row.why]),
        ]),
      ),
    );
  }

  /** Drops rows of a page that was not completed, so many at a time; true when there may be more. */
  dropFrom(job: number, seq: number): boolean {
    const { rowsWritten } = this.sql.exec(
      `DELETE FROM plan WHERE job = ?1 AND seq IN (
         SELECT seq FROM plan WHERE job = ?1 AND seq >= ?2 ORDER BY seq DESC LIMIT ${DROP})`,
      job,
      seq,
    );
    return rowsWritten >= DROP;
  }

  /** How many rows are in an open state. */
  count(job: number, state: Open): number {
    return this.number(`SELECT count(*) AS n ${OPEN}`, job, state);
  }

  /** Pages through a plan in its order. */
  page(job: number, afterSeq: number, limit: number): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?`,
      job,
      afterSeq,
      limit,
    );
  }

  /** The same of an erasure, with why each is in it. */
  sought(job: number, afterSeq: number, limit: number): (SoughtSession & { seq: number })[] {
    return this.rows<SoughtRow>(
      `SELECT seq, scope, id, disposition, why FROM plan
       WHERE job = ? AND seq > ? AND clause < 0 ORDER BY seq LIMIT ?`,
      job,
      afterSeq,
      limit,
    ).map(({ why, ...row }) => ({ ...row, ...(JSON.parse(why) as WhyErased) }));
  }

  /** The last seq of a plan; 0 when it has no rows. */
  lastSeq(job: number): number {
    return this.number("SELECT coalesce(max(seq), 0) AS n FROM plan WHERE job = ?", job);
  }

  /**
   * Of so many seqs, the removals that belong to a share of so many percent, spread evenly: by their place
   * alone, so that a retry answers the same ones.
   */
  sample(
    job: number,
    { after, seqs, percent }: { after: number; seqs: number; percent: number },
    limit: number,
  ): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ?1 AND seq > ?2 AND seq <= ?2 + ?3
           AND CAST(seq * ?4 / 100.0 AS INTEGER) > CAST((seq - 1) * ?4 / 100.0 AS INTEGER)
           AND disposition IN ('deleted', 'absent_after_attempt')
         ORDER BY seq LIMIT ?5`,
      job,
      after,
      seqs,
      percent,
      limit,
    );
  }

  /** The next rows in an open state whose time has come. */
  next(job: number, state: Open, now: number, afterSeq: number, limit: number): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} ${OPEN} AND seq > ?3 AND ${isReady("?4")} ORDER BY seq LIMIT ?5`,
      job,
      state,
      afterSeq,
      now,
      limit,
    );
  }

  /** The next rows whose activity is to be read: the longest overdue first, by what their list tells. */
  nextUnread(job: number, now: number, limit: number): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan INDEXED BY plan_unread_by_age
       WHERE job = ?1 AND state = ${UNREAD} AND ${isReady("?2")} ORDER BY due_at, seq LIMIT ?3`,
      job,
      now,
      limit,
    );
  }

  /** Drops rows whose activity nobody will read, up to a seq. */
  dropUnread(job: number, upTo: number): void {
    this.sql.exec(`DELETE ${OPEN} AND seq <= ?3`, job, UNREAD, upTo);
  }

  /** The next rows to remove: pending, or attempted with the outcome lost. */
  ready(job: number, state: Open, now: number, afterSeq: number, limit: number): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} ${OPEN} AND seq > ?3 AND ${isReady("?4")} AND ${IN_TURN}
         ORDER BY seq LIMIT ?5`,
      job,
      state,
      afterSeq,
      now,
      limit,
    );
  }

  /** When the first row in an open state may be tried; null when none is. */
  earliest(job: number, state: Open): number | null {
    return this.sql
      .exec<{ at: number | null }>(
        `SELECT min(not_before) AS at ${OPEN} AND ${IN_TURN}`,
        job,
        state,
      )
      .one().at;
  }

  bySeqs(job: number, seqs: readonly number[]): PlanRow[] {
    return readRows(
      this.sql,
      `SELECT ${COLUMNS} FROM plan WHERE job = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
      job,
      JSON.stringify(seqs),
    );
  }

  /** Sessions of any job whose removal was tried and not answered. */
  attempted(): SessionRef[] {
    return this.rows(
      `SELECT p.scope, p.id FROM jobs AS j CROSS JOIN plan AS p INDEXED BY plan_open
       WHERE p.job = j.no AND p.state = ${ATTEMPTED} AND p.state <> ${SETTLED}`,
    );
  }

  /** What the reading of a row's activity came to: due after all, or how far it has come. */
  weigh(
    job: number,
    seq: number,
    found: { state: number; due_at?: number; cursor?: string | null },
  ): void {
    this.sql.exec(
      `UPDATE plan SET state = ?, due_at = coalesce(?, due_at), cursor = ?
       WHERE job = ? AND seq = ?`,
      found.state,
      found.due_at ?? null,
      found.cursor ?? null,
      job,
      seq,
    );
  }

  drop(job: number, seq: number): void {
    this.sql.exec("DELETE FROM plan WHERE job = ? AND seq = ?", job, seq);
  }
}
