import type { SweepOrder } from "../../contract/custodian.ts";
import { numberPlanned, planFollowers } from "./take_families.ts";
import { count, note, type SweepJob } from "../tables/jobs.ts";
import { START_ORDERING, type Ordering } from "../tables/ordering.ts";
import type { Work } from "../job/work.ts";
import { leave } from "../job/settle.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

/** Rows of one step that moves them, and of one that looks through them: a few milliseconds each. */
const MOVE = 2000;
const LOOK = 5000;

/**
 * Puts a sweep's rows in order, the longest overdue first, each session once; keeps each person's newest;
 * cuts to the budget. A plan may have a million rows, so each step takes a bounded number of them, and
 * rows that arrived in order and once each are looked through and left where they are.
 */
export function orderSweep(work: Work, job: SweepJob): StepResult {
  work.commit(job, () => {
    let part: Ordering["part"];
    do {
      ({ part } = job.progress.plan.ordering);
      orderSome(work, job);
      // A part that has come to its end left room in the step.
    } while (job.progress.phase === "planning" && job.progress.plan.ordering.part !== part);
  });
  return AGAIN;
}

function orderSome(work: Work, job: SweepJob): void {
  switch (job.progress.plan.ordering.part) {
    case "repeats":
      return findRepeats(work, job);
    case "fold":
      return fold(work, job);
    case "unfold":
      return unfold(work, job);
    case "newest":
      return markNewest(work, job);
    case "keep":
      return keepNewest(work, job);
    case "number":
      return numberRows(work, job);
    case "follow":
      return follow(work, job);
    case "sort":
      return sort(work, job, job.order.policy.budget.items);
    case "place":
      return place(work, job);
    case "cut":
      return cut(work, job);
  }
}

/** Looks for a session that is there twice, and for the place where the budget ends. */
function findRepeats(work: Work, job: SweepJob): void {
  const { policy } = job.order;
  const { ordering, next_seq: nextSeq } = job.progress.plan;
  const { items } = policy.budget;
  const rows = work.plan_order.page(job.no, ordering.seq, LOOK);
  const repeated = work.repeats.take(job.no, ordering.seq, rows, nextSeq);
  if (repeated === null) {
    go(job, START_ORDERING);
    return;
  }
  const within = items - ordering.rows;
  const found: Ordering = {
    ...ordering,
    seq: rows.at(-1)?.seq ?? ordering.seq,
    rows: ordering.rows + rows.length,
    repeated: ordering.repeated || repeated,
    cut: ordering.cut ?? (within <= rows.length ? (rows[within - 1]?.seq ?? null) : null),
  };
  if (rows.length === LOOK) {
    go(job, found);
    return;
  }
  work.repeats.clear();
  if (found.repeated) {
    go(job, { ...found, part: "fold", seq: 0 });
  } else {
    afterRepeats(work, job, found);
  }
}

function afterRepeats(work: Work, job: SweepJob, found: Ordering): void {
  const { policy } = job.order;
  const { keep } = policy;
  const hasFamily = work.source.capabilities.has_children && job.progress.select.listed_all;
  const isInOrder = job.progress.select.sorted && keep?.latest === undefined && !hasFamily;
  if (isInOrder) {
    go(job, { ...found, part: "cut" });
  } else {
    go(job, {
      ...found,
      part: keep?.latest === undefined ? beforeSort(policy) : "newest",
      seq: 0,
      rows: 0,
    });
  }
}

/** Moves the rows into one place a session. */
function fold(work: Work, job: SweepJob): void {
  if (work.plan_order.stage(job.no, "key", MOVE) < MOVE) {
    go(job, { part: "unfold", seq: 0 });
  }
}

