import type { Threshold } from "../core/due.ts";
import type { PlannedSession, PlanPage, PlanPageRequest } from "./contract.ts";
import type { Jobs } from "./jobs.ts";
import { isPlanned } from "./news.ts";
import type { Plan, PlanRow } from "./plan.ts";
import { ruleOf } from "./select.ts";

/** Reads one page of a sweep's plan, in its order: who is to approve it must see what it holds. */
export function planPage(
  jobs: Jobs,
  plan: Plan,
  sweep: string,
  { limit, after }: PlanPageRequest,
): PlanPage {
  const job = jobs.byId(sweep);
  if (job === null || job.order.kind !== "sweep") {
    return { kind: "gone" };
  }
  if (!isPlanned(job.progress)) {
    return { kind: "pending" };
  }
  const { thresholds } = ruleOf(job.order, job.progress.cutoff);
  const rows = plan.page(job.no, after, limit + 1);
  const data = rows.slice(0, limit);
  return {
    kind: "page",
    data: data.map((row) => describe(row, thresholds[row.clause])),
    next: rows.length > limit ? (data.at(-1)?.seq ?? null) : null,
  };
}

function describe(row: PlanRow, threshold: Threshold | undefined): PlannedSession {
  if (threshold === undefined) {
    throw new Error("a row of a plan has no clause of its policy");
  }
  const { scope, id, clause, due_at, disposition } = row;
  return {
    scope,
    id,
    clause,
    clock: threshold.clock,
    threshold: threshold.at,
    due_at,
    disposition,
  };
}
