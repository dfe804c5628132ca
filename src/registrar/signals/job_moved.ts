import { addRise, type DispositionCounts } from "../../core/count/disposition.ts";
import type { CallbackEvent } from "../../core/report/callback.ts";
import { ENDED_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import { noteActivity } from "./activity.ts";
import { announce } from "./announce.ts";
import { countSweepRemovals } from "./removals.ts";
import { isLocal } from "../../sources/provider.ts";
import type { Log } from "../../platform/log.ts";
import type { Records } from "../records.ts";
import type { Moved } from "../tables/sweeps.ts";

/** What is told of a sweep that has moved; in the turn that stores it, so once. */
export function sweepMoved(records: Records, moved: Moved): void {
  const { before, after } = moved;
  const { id, policy, source, status, guard, approval, counts, dispositions } = after;
  const { config, counters, gauges, log, runtime } = records;
  const names = { sweep: id, policy, source };
  const job = { id, kind: "sweep", policy, sources: [source], counts };
  // A preview is of any version under any id: it says nothing of how the policy itself does.
  const isPreview = after.trigger === "preview";
  const tell = (event: CallbackEvent): void => (isPreview ? undefined : announce(records, event));
  if (status === "braked" && before.status !== "braked") {
    const { due, planned } = counts;
    log("warn", "sweep.braked", { ...names, guard: guard?.code ?? null, due, planned });
    tell({ type: "sweep.braked", about: id, data: { id, policy, source, guard, counts } });
  }
  if (status === "needs_approval" && before.status !== "needs_approval") {
    log("warn", "job.needs_approval", { ...names, kind: "sweep", reason: approval });
    tell({ type: "job.needs_approval", about: id, data: { ...job, reason: approval } });
  }
  if (status === "stalled") {
    log("error", "job.stalled", { ...names, kind: "sweep" });
    // Each tick makes a new sweep, which may stall again: a day's are one.
    tell({ type: "job.stalled", about: `${source} ${policy}`, data: { ...job, dispositions } });
  }
  if (ENDED_SWEEPS.has(status)) {
    logEnd(log, names, after);
    if (after.stop_reason !== null) {
      noteActivity(records, "sweep.stopped", id, null, after.stop_reason);
    }
  }
  if (isPreview) {
    return;
  }
  const now = runtime.now();
  gauges.noteBacklog(after, now);
  countSweepRemovals(records, moved);
  if (ENDED_SWEEPS.has(status)) {
    counters.add("lethe_sweeps_total", { source, policy, status }, 1, now);
    const from = config.sources.get(source);
    gauges.note(after, from !== undefined && isLocal(from), now);
  }
}

function logEnd(log: Log, names: Parameters<Log>[2], after: SweepReport): void {
  const { mode, trigger, status, error, counts, dispositions, unsearched } = after;
  const level = status === "failed" ? "error" : "info";
  const error_code = error?.code ?? null;
  const unreadable = after.unreadable.count;
  const ended = { ...names, mode, trigger, status, error_code, unsearched, unreadable };
  log(level, "sweep.ended", { ...ended, ...counts, ...dispositions });
}

/**
 * What is told of an erasure that has moved. Counts and statuses: nothing of whom it is about. Of a dry run there
 * is its end in the log: whoever asked looks at it, and nothing of anybody's right depends on it.
 */
export function erasureMoved(
  records: Records,
  before: Pick<ErasureReport, "status" | "finished_at">,
  after: ErasureReport,
): void {
  const { id, status, dry_run, error, sources, finished_at: finishedAt } = after;
  if (status === before.status && finishedAt === before.finished_at) {
    return;
  }
  const parts = Object.values(sources);
  const found = parts.reduce((sum, part) => sum + part.found, 0);
  const counts = { found };
  const dispositions = parts.reduce<DispositionCounts>(
    (sum, part) => addRise(sum, {}, part.dispositions),
    {},
  );
  if (finishedAt !== null) {
    const level = status === "failed" ? "error" : "info";
    const ended = { erasure: id, dry_run, status, sources: parts.length, found };
    records.log(level, "erasure.ended", { ...ended, ...dispositions });
  }
  if (dry_run) {
    return;
  }
  if (status === "needs_approval") {
    const reason = error?.code ?? null;
    const where = Object.keys(sources);
    const data = { id, kind: "erasure", policy: null, sources: where, counts, reason };
    announce(records, { type: "job.needs_approval", about: id, data });
    records.log("warn", "job.needs_approval", { erasure: id, kind: "erasure", reason });
  }
  if (status === "stalled") {
    records.log("error", "job.stalled", { erasure: id, kind: "erasure" });
    const stalled = Object.entries(sources).filter(([, part]) => part.status === "stalled");
    const where = stalled.map(([source]) => source);
    const data = { id, kind: "erasure", policy: null, sources: where, counts, dispositions };
    announce(records, { type: "job.stalled", about: id, data });
  }
  if (finishedAt !== null && status === "conflict") {
    noteActivity(records, "erasure.stopped", id, null, "conflict");
  }
  if (finishedAt !== null) {
    records.counters.add("lethe_erasures_total", { status }, 1, records.runtime.now());
    tellNearMisses(records, after);
  }
  if (status === "partial" || (finishedAt !== null && status !== "completed")) {
    tellIncomplete(records, after, counts, dispositions);
  }
}

/** What looks like the person's and was left is worth a look: it may be the person's under another spelling. */
function tellNearMisses(records: Records, { id, status, sources }: ErasureReport): void {
  const near = Object.entries(sources).flatMap(([source, { near_misses: found }]) =>
    found === null || found.sessions === 0 ? [] : [[source, found] as const],
  );
  if (near.length === 0) {
    return;
  }
  const data = { id, status, near_misses: Object.fromEntries(near) };
  announce(records, { type: "erasure.near_misses", about: id, data });
  const sessions = near.reduce((sum, [, found]) => sum + found.sessions, 0);
  records.log("warn", "erasure.near_misses", { erasure: id, status, sessions });
}

/** Whoever asked may not look again: an erasure that did not remove everything of somebody is told. */
function tellIncomplete(
  records: Records,
  { id, status, error, sources, finished_at: finishedAt }: ErasureReport,
  counts: { readonly found: number },
  dispositions: DispositionCounts,
): void {
  const where = Object.fromEntries(
    Object.entries(sources).map(([source, part]) => [
      source,
      { status: part.status, reason: part.error?.code ?? null },
    ]),
  );
  const reasons = Object.values(where).map((part) => part.reason);
  const reason = error?.code ?? reasons.find((one) => one !== null) ?? null;
  const ended = finishedAt !== null;
  const data = { id, status, ended, reason, sources: where, counts, dispositions };
  announce(records, { type: "erasure.incomplete", about: `${id} ${status} ${ended}`, data });
  records.log("warn", "erasure.incomplete", { erasure: id, status, ended, reason });
}

/** Counts what a job has settled since its last news; an erasure has no policy. */
