import type { Threshold } from "../../core/rule/due.ts";
import type {
  PlannedSession,
  PlanPage,
  PlanPageRequest,
  SoughtSession,
} from "../../contract/custodian.ts";
import type { Progress } from "../tables/progress.ts";
import { isPlanned } from "../record/status.ts";
import type { Rows } from "../tables/rows.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { ruleOf } from "../job/rule.ts";

/** Rows looked at for one page, however few of them are asked for. */
const MOST_ROWS = 2000;

/**
 * Reads one page of a sweep's plan, in its order: who is to approve it must see what it holds. A page of
 * what is new may hold fewer than asked for, and still have a next one.
 */
export function planPage(
  { jobs, plan, differences }: Pick<Rows, "jobs" | "plan" | "differences">,
  sweep: string,
  { limit, after, newly }: PlanPageRequest,
  now: number,
): PlanPage {
  const job = jobs.byId(sweep);
  if (job === null || job.kind !== "sweep" || isDropped(job.progress, now)) {
    return { kind: "gone" };
  }
  if (!isPlanned(job.progress)) {
    return { kind: "pending" };
  }
  const { thresholds } = ruleOf(job);
  const most = newly ? MOST_ROWS : limit;
  const rows = plan.page(job.no, after, most + 1);
  const seen = rows.slice(0, most);
  const added = job.order.other === undefined ? null : differences.newly(job.no, seen);
  const asked = seen
    .map((row, place) => ({ row, isNew: added?.has(place) ?? null }))
    .filter(({ isNew }) => !newly || isNew === true);
  const page = asked.slice(0, limit);
  const last = asked.length > limit ? page.at(-1)?.row : seen.at(-1);
  const hasMore = asked.length > limit || rows.length > most;
  return {
    kind: "page",
    data: page.map(({ row, isNew }) => describe(row, thresholds[row.clause], isNew)),
    next: hasMore ? (last?.seq ?? null) : null,
  };
}

/** The same of an erasure: in how it was listed, what goes with others after it. */
export function soughtPage(
  { jobs, plan }: Pick<Rows, "jobs" | "plan">,
  erasure: string,
  { limit, after }: Pick<PlanPageRequest, "limit" | "after">,
  now: number,
): PlanPage<SoughtSession> {
  const job = jobs.byId(erasure);
  if (job === null || job.kind !== "erasure" || isDropped(job.progress, now)) {
    return { kind: "gone" };
  }
  if (!isPlanned(job.progress)) {
    return { kind: "pending" };
  }
  const rows = plan.sought(job.no, after, limit + 1);
  const seen = rows.slice(0, limit);
  return {
    kind: "page",
    data: seen.map(({ seq: _seq, ...row }) => row),
    next: rows.length > limit ? (seen.at(-1)?.seq ?? null) : null,
  };
}

/** Whether the rows are going, or have gone: part of a plan would read as the whole of it. */
function isDropped({ phase, end: { plan_until: until } }: Progress, now: number): boolean {
  return until === null ? phase === "clearing" || phase === "ended" : until <= now;
}

function describe(
  { scope, id, clause, due_at, disposition }: PlanRow,
  threshold: Threshold | undefined,
  newly: boolean | null,
): PlannedSession {
  if (threshold === undefined) {
    throw new Error("a row of a plan has no clause of its policy");
  }
  const { clock, at } = threshold;
  return { scope, id, clause, clock, threshold: at, due_at, newly, disposition };
}
