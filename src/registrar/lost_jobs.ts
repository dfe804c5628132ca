import { ENDED_PARTS } from "../core/rule/erasure.ts";
import type { JobError } from "../core/report/job.ts";
import { WAITING_SWEEPS } from "../core/report/sweep.ts";
import { formatTimestamp } from "../core/values/timestamp.ts";
import type { LostNews, TakenJob } from "../contract/custodian.ts";
import type { Records } from "./records.ts";
import { advance } from "./erasures/combine_parts.ts";
import { withReason } from "./sweeps/stop_reason.ts";
import { sweepMoved } from "./signals/job_moved.ts";

/**
 * The jobs that have not ended by this record and that each source has taken: one that was restored to a time
 * before does not know them any more. A source that nobody has configured is asked where it has such jobs.
 */
export function takenJobs({
  config,
  commands,
  sweeps,
  erasures,
}: Records): Map<string, TakenJob[]> {
  const taken = new Map<string, TakenJob[]>([...config.sources.keys()].map((name) => [name, []]));
  const isOnItsWay = commands.onTheirWay();
  for (const { source, id, status } of [...sweeps.open(), ...erasures.openParts()]) {
    const jobs = taken.get(source) ?? [];
    taken.set(source, jobs);
    if (!isOnItsWay(source, id)) {
      jobs.push({ id, waits: WAITING_SWEEPS.has(status) || status === "planned" });
    }
  }
  return taken;
}

/** Ends a job that its Custodian does not know: nobody would ever tell of it, and nothing follows it. */
export function enterLost(
  records: Records,
  source: string,
  seq: number,
  { id, as }: LostNews,
): void {
  const message = `${source} does not know it any more: an object was restored to a time before it, and what it came to since it last told is not known`;
  const error: JobError = { code: "order_lost", message };
  endSweep(records, source, seq, { kind: "lost", id, as }, error);
  endPart(records, source, seq, id, error);
}

function endSweep(
  records: Records,
  source: string,
  seq: number,
  { id, as }: LostNews,
  error: JobError,
): void {
  const now = formatTimestamp(records.runtime.now());
  const moved = records.sweeps.update(id, seq, (report) =>
    withReason(records, {
      ...report,
      status: as ?? "stopped",
      waits_since: null,
      // Nothing was ever told of it, and it is stopped: its order was taken back before it was taken.
      error: as !== null && report.status === "queued" ? null : error,
      finished_at: now,
    }),
  );
  if (moved === null) {
    return;
  }
  sweepMoved(records, moved);
  if (moved.after.error !== null) {
    records.facts.noteSource(source, error.code, now);
  }
}

function endPart(records: Records, source: string, seq: number, id: string, error: JobError): void {
  const part = records.erasures.parts(id).find((one) => one.source === source);
  if (part === undefined || ENDED_PARTS.has(part.report.status)) {
    return;
  }
  const isTouched = Object.values(part.report.dispositions).some((count) => count > 0);
  // A plan of which nothing has gone is nobody's to approve any more.
  const plan = isTouched ? {} : { found: 0, guard: null };
  const report = { ...part.report, ...plan, status: "failed", error } as const;
  const lost = { ...part, report, plan_digest: null, stalled_since: null };
  if (records.erasures.savePart(id, lost, seq)) {
    advance(records, id);
  }
}
