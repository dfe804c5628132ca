import { Table } from "../../platform/table.ts";
import type { News, NewsItem } from "../../contract/custodian.ts";
import type { Facts } from "./facts.ts";

/**
 * News on its way to the Registrar: one row a job and one for the source, replaced by newer news, gone on the answer. The
 * numbers only rise, so a delivery that is repeated or overtaken changes nothing.
 */
export class Outbox extends Table {
  readonly #facts: Facts;
  readonly #now: () => number;

  constructor(sql: SqlStorage, facts: Facts, now: () => number) {
    super(sql);
    this.#facts = facts;
    this.#now = now;
  }

  put(news: News): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO outbox (job, seq, news) VALUES (?, ?, ?)",
      rowOf(news),
      this.#facts.nextNews(this.#now()),
      JSON.stringify(news),
    );
  }

  /** The same, where nothing of the job is on its way. */
  putFirst(news: News): void {
    const [known] = this.rows<unknown>("SELECT 1 FROM outbox WHERE job = ?", rowOf(news));
    if (known === undefined) {
      this.put(news);
    }
  }

  pending(source: string): NewsItem[] {
    return this.rows<{ seq: number; news: string }>(
      "SELECT seq, news FROM outbox ORDER BY seq LIMIT 100",
    ).map(({ seq, news }) => ({ source, seq, news: JSON.parse(news) as News }));
  }

  /** Takes a delivered row away, unless newer news has replaced it. */
  delivered({ news, seq }: NewsItem): void {
    this.sql.exec("DELETE FROM outbox WHERE job = ? AND seq = ?", rowOf(news), seq);
  }
}

/** Ids of jobs begin with their kind, so none is this. */
function rowOf(news: News): string {
  return news.kind === "source" ? "source" : news.id;
}
