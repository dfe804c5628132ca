/** A removal of several sessions in one call, whose outcome is not stored yet, or not yet forgotten there. */
export interface Batch {
  readonly batch: string;
  readonly job: number;
  readonly seqs: readonly number[];
  readonly settled: boolean;
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

  settled(batch: string): void {
    this.#sql.exec("UPDATE batches SET settled = 1 WHERE batch = ?", batch);
  }

  forget(batch: string): void {
    this.#sql.exec("DELETE FROM batches WHERE batch = ?", batch);
  }

  of(job: number): Batch[] {
    return this.#sql
      .exec<{ batch: string; job: number; seqs: string; settled: number }>(
        "SELECT batch, job, seqs, settled FROM batches WHERE job = ?",
        job,
      )
      .toArray()
      .map(({ batch, seqs, settled }) => ({
        batch,
        job,
        seqs: JSON.parse(seqs) as number[],
        settled: settled === 1,
      }));
  }
}
