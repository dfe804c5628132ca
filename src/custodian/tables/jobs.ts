import { Table } from "../../platform/table.ts";
import type { SessionCounts } from "../../core/report/sweep.ts";
import type { ErasureOrder, JobOrder, StopAs, SweepOrder } from "../../contract/custodian.ts";
import { JobTurns } from "./job_turns.ts";
import { KnownJobs } from "./known_jobs.ts";
import {
  START_ERASURE,
  START_SWEEP,
  type ErasureProgress,
  type Progress,
  type SweepProgress,
} from "./progress.ts";

/** A command that came while the job may be at work; the job's next turn obeys. */
export type Wish =
  | { readonly do: "proceed"; readonly found?: number }
  | { readonly do: "stop"; readonly as: StopAs };

interface JobOf<O extends JobOrder, P extends Progress> {
  readonly kind: O["kind"];
  readonly no: number;
  readonly id: string;
  readonly order: O;
  progress: P;
  failed_attempts: number;
}

export type SweepJob = JobOf<SweepOrder, SweepProgress>;
export type ErasureJob = JobOf<ErasureOrder, ErasureProgress>;
export type Job = SweepJob | ErasureJob;

/** A job by its order; the stored progress of an order is of the same kind. */
export function jobOf(of: Omit<Job, "kind">): Job {
  return { kind: of.order.kind, ...of } as Job;
}

interface JobRow extends Record<string, SqlStorageValue> {
  no: number;
  id: string;
  job_order: string;
  progress: string;
  failed_attempts: number;
}

/** What tells one selection from an earlier one, of whatever policy: its cutoff. */
export function selectionOf(job: Job): number {
  return job.kind === "sweep" ? (job.progress.cutoff ?? 0) : 0;
}

/** Changes some of what belongs to one phase in the progress of a job. */
export function note<J extends Job, G extends keyof J["progress"]>(
  job: J,
  group: G,
  change: Partial<J["progress"][G]>,
): void {
  const { progress }: { progress: J["progress"] } = job;
  job.progress = { ...progress, [group]: { ...progress[group], ...change } };
}

/** Adds to what a job counts. */
export function count(job: Job, more: Partial<SessionCounts>): void {
  const { counts } = job.progress;
  const added = Object.entries(more).map(([name, n]) => [
    name,
    counts[name as keyof SessionCounts] + n,
  ]);
  job.progress = { ...job.progress, counts: { ...counts, ...Object.fromEntries(added) } };
}

/** The progress of a job that has not begun. */
export function startOf(order: JobOrder): Progress {
  return order.kind === "sweep" ? START_SWEEP : START_ERASURE;
}

/** The jobs of a Custodian. */
export class Jobs extends Table {
  readonly turns: JobTurns;
  readonly known: KnownJobs;

  constructor(sql: SqlStorage) {
    super(sql);
    this.turns = new JobTurns(sql);
    this.known = new KnownJobs(sql);
  }

  /** Stores a new job; false when its id is known, or was. */
  add(order: JobOrder): boolean {
    return (
      this.sql.exec(
        `INSERT OR IGNORE INTO jobs (id, kind, job_order, progress)
         SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM done WHERE id = ?1)`,
        order.id,
        order.kind,
        JSON.stringify(order),
        JSON.stringify(startOf(order)),
      ).rowsWritten > 0
    );
  }

  byId(id: string): Job | null {
    return this.#read("WHERE id = ?", id)[0] ?? null;
  }

  byNo(no: number): Job | null {
    return this.#read("WHERE no = ?", no)[0] ?? null;
  }

  /** Every job, the oldest first. */
  all(): Job[] {
    return this.#read("ORDER BY no");
  }

  /** Jobs whose timer has come, the oldest first. */
  runnable(now: number, limit: number): Job[] {
    return this.#read(
      "JOIN timers ON name = 'job:' || id WHERE at <= ? ORDER BY no LIMIT ?",
      now,
      limit,
    );
  }

  /** Erasures that have something to list, or to read back, the oldest first; `begun`: past the first page. */
  searching(begun = false): ErasureJob[] {
    return this.#read(
      `WHERE kind = 'erasure'
         AND json_extract(progress, '$.phase') IN ('queued', 'listing', 'verifying')
         ${begun ? "AND json_extract(progress, '$.cursor') IS NOT NULL" : ""} ORDER BY no`,
    ).filter((job) => job.kind === "erasure");
  }

  save(job: Job): void {
    this.sql.exec(
      "UPDATE jobs SET progress = ?, failed_attempts = ? WHERE no = ?",
      JSON.stringify(job.progress),
      job.failed_attempts,
      job.no,
    );
  }

  /** Forgets whom an erasure is about: one that is kept to be read has no more use for it. */
  forgetIdentifiers(job: Job): void {
    this.sql.exec(
      `UPDATE jobs SET job_order = json_set(job_order, '$.identifiers', json('[]'))
       WHERE no = ? AND kind = 'erasure'`,
      job.no,
    );
  }

  /** Notes what the Registrar wants of a job; a stop is never replaced by anything but a stop. */
  wish(id: string, wish: Wish): void {
    this.sql.exec(
      "UPDATE jobs SET wish = ? WHERE id = ? AND (wish IS NULL OR json_extract(wish, '$.do') <> 'stop')",
      JSON.stringify(wish),
      id,
    );
  }

  /** What the Registrar wants of a job; read again in the turn of every intent. */
  wishOf(no: number): Wish | null {
    const [row] = this.rows<{ wish: string | null }>("SELECT wish FROM jobs WHERE no = ?", no);
    return row === undefined || row.wish === null ? null : (JSON.parse(row.wish) as Wish);
  }

  /** Forgets a job but for its id, so that a command that comes again does not run it again. */
  finish(job: Job, now: number): void {
    this.known.forbid(job.id, now);
    this.sql.exec("DELETE FROM jobs WHERE no = ?", job.no);
  }

  #read(which: string, ...bindings: SqlStorageValue[]): Job[] {
    return this.rows<JobRow>(
      `SELECT no, id, job_order, progress, failed_attempts FROM jobs ${which}`,
      ...bindings,
    ).map(({ no, id, job_order, progress, failed_attempts }) =>
      jobOf({
        no,
        id,
        order: JSON.parse(job_order) as JobOrder,
        progress: JSON.parse(progress) as Progress,
        failed_attempts,
      }),
    );
  }
}