/** Moves them back: now each session counts once, in the due and in what they are a share of. */
function unfold(work: Work, job: SweepJob): void {
  const { matched } = job.progress;
  const { ordering, next_seq: nextSeq } = job.progress.plan;
  const { n: placed } = work.plan_order.place(job.no, nextSeq, MOVE);
  const distinct = ordering.seq + placed;
  note(job, "plan", { next_seq: nextSeq + placed });
  note(job, "select", { sorted: false });
  if (placed === MOVE) {
    go(job, { seq: distinct });
    return;
  }
  const again = ordering.rows - distinct;
  count(job, { due: -again });
  job.progress = { ...job.progress, matched: matched === null ? null : matched - again };
  afterRepeats(work, job, ordering);
}

function markNewest(work: Work, job: SweepJob): void {
  const { person } = job.progress.plan.ordering;
  const latest = job.order.policy.keep?.latest ?? 0;
  const next = work.newest_candidates.markNewest(job.no, latest, person, MOVE);
  go(job, next === null ? { part: "keep", seq: 0 } : { person: next });
}

/** What goes with others is planned when it is known what those are. */
function beforeSort({ children }: SweepOrder["policy"]): Ordering["part"] {
  return children === "together" ? "number" : "sort";
}

function numberRows(work: Work, job: SweepJob): void {
  const last = numberPlanned(work, job, job.progress.plan.ordering.seq);
  go(job, last === null ? { part: "follow", family: null } : { seq: last });
}

function follow(work: Work, job: SweepJob): void {
  if (!planFollowers(work, job)) {
    go(job, { part: "sort", rows: 0 });
  }
}

function keepNewest(work: Work, job: SweepJob): void {
  const { ordering } = job.progress.plan;
  const { last, due: kept } = work.plan_order.takeOut(job.no, "newest", ordering.seq, MOVE);
  if (last === null) {
    go(job, { part: beforeSort(job.order.policy), seq: 0, rows: 0 });
    return;
  }
  count(job, { due: -kept, kept });
  go(job, { seq: last });
}

/** Moves the rows into order; what falls behind the end of the budget goes at once. */
function sort(work: Work, job: SweepJob, items: number): void {
  const { ordering } = job.progress.plan;
  const moved = work.plan_order.stage(job.no, "due", MOVE);
  const staged = ordering.rows + moved;
  const beyond = staged - items;
  if (beyond > 0) {
    leave(job, work.plan_order.trim(job.no, beyond));
  }
  const rows = Math.min(staged, items);
  go(job, moved < MOVE ? { part: "place", rows: 0 } : { rows });
}

function place(work: Work, job: SweepJob): void {
  const { ordering, next_seq: nextSeq } = job.progress.plan;
  const { n: placed, oldest } = work.plan_order.place(job.no, nextSeq, MOVE);
  const rows = ordering.rows + placed;
  // The first in line is not always the longest overdue: what has made others comes after them.
  const first = Math.min(oldest ?? Infinity, job.progress.plan.first_due_at ?? Infinity);
  note(job, "plan", {
    next_seq: nextSeq + placed,
    first_due_at: first === Infinity ? null : first,
  });
  if (placed === MOVE) {
    go(job, { rows });
  } else {
    finish(work, job, rows);
  }
}

/** The rows are in order as they came: those beyond the budget go. */
function cut(work: Work, job: SweepJob): void {
  const { cut: last, rows } = job.progress.plan.ordering;
  if (last === null) {
    finish(work, job, rows);
    return;
  }
  leave(job, work.plan_order.page(job.no, last, 1)[0]?.due_at ?? null);
  const dropped = work.plan_order.cutAfter(job.no, last, MOVE);
  if (dropped === MOVE) {
    go(job, { rows: rows - dropped });
  } else {
    finish(work, job, rows - dropped);
  }
}

function finish(work: Work, job: SweepJob, planned: number): void {
  const [first] = work.plan_order.page(job.no, 0, 1);
  note(job, "plan", {
    first_due_at: job.progress.plan.first_due_at ?? first?.due_at ?? null,
    found: planned,
  });
  count(job, { planned });
  job.progress = { ...job.progress, phase: "guarding", cursor: null };
}

function go(job: SweepJob, change: Partial<Ordering>): void {
  note(job, "plan", { ordering: { ...job.progress.plan.ordering, ...change } });
}
