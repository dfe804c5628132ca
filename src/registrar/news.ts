import type { NewsItem } from "../contract/custodian.ts";
import type { Records } from "./records.ts";
import { enterErasureNews } from "./erasures/news.ts";
import { enterLost } from "./lost_jobs.ts";
import { enterSweepNews } from "./sweeps/news.ts";

/** Enters what a Custodian tells, each piece of news once. */
export function enterNews(records: Records, items: readonly NewsItem[]): void {
  for (const { source, seq, news } of items) {
    switch (news.kind) {
      case "sweep":
        enterSweepNews(records, source, seq, news);
        break;
      case "erasure":
        enterErasureNews(records, seq, news);
        break;
      case "lost":
        enterLost(records, source, seq, news);
        break;
      case "source":
        records.readings.enter(source, seq, news.reading, records.runtime.now());
    }
  }
}
