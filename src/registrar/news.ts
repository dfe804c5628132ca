import type { NewsItem } from "../contract/custodian.ts";
import type { Books } from "./records.ts";
import { enterErasureNews } from "./erasures/decide.ts";
import { enterLost } from "./lost_jobs.ts";
import { enterSweepNews } from "./sweeps/decide.ts";

/** Enters what a Custodian tells, each piece of news once. */
export function enterNews(books: Books, items: readonly NewsItem[]): void {
  for (const { source, seq, news } of items) {
    switch (news.kind) {
      case "sweep":
        enterSweepNews(books, source, seq, news);
        break;
      case "erasure":
        enterErasureNews(books, seq, news);
        break;
      case "lost":
        enterLost(books, source, seq, news);
        break;
      case "source":
        books.readings.enter(source, seq, news.reading);
    }
  }
}
