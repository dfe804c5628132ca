import { judge, type Rule } from "../../core/rule/due.ts";
import type { Sink } from "../../sources/source.ts";
import { note, selectionOf, type Job, type SweepJob } from "../tables/jobs.ts";
import { START_ORDERING } from "../tables/ordering.ts";
import { queryOf } from "../select/query.ts";
import { ruleOf } from "../job/rule.ts";
import { forgetAsked } from "./shared_followers.ts";
import type { Work } from "../job/work.ts";
import { settleRows } from "../job/settle.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

/** Rows of one step: a few milliseconds. */
const ROWS = 2000;

/** Under this number stand the candidates as they are now: only a preview has another version's there. */
function candidatesNow({ no }: Job): number {
  return -no;
}

/** Lets a plan that has waited go on: first, where a policy keeps each person's newest, these are found anew. */
export function beginRemoval(job: Job): StepResult {
  forgetAsked(job);
  if (job.kind === "sweep" && job.order.policy.keep?.latest !== undefined) {
    note(job, "plan", { ordering: START_ORDERING });
    job.progress = { ...job.progress, phase: "ranking", cursor: null };
  } else {
    job.progress = { ...job.progress, phase: "removing", cursor: null };
  }
  return AGAIN;
}

/**
 * Reads the source once more, because newer sessions may have gone while the plan waited, and settles as
 * `renewed` what is among its person's newest now. What the plan learnt of a session's activity still counts.
 */
export async function rankAgain(work: Work, job: SweepJob): Promise<StepResult> {
  switch (job.progress.plan.ordering.part) {
    case "newest":
      return markNewest(work, job, job.order.policy.keep?.latest ?? 0);
    case "keep":
      return spareNewest(work, job);
    default:
      return list(work, job);
  }
}

async function list(work: Work, job: SweepJob): Promise<StepResult> {
  const collect = enter(work, job, ruleOf(job));
  const page = await work.meter.ask(async (turn) =>
    work.source.list(queryOf(work, job), job.progress.cursor, collect, turn),
  );
  if (!page.ok) {
    return onFault(work, job, page.error);
  }
  const { next } = page.value;
  job.progress = { ...job.progress, cursor: next };
  note(job, "plan", {
    ordering: next === null ? { ...START_ORDERING, part: "newest" } : START_ORDERING,
  });
  return AGAIN;
}

/** Enters each session that the policy selects, with the newest sign of life that is known of it. */
function enter(work: Work, job: SweepJob, rule: Rule): Sink {
  const readsActivity = work.source.readActivity !== undefined;
  const selection = selectionOf(job);
  return (sessions) => {
    for (const session of sessions) {
      if (judge(rule, session).kind !== "unmatched") {
        const active = readsActivity ? work.activity.confirm(session, selection) : null;
        const known = work.newest_candidates.newestAt(job.no, session);
        const at = Math.max(active ?? -Infinity, known ?? -Infinity);
        work.newest_candidates.add(candidatesNow(job), session, at === -Infinity ? null : at);
      }
    }
  };
}

function markNewest(work: Work, job: SweepJob, latest: number): StepResult {
  const { ordering } = job.progress.plan;
  const next = work.newest_candidates.markNewest(candidatesNow(job), latest, ordering.person, ROWS);
  note(job, "plan", {
    ordering: next === null ? { ...ordering, part: "keep", seq: 0 } : { ...ordering, person: next },
  });
  return AGAIN;
}

function spareNewest(work: Work, job: SweepJob): StepResult {
  const { ordering } = job.progress.plan;
  const rows = work.plan.page(job.no, ordering.seq, ROWS);
  const newest = work.newest_candidates.among(candidatesNow(job), rows);
  const last = rows.at(-1);
  work.commit(job, () => {
    settleRows(
      work,
      job,
      rows.filter((row, index) => row.disposition === null && newest[index] === true),
      "renewed",
    );
    job.progress = { ...job.progress, phase: last === undefined ? "removing" : "ranking" };
    note(job, "plan", { ordering: { ...ordering, seq: last?.seq ?? 0 } });
  });
  return AGAIN;
}
