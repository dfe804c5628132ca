import { atMost } from "../durable/patience.ts";
import { describeThrown, writeLog } from "../log.ts";
import type { News, NewsItem } from "./contract.ts";
import type { Facts } from "./facts.ts";

/**
 * News on its way to the Registrar: one row a job and one for the source, replaced by newer news, gone on the answer. The
 * numbers only rise, so a delivery that is repeated or overtaken changes nothing.
 */
export class Outbox {
  readonly #sql: SqlStorage;
  readonly #facts: Facts;
  readonly #now: () => number;

  constructor(sql: SqlStorage, facts: Facts, now: () => number) {
    this.#sql = sql;
    this.#facts = facts;
    this.#now = now;
  }

  put(news: News): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO outbox (job, seq, news) VALUES (?, ?, ?)",
      rowOf(news),
      this.#facts.nextNews(this.#now()),
      JSON.stringify(news),
    );
  }

  /** The same, where nothing of the job is on its way. */
  putFirst(news: News): void {
    const [known] = this.#sql.exec("SELECT 1 FROM outbox WHERE job = ?", rowOf(news)).toArray();
    if (known === undefined) {
      this.put(news);
    }
  }

  pending(source: string): NewsItem[] {
    return this.#sql
      .exec<{ seq: number; news: string }>("SELECT seq, news FROM outbox ORDER BY seq LIMIT 100")
      .toArray()
      .map(({ seq, news }) => ({ source, seq, news: JSON.parse(news) as News }));
  }

  /** Takes a delivered row away, unless newer news has replaced it. */
  delivered({ news, seq }: NewsItem): void {
    this.#sql.exec("DELETE FROM outbox WHERE job = ? AND seq = ?", rowOf(news), seq);
  }
}

/** Ids of jobs begin with their kind, so none is this. */
function rowOf(news: News): string {
  return news.kind === "source" ? "source" : news.id;
}

/** How long the Registrar may take to enter news. */
const ANSWER_MS = 10_000;

/** What was not acknowledged is taken again after this long, in milliseconds. */
const AGAIN_MS = 5000;

/** Takes the news to the Registrar: null when all is acknowledged, else how long to wait for the rest. */
export async function deliverNews(
  outbox: Outbox,
  env: Env,
  source: string,
): Promise<number | null> {
  try {
    for (;;) {
      const rows = outbox.pending(source);
      if (rows.length === 0) {
        return null;
      }
      await atMost(ANSWER_MS, env.REGISTRAR.getByName("registrar").deliver(rows));
      for (const row of rows) {
        outbox.delivered(row);
      }
    }
  } catch (cause) {
    writeLog("error", "custodian.deliver.failed", { source, ...describeThrown(cause) });
    return AGAIN_MS;
  }
}
