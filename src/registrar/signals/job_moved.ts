import { addRise, type DispositionCounts } from "../../core/count/disposition.ts";
import { ENDED_SWEEPS } from "../../core/report/sweep.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import { announce } from "./announce.ts";
import type { Records } from "../records.ts";
import type { Counter } from "../tables/counters.ts";
import type { Moved } from "../tables/sweeps.ts";

/** What is told of a sweep that has moved; in the turn that stores it, so once. */
export function sweepMoved(records: Records, moved: Moved): void {
  const { before, after } = moved;
  const { id, policy, source, status, counts, dispositions } = after;
  logSweep(records, moved);
  // A preview is of any text under any id: it says nothing of how the policy itself does.
  if (after.trigger === "preview") {
    return;
  }
  if (status === "braked" && before.status !== "braked") {
    const data = { id, policy, source, guard: after.guard, counts };
    announce(records, { type: "sweep.braked", about: id, data });
  }
  if (status === "needs_approval" && before.status !== "needs_approval") {
    const data = { id, kind: "sweep", policy, sources: [source], counts, reason: after.approval };
    announce(records, { type: "job.needs_approval", about: id, data });
  }
  if (status === "stalled") {
    const data = { id, kind: "sweep", policy, sources: [source], counts, dispositions };
    // Each tick makes a new sweep, which may stall again: a day's are one.
    announce(records, { type: "job.stalled", about: `${source} ${policy}`, data });
  }
  const now = records.runtime.now();
  records.gauges.noteBacklog(after);
  countRemovals(records, { source, policy }, before.dispositions, dispositions, now);
  if (ENDED_SWEEPS.has(status)) {
    records.counters.add({ name: "sweeps", source, policy, label: status }, 1, now);
    records.gauges.note(after, now);
  }
}

function logSweep({ log }: Records, { before, after }: Moved): void {
  const { id, policy, source, mode, trigger, status, error, counts, dispositions } = after;
  const names = { sweep: id, policy, source };
  if (status === "braked" && before.status !== "braked") {
    const { due, planned } = counts;
    log("warn", "sweep.braked", { ...names, guard: after.guard?.code ?? null, due, planned });
  }
  if (status === "needs_approval" && before.status !== "needs_approval") {
    log("warn", "job.needs_approval", { ...names, kind: "sweep", reason: after.approval });
  }
  if (status === "stalled") {
    log("error", "job.stalled", { ...names, kind: "sweep" });
  }
  if (ENDED_SWEEPS.has(status)) {
    const level = status === "failed" ? "error" : "info";
    const error_code = error?.code ?? null;
    const { unsearched } = after;
    const unreadable = after.unreadable.count;
    const ended = { ...names, mode, trigger, status, error_code, unsearched, unreadable };
    log(level, "sweep.ended", { ...ended, ...counts, ...dispositions });
  }
}

/** Counts what a part of an erasure has settled since its last news. */
export function erasurePartMoved(
  records: Records,
  source: string,
  before: DispositionCounts,
  after: DispositionCounts,
): void {
  countRemovals(records, { source, policy: "" }, before, after, records.runtime.now());
}

/** What is told of an erasure that has moved. Counts and statuses: nothing of whom it is about. */
export function erasureMoved(
  records: Records,
  before: Pick<ErasureReport, "status" | "finished_at">,
  after: ErasureReport,
): void {
  const { id, status, error, sources, finished_at: finishedAt } = after;
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
  if (finishedAt !== null) {
    const counter = { name: "erasures", source: "", policy: "", label: status } as const;
    records.counters.add(counter, 1, records.runtime.now());
    const level = status === "failed" ? "error" : "info";
    records.log(level, "erasure.ended", {
      erasure: id,
      status,
      sources: parts.length,
      found,
      ...dispositions,
    });
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

function countRemovals(
  { counters }: Records,
  labels: Pick<Counter, "source" | "policy">,
  before: DispositionCounts,
  after: DispositionCounts,
  now: number,
): void {
  for (const [label, n] of Object.entries(addRise({}, before, after))) {
    counters.add({ name: "removals", ...labels, label }, n, now);
  }
}
