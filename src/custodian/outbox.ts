import type { ErasureNews, NewsItem, SweepNews } from "./contract.ts";

/** One undelivered piece of news; `final` when the job has ended and its rows may go. */
export interface OutboxRow extends NewsItem {
  readonly final: boolean;
}

/**
 * News on its way to the Registrar: one row a job, replaced by newer news, gone on the answer. The
 * numbers only rise, so a delivery that is repeated or overtaken changes nothing.
 */
export class Outbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  put(news: SweepNews | ErasureNews, final: boolean): void {
    this.#sql.exec(
      `INSERT INTO facts (name, value) VALUES ('outbox_seq', '1')
       ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
    );
    this.#sql.exec(
      `INSERT OR REPLACE INTO outbox (job, seq, news, final)
       VALUES (?, (SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'outbox_seq'), ?, ?)`,
      news.id,
      JSON.stringify(news),
      final ? 1 : 0,
    );
  }

  pending(source: string): OutboxRow[] {
    return this.#sql
      .exec<{ seq: number; news: string; final: number }>(
        "SELECT seq, news, final FROM outbox ORDER BY seq LIMIT 100",
      )
      .toArray()
      .map(({ seq, news, final }) => ({
        source,
        seq,
        news: JSON.parse(news) as SweepNews | ErasureNews,
        final: final === 1,
      }));
  }

  /** Takes a delivered row away, unless newer news has replaced it. True when it went. */
  delivered(row: OutboxRow): boolean {
    return (
      this.#sql.exec("DELETE FROM outbox WHERE job = ? AND seq = ?", row.news.id, row.seq)
        .rowsWritten > 0
    );
  }
}
