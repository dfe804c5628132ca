import type { ErasureNews } from "../../contract/custodian.ts";
import { stalledSince, type ErasurePart, ENDED_PARTS } from "../../core/rule/erasure.ts";
import type { Records } from "../records.ts";
import { countPartRemovals } from "../signals/removals.ts";
import { advance } from "./combine_parts.ts";

/** Enters what a Custodian tells of one part, and goes on with the whole. */
export function enterErasureNews(records: Records, seq: number, news: ErasureNews): void {
  const { kind: _kind, id, ...told } = news;
  const { source, report } = told;
  const stored = records.erasures.get(id);
  if (stored === null || stored.head.finished_at !== null) {
    return;
  }
  const before = records.erasures.parts(id).find((known) => known.source === source);
  // The end of a part that was told already is not taken back by an order that was only repeated.
  if (before === undefined || isRepeated(before, report)) {
    return;
  }
  const since = stalledSince(report, before, records.runtime.now());
  const part: ErasurePart = { ...before, ...told, stalled_since: since };
  if (records.erasures.savePart(id, part, seq)) {
    if (!stored.head.dry_run) {
      countPartRemovals(records, source, before.report.dispositions, report.dispositions);
    }
    advance(records, id);
  }
}

function isRepeated(before: ErasurePart, { error }: ErasurePart["report"]): boolean {
  return error?.code === "order_known" && ENDED_PARTS.has(before.report.status);
}
