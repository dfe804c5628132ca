import type { Disposition, DispositionCounts } from "../core/disposition.ts";
import type { Keyring } from "../core/hash.ts";
import type { SessionRef } from "../core/session.ts";
import type { Remembered } from "./contract.ts";

/** What is remembered of a session that went, for so long. Milliseconds. */
const KEPT_MS = 90 * 86_400_000;

/** A job is noted once a slice, so its rows may be that much younger than its note. */
const SPARE_MS = 86_400_000;

/** Rows looked at in one statement when old ones are forgotten. */
const PAGE = 2000;

/** Ends after which a session is not there any more, or nobody knows. */
const WENT: ReadonlySet<Disposition> = new Set([
  "deleted",
  "already_absent",
  "absent_after_attempt",
  "unknown",
]);

/** Whether any session of a job may be gone. */
export function anyWent(counts: DispositionCounts): boolean {
  return Object.entries(counts).some(([name, n]) => n > 0 && WENT.has(name as Disposition));
}

/** A row of a plan, as far as it says how and why a session went. */
interface Settled extends SessionRef {
  readonly disposition: Disposition | null;
  readonly settled_at: number | null;
  readonly clause: number;
  readonly due_at: number;
}

/** Sessions that went, under a keyed hash of 16 bytes, so that one that is gone can be explained. */
export class Removals {
  readonly #sql: SqlStorage;
  readonly #keyring: Keyring;
  readonly #numbers = new Map<string, number>();

  constructor(sql: SqlStorage, keyring: Keyring) {
    this.#sql = sql;
    this.#keyring = keyring;
  }

  /** Remembers which sessions of a job went, and how; ends that leave a session in place are not kept. */
  note(job: string, rows: readonly Settled[], now: number): void {
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
    const [row] = this.#sql
      .exec<Remembered & { job: string } & Record<string, SqlStorageValue>>(
        `SELECT j.job AS job, r.disposition, r.at, r.clause, r.due_at FROM removals r
         JOIN removal_jobs j ON j.no = r.job WHERE session = unhex(?)`,
        this.#key(ref),
      )
      .toArray();
    return row === undefined ? null : { ...row, job: row.job === "" ? null : row.job };
  }

  #write(job: string, rows: readonly (readonly (string | number)[])[], now: number): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO removals (session, job, disposition, at, clause, due_at)
       SELECT unhex(value ->> 0), ?, value ->> 1, value ->> 2, value ->> 3, value ->> 4
       FROM json_each(?)`,
      this.#numberOf(job, now),
      JSON.stringify(rows),
    );
  }

  /** Jobs by a small number: their ids are longer than all the rest of a row. */
  #numberOf(job: string, now: number): number {
    const known = this.#numbers.get(job);
    if (known !== undefined) {
      return known;
    }
    const { no } = this.#sql
      .exec<{ no: number }>(
        `INSERT INTO removal_jobs (job, at) VALUES (?1, ?2)
         ON CONFLICT (job) DO UPDATE SET at = max(at, ?2) RETURNING no`,
        job,
        now,
      )
      .one();
    this.#numbers.set(job, no);
    return no;
  }

  /** 32 hex digits: the first half of the keyed hash. */
  #key({ scope, id }: SessionRef): string {
    const hash = this.#keyring.hash("session", `${scope}\n${id}`);
    return hash.slice(-64, -32);
  }
}

/**
 * Forgets what is too old in the next stretch of the table, in the order of its keys; `after` is where the
 * last one ended, "" to begin. Answers where to go on, or null at the end.
 */
export function forgetRemovals(sql: SqlStorage, after: string, now: number): string | null {
  const [end] = sql
    .exec<{ session: string }>(
      `SELECT hex(session) AS session FROM removals WHERE session > unhex(?)
       ORDER BY session LIMIT 1 OFFSET ${PAGE - 1}`,
      after,
    )
    .toArray();
  sql.exec(
    "DELETE FROM removals WHERE session > unhex(?) AND session <= unhex(?) AND at < ?",
    after,
    end?.session ?? "ff".repeat(16),
    now - KEPT_MS,
  );
  if (end === undefined) {
    sql.exec("DELETE FROM removal_jobs WHERE at < ?", now - KEPT_MS - SPARE_MS);
  }
  return end?.session ?? null;
}

export function hasRemovals(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM removals LIMIT 1").toArray().length > 0;
}
