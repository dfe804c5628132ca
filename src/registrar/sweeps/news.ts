import type { SweepNews } from "../../contract/custodian.ts";
import { WAITING_SWEEPS, ENDED_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import { foldTick } from "./fold.ts";
import { withReason } from "./stop_reason.ts";
import { sweepMoved } from "../signals/job_moved.ts";

/** Enters what a Custodian tells of a sweep. */
export function enterSweepNews(
  records: Records,
  source: string,
  seq: number,
  news: SweepNews,
): void {
  const now = formatTimestamp(records.runtime.now());
  const { kind: _kind, id, account, ...told } = news;
  const moved = records.sweeps.update(id, seq, (report) =>
    withReason(records, {
      ...report,
      ...told,
      waits_since: WAITING_SWEEPS.has(told.status) ? (report.waits_since ?? now) : null,
    }),
  );
  if (moved === null) {
    return;
  }
  noteLive(records, moved.after, account);
  sweepMoved(records, moved);
  if (ENDED_SWEEPS.has(told.status)) {
    const detail = told.error?.code ?? (told.unsearched > 0 ? "unsearched" : null);
    records.facts.noteSource(source, detail, now);
    foldTick(records, moved.after);
  }
}

/** A version is trusted when a plan of it that was not empty has begun to remove, on the account it was made for. */
function noteLive(
  { versions, runtime }: Records,
  sweep: SweepReport,
  account: string | null,
): void {
  const { mode, status, counts, policy, policy_digest: digest, approved_by } = sweep;
  if (mode === "enforce" && account !== null && counts.planned > 0 && RUNS_LIVE.has(status)) {
    versions.trust(policy, digest, account, approved_by.at(0)?.name ?? null, runtime.now());
  }
}

/** Statuses that a plan reaches only by being let go on: one that is cancelled while it waits is `verifying`, too. */
const RUNS_LIVE: ReadonlySet<string> = new Set(["removing", "completed"]);
