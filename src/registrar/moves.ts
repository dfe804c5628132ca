import { addRise, type DispositionCounts } from "../core/disposition.ts";
import {
  ENDED_ERASURES,
  ENDED_SWEEPS,
  type ErasureReport,
  type ErasureStatus,
} from "../core/job.ts";
import type { Books } from "./books.ts";
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
  if (ENDED_SWEEPS.has(status)) {
    const level = status === "failed" ? "error" : "info";
    const error_code = error?.code ?? null;
    books.log(level, "sweep.ended", {
      ...names,
      mode,
      status,
      error_code,
      ...counts,
      ...dispositions,
    });
  }
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
