import { addRise, type DispositionCounts } from "../core/disposition.ts";
import {
  ENDED_ERASURES,
  ENDED_SWEEPS,
  type ErasureReport,
  type ErasureStatus,
  type SweepReport,
} from "../core/job.ts";
import type { Books } from "./books.ts";
import type { Counter } from "./counters.ts";
import type { Moved } from "./sweep_table.ts";

/** What is told of a sweep that has moved; in the turn that stores it, so once. */
export function sweepMoved(books: Books, { before, after }: Moved): void {
  const { id, policy, source, mode, status, error, counts, dispositions } = after;
  const names = { sweep: id, policy, source };
  if (status === "braked" && before.status !== "braked") {
    const { due, planned } = counts;
    books.log("warn", "sweep.braked", { ...names, guard: after.guard?.code ?? null, due, planned });
  }
  if (status === "stalled") {
    books.log("error", "job.stalled", { ...names, kind: "sweep" });
  }
  const now = books.runtime.now();
  // A preview is of any text under any id: it says nothing of how the policy itself does.
  if (after.trigger !== "preview") {
    countRemovals(books, { source, policy }, before.dispositions, dispositions, now);
    countEnd(books, after, now);
  }
  if (ENDED_SWEEPS.has(status)) {
    const level = status === "failed" ? "error" : "info";
    const error_code = error?.code ?? null;
    books.log(level, "sweep.ended", {
      ...names,
      mode,
      trigger: after.trigger,
      status,
      error_code,
      ...counts,
      ...dispositions,
    });
  }
}

/** Counts what a part of an erasure has settled since its last news. */
export function erasurePartMoved(
  books: Books,
  source: string,
  before: DispositionCounts,
  after: DispositionCounts,
): void {
  countRemovals(books, { source, policy: "" }, before, after, books.runtime.now());
}

/** What is told of an erasure that has moved. Counts and statuses: nothing of whom it is about. */
export function erasureMoved(books: Books, before: ErasureStatus, after: ErasureReport): void {
  const { id, status, error, sources } = after;
  if (status === before) {
    return;
  }
  if (status === "needs_approval") {
    const reason = error?.code ?? null;
    books.log("warn", "job.needs_approval", { erasure: id, kind: "erasure", reason });
  }
  if (status === "stalled") {
    books.log("error", "job.stalled", { erasure: id, kind: "erasure" });
  }
  if (ENDED_ERASURES.has(status)) {
    const counter = { name: "erasures", source: "", policy: "", label: status } as const;
    books.counters.add(counter, 1, books.runtime.now());
    const level = status === "failed" ? "error" : "info";
    const parts = Object.values(sources);
    books.log(level, "erasure.ended", {
      erasure: id,
      status,
      sources: parts.length,
      found: parts.reduce((sum, { found }) => sum + found, 0),
      ...parts.reduce<DispositionCounts>((sum, part) => addRise(sum, {}, part.dispositions), {}),
    });
  }
}

function countEnd({ counters, gauges }: Books, report: SweepReport, now: number): void {
  const { source, policy, status } = report;
  if (ENDED_SWEEPS.has(status)) {
    counters.add({ name: "sweeps", source, policy, label: status }, 1, now);
    gauges.note(report, now);
  }
}

function countRemovals(
  { counters }: Books,
  labels: Pick<Counter, "source" | "policy">,
  before: DispositionCounts,
  after: DispositionCounts,
  now: number,
): void {
  for (const [label, n] of Object.entries(addRise({}, before, after))) {
    counters.add({ name: "removals", ...labels, label }, n, now);
  }
}
