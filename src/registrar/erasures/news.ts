import type { ErasureNews } from "../../contract/custodian.ts";
import { stalledSince, type ErasurePart, ENDED_PARTS } from "../../core/rule/erasure.ts";
import type { Records } from "../records.ts";
import { erasurePartMoved } from "../signals/job_moved.ts";
import { advance } from "./decide.ts";

/** Enters what a Custodian tells of one part, and goes on with the whole. */
export function enterErasureNews(records: Records, seq: number, news: ErasureNews): void {
  const { source, report, conflict, ids_found, unsearched, plan_digest } = news;
  const stored = records.erasures.get(news.id);
  if (stored === null || stored.head.finished_at !== null) {
    return;
  }
  const before = records.erasures.parts(news.id).find((known) => known.source === source);
  // The end of a part that was told already is not taken back by an order that was only repeated.
  if (before === undefined || isRepeated(before, report)) {
    return;
  }
  const since = stalledSince(report.status, before.stalled_since, records.runtime.now());
  const told = { report, conflict, ids_found, unsearched, plan_digest, stalled_since: since };
  const part: ErasurePart = { ...before, ...told };
  if (records.erasures.savePart(news.id, part, seq)) {
    erasurePartMoved(records, source, before.report.dispositions, report.dispositions);
    advance(records, news.id);
  }
}

function isRepeated(before: ErasurePart, { error }: ErasurePart["report"]): boolean {
  return error?.code === "order_known" && ENDED_PARTS.has(before.report.status);
}
