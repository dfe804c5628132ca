/** A removal of several sessions in one call. */
export interface Batch {
  readonly batch: string;
  readonly seqs: readonly number[];
}

/** The intents of removals that go many at a time: one row a batch, committed before the call. */
export class Batches {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  intend(batch: string, job: number, seqs: readonly number[]): void {
    this.#sql.exec(
      "INSERT INTO batches (batch, job, seqs) VALUES (?, ?, ?)",
      batch,
      job,
      JSON.stringify(seqs),
    );
  }

  /** Notes that what a batch came to is stored. */
  answered(batch: string): void {
    this.#sql.exec("UPDATE batches SET answered = 1 WHERE batch = ?", batch);
  }

  forget(batch: string): void {
    this.#sql.exec("DELETE FROM batches WHERE batch = ?", batch);
  }

  /** Batches whose outcome is not known yet. */
  open(job: number): Batch[] {
    return this.#sql
      .exec<{ batch: string; seqs: string }>(
        "SELECT batch, seqs FROM batches WHERE job = ? AND answered = 0",
        job,
      )
      .toArray()
      .map(({ batch, seqs }) => ({ batch, seqs: JSON.parse(seqs) as number[] }));
  }

  /** The same of every job, and of removals for callers. */
  openAll(): (Batch & { readonly job: number })[] {
    return this.#sql
      .exec<{ batch: string; job: number; seqs: string }>(
        "SELECT batch, job, seqs FROM batches WHERE answered = 0",
      )
      .toArray()
      .map(({ batch, job, seqs }) => ({ batch, job, seqs: JSON.parse(seqs) as number[] }));
  }

  /** Batches whose outcome is stored here: their source need not remember them any more. */
  stored(job: number): string[] {
    return this.#sql
      .exec<{ batch: string }>("SELECT batch FROM batches WHERE job = ? AND answered = 1", job)
      .toArray()
      .map(({ batch }) => batch);
  }
}
