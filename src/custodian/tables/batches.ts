import { Table } from "../../platform/table.ts";

/** A removal of several sessions in one call. */
interface Batch {
  readonly batch: string;
  readonly job: number;
  readonly seqs: readonly number[];
}

/** The intents of removals that go many at a time: one row a batch, committed before the call. */
export class Batches extends Table {
  intend(batch: string, job: number, seqs: readonly number[]): void {
    this.sql.exec(
      "INSERT INTO batches (batch, job, seqs) VALUES (?, ?, ?)",
      batch,
      job,
      JSON.stringify(seqs),
    );
  }

  /** Notes that what a batch came to is stored. */
  answered(batch: string): void {
    this.sql.exec("UPDATE batches SET answered = 1 WHERE batch = ?", batch);
  }

  forget(batch: string): void {
    this.sql.exec("DELETE FROM batches WHERE batch = ?", batch);
  }

  /** Batches whose outcome is not known yet: of one job, or of every job and of removals for callers. */
  open(job: number | null = null): Batch[] {
    return this.rows<{ batch: string; job: number; seqs: string }>(
      "SELECT batch, job, seqs FROM batches WHERE job = coalesce(?, job) AND answered = 0",
      job,
    ).map((row) => ({ ...row, seqs: JSON.parse(row.seqs) as number[] }));
  }

  /** Batches whose outcome is stored here: their source need not remember them any more. */
  stored(job: number): string[] {
    return this.rows<{ batch: string }>(
      "SELECT batch FROM batches WHERE job = ? AND answered = 1",
      job,
    ).map(({ batch }) => batch);
  }
}
