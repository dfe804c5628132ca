import type { SweepNews } from "../../contract/custodian.ts";
import { backlogOf } from "../../core/count/backlog.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
import type { SweepProgress } from "../tables/progress.ts";

export const NO_BACKLOG = { backlog: null, oldest_due_at: null, drain_seconds: null };

export function backlogOfSweep(
  progress: SweepProgress,
): Pick<SweepNews, "backlog" | "oldest_due_at" | "drain_seconds"> {
  const { counts, dispositions, end } = progress;
  const { first_due_at: first, oldest_left: left } = progress.plan;
  const { interval_ms, reading } = progress.select;
  const { from, to } = progress.remove;
  const until = to ?? end.at;
  const counted = backlogOf({
    due: counts.due + counts.held + reading.left,
    dispositions,
    removing_ms: from === null || until === null ? null : until - from,
    interval_ms,
  });
  // Before the end, and where nothing was to be removed, the planned sessions are still there too.
  const isOver = end.at !== null && end.as !== "observed";
  const there = isOver ? left : earlier(first, left);
  return { ...counted, oldest_due_at: formatInstant(counted.backlog === 0 ? null : there) };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
