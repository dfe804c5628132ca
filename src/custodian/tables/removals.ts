import { Table } from "../../platform/table.ts";
import type { Disposition, DispositionCounts } from "../../core/count/disposition.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { Remembered } from "../../contract/custodian.ts";
import type { PlanRow } from "./plan/row.ts";

const DAY_MS = 86_400_000;

/** What is remembered of a session that went, for so many days after the one on which it was written down. */
const KEPT_DAYS = 90;

/** Rows go that much later at most, and their job must be known until then. */
const SPARE_DAYS = 2;

/** Hex digits of each of the two hashes that name a session. */
const HALF = 16;

/** A stretch takes rows until it has so many: they are written, and forgotten, in a few milliseconds. */
const STRETCH = 8000;

/** Ends after which a session is not there any more, or nobody knows. */
const WENT: ReadonlySet<Disposition> = new Set([
  "deleted",
  "already_absent",
  "absent_after_attempt",
  "unknown",
]);

/** A row of a plan, as far as it says how and why a session went. */
type Ended = SessionRef & Pick<PlanRow, "disposition" | "settled_at" | "clause" | "due_at">;

/** Whether a session is not there any more. */
export function isGone({ disposition }: Pick<PlanRow, "disposition">): boolean {
  return disposition !== null && disposition !== "unknown" && WENT.has(disposition);
}

/** Whether any session of a job may be gone. */
export function anyWent(counts: DispositionCounts): boolean {
  return Object.entries(counts).some(([name, n]) => n > 0 && WENT.has(name as Disposition));
}

/**
 * Sessions that went, under 16 bytes of keyed hashes, so that one that is gone can be explained. Hashes have no
 * order in time: in one tree each row would be written into another page. So each stretch of rows, written one
 * after the other on one day, has its own part of the tree; a look-up asks each of them.
 */
export class Removals extends Table {
  readonly #keyring: Keyring;

  constructor(sql: SqlStorage, keyring: Keyring) {
    super(sql);
    this.#keyring = keyring;
  }

  /** Remembers which sessions of a job went, and how; ends that leave a session in place are not kept. */
  note(job: string, rows: readonly Ended[], now: number): void {
    const went = rows.flatMap((row) =>
      row.disposition === null || row.settled_at === null || !WENT.has(row.disposition)
        ? []
        : [
            [
              this.#key(row),
              row.disposition,
              row.settled_at,
              // Below 0 are the clauses of an erasure, which no clock decided.
              ...(row.clause < 0 ? [] : [row.clause, row.due_at]),
            ],
          ],
    );
    if (went.length > 0) {
      this.#write(job, went, now);
    }
  }

  /** Remembers a session that a caller of the embedded store removed. */
  noteCall(ref: SessionRef, now: number): void {
    this.#write("", [[this.#key(ref), "deleted", now]], now);
  }

  find(ref: SessionRef): Remembered | null {
    const key = this.#key(ref);
    return this.#newest(key, key);
  }

  /** The newest of all sessions of an id: in which scope it was is not kept. */
  findId(id: string): Remembered | null {
    const half = this.#half(id);
    return this.#newest(`${half}${"0".repeat(HALF)}`, `${half}${"f".repeat(HALF)}`);
  }

  #newest(from: string, to: string): Remembered | null {
    const [row] = this.rows<Remembered & { job: string }>(
      `SELECT j.job AS job, r.disposition, r.at, r.clause, r.due_at
         FROM removal_stretches s
         CROSS JOIN removals r ON r.stretch = s.no AND r.session BETWEEN unhex(?) AND unhex(?)
         JOIN removal_jobs j ON j.no = r.job
         ORDER BY r.at DESC, r.stretch DESC LIMIT 1`,
      from,
      to,
    );
    return row === undefined ? null : { ...row, job: row.job === "" ? null : row.job };
  }

  #write(job: string, rows: readonly (readonly (string | number)[])[], now: number): void {
    this.sql.exec(
      `INSERT OR REPLACE INTO removals (stretch, session, job, disposition, at, clause, due_at)
       SELECT ?, unhex(value ->> 0), ?, value ->> 1, value ->> 2, value ->> 3, value ->> 4
       FROM json_each(?)`,
      this.#stretchFor(rows.length, now),
      this.#numberOf(job, now),
      JSON.stringify(rows),
    );
  }

  /** The last stretch while it is of today and has room, or a new one; counts the rows that it gets. */
  #stretchFor(rows: number, now: number): number {
    const day = Math.floor(now / DAY_MS);
    const [last] = this.rows<{ no: number }>(
      `UPDATE removal_stretches SET rows = rows + ?1
         WHERE no = (SELECT max(no) FROM removal_stretches) AND day = ?2 AND rows + ?1 <= ${STRETCH}
         RETURNING no`,
      rows,
      day,
    );
    return (
      last ??
      this.sql
        .exec<{ no: number }>(
          "INSERT INTO removal_stretches (day, rows) VALUES (?, ?) RETURNING no",
          day,
          rows,
        )
        .one()
    ).no;
  }

  /** Jobs by a small number: their ids are longer than all the rest of a row. */
  #numberOf(job: string, now: number): number {
    return this.number(
      `INSERT INTO removal_jobs (job, at) VALUES (?1, ?2)
       ON CONFLICT (job) DO UPDATE SET at = max(at, ?2) RETURNING no AS n`,
      job,
      now,
    );
  }

  /** 32 hex digits: of the id alone, by which a session can be found without its scope, and of both. */
  #key({ scope, id }: SessionRef): string {
    return this.#half(id) + this.#half(`${scope}\n${id}`);
  }

  #half(text: string): string {
    return this.#keyring.hash("session", text).slice(-64, HALF - 64);
  }
}

/** Forgets the oldest stretch, if it has had its time; true when there may be more. */
export function forgetRemovals(sql: SqlStorage, now: number): boolean {
  const today = Math.floor(now / DAY_MS);
  const [old] = sql
    .exec<{ no: number }>(
      "SELECT no FROM removal_stretches WHERE day < ? ORDER BY no LIMIT 1",
      today - KEPT_DAYS,
    )
    .toArray();
  if (old === undefined) {
    sql.exec("DELETE FROM removal_jobs WHERE at < ?", now - (KEPT_DAYS + SPARE_DAYS) * DAY_MS);
    return false;
  }
  sql.exec("DELETE FROM removals WHERE stretch = ?", old.no);
  sql.exec("DELETE FROM removal_stretches WHERE no = ?", old.no);
  return true;
}

export function hasRemovals(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM removal_stretches LIMIT 1").toArray().length > 0;
}
