import { Distinct } from "../../core/count/distinct.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { Descendant } from "../tables/family/family.ts";
import type { Follower, FollowerNotes } from "../tables/family/followers.ts";
import { count, note, type Job, type SweepJob } from "../tables/jobs.ts";
import { addToPlan } from "../job/add_to_plan.ts";
import type { Work } from "../job/work.ts";

// Where a policy says so, what a session has made and names nobody goes with it, and before it. It is planned
// when it is known what is due, and before the plan is cut to its budget.

/** Whether sessions of a plan may go with others. */
export function takesAlong(job: Job): boolean {
  return job.kind === "sweep" && job.order.policy.children === "together";
}

/** Which of these rows go with others, by their places. */
export function notesOf(
  work: Work,
  job: Job,
  rows: readonly SessionRef[],
): ReadonlyMap<number, FollowerNotes> {
  return takesAlong(job) ? work.followers.find(job.no, rows) : new Map();
}

/** Rows of the plan, and descendants, of one step: a few milliseconds. */
const ROWS = 2000;
const DESCENDANTS = 200;

/** Notes where in the plan sessions stand: a page of rows after a seq. Null when there are no more. */
export function numberPlanned(work: Work, job: Job, after: number): number | null {
  const rows = work.plan_order.page(job.no, after, ROWS);
  work.family.setPlanned(job.no, rows);
  return rows.length < ROWS ? null : (rows.at(-1)?.seq ?? null);
}

/** Plans a page of what goes with sessions of the plan; false when there is no more. */
export function planFollowers(work: Work, job: SweepJob): boolean {
  const { ordering } = job.progress.plan;
  const page = work.family.descendants(job.no, ordering.family, DESCENDANTS);
  if (page === null) {
    return false;
  }
  const followers = page.found.flatMap((one) => followerOf(one) ?? []);
  const due = new Map(
    work.plan
      .bySeqs(
        job.no,
        followers.map(({ planned }) => planned),
      )
      .map((row) => [row.seq, row]),
  );
  const rows = followers.flatMap((one) => {
    const why = due.get(one.planned);
    return why === undefined ? [] : [{ ...one, clause: why.clause, due_at: why.due_at }];
  });
  work.followers.add(job.no, rows);
  addToPlan(work, job, rows);
  count(job, { due: rows.length });
  note(job, "select", { pending: job.progress.select.pending + rows.length });
  note(job, "plan", { ordering: { ...ordering, family: page.last } });
  countUnselected(
    job,
    rows.filter(({ selected }) => !selected),
  );
  return true;
}

/** What goes with others is part of what the brake takes its share of, whatever its metadata say. */
function countUnselected(job: Job, followers: readonly SessionRef[]): void {
  const { matched } = job.progress;
  if (matched === null || followers.length === 0) {
    return;
  }
  const distinct = new Distinct(job.progress.select.distinct);
  for (const { scope, id } of followers) {
    distinct.add(`${scope}\n${id}`);
  }
  job.progress = { ...job.progress, matched: matched + followers.length };
  note(job, "select", { distinct: distinct.toString() });
}

/** A session with its line up to the nearest that is planned, if every one below that may go with it. */
function followerOf({
  scope,
  id,
  version,
  follows,
  planned,
  selected,
  ancestors,
}: Descendant): (Follower & Pick<Descendant, "planned" | "selected">) | null {
  const top = ancestors.findIndex((one) => one.planned > 0);
  const line = ancestors.slice(0, top + 1);
  const due = line.at(-1);
  return planned > 0 ||
    !follows ||
    due === undefined ||
    !line.slice(0, -1).every((one) => one.follows)
    ? null
    : { scope, id, version, line, planned: due.planned, selected };
}
