import {
  idleSince,
  decideStanding,
  standingOf,
  type Standing,
} from "../../core/rule/difference.ts";
import { judge, type Rule } from "../../core/rule/due.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import { isClosedScope, isOfOneSession } from "../../sources/fault.ts";
import type { Activity, Sink } from "../../sources/source.ts";
import type { OpenDifference } from "../tables/differences.ts";
import { note, selectionOf, type SweepJob } from "../tables/jobs.ts";
import { asPerhapsOrphan } from "./orphans.ts";
import { readActivity } from "../job/activity.ts";
import { ruleOf } from "../job/rule.ts";
import { budgetOf, type Work } from "../job/work.ts";
import { overRows } from "../job/side_by_side.ts";
import { MAX_TRIES, onFault } from "../job/faults.ts";
import { AGAIN, progressed, type StepResult } from "../job/result.ts";

const ROWS_PER_STEP = 120;
const COUNT_PAGE = 2000;
const MARK_PAGE = 2000;

/** The rules that a selection must answer: its own, and that of the version it is compared with. */
export function rulesOf(job: SweepJob): Rule[] {
  const { other } = job.order;
  return other === undefined ? [ruleOf(job)] : [ruleOf(job), ruleOf(job, other)];
}

/** Under this number stand the candidates of the version compared with: no job has it. */
function candidatesOfOther({ no }: SweepJob): number {
  return -no;
}

/** Notes where listed sessions stand under two versions, after `collect` has taken them for the first. */
export function notingDifference(work: Work, job: SweepJob, collect: Sink): Sink {
  if (job.order.other === undefined) {
    return collect;
  }
  const own = ruleOf(job);
  const other = ruleOf(job, job.order.other);
  const readsActivity = work.source.readActivity !== undefined;
  const selection = selectionOf(job);
  return (sessions) => {
    collect(sessions);
    const noted = sessions.map((session) => {
      const active = readsActivity ? work.activity.confirm(session, selection) : null;
      const { scope, id } = session;
      return {
        scope,
        id,
        own: standing(work, own, job.no, session, active),
        other: standing(work, other, candidatesOfOther(job), session, active),
      };
    });
    work.differences.note(job.no, noted);
  };
}

/** Where one session stands under one version, whose candidates stand under a number of their own. */
function standing(
  work: Work,
  rule: Rule,
  candidates: number,
  session: Session,
  active: number | null,
): Standing {
  const verdict = judge(rule, asPerhapsOrphan(rule, session));
  if (verdict.kind === "unmatched") {
    return "not_due";
  }
  const place =
    rule.latest === null ? "nobody" : work.newest_candidates.add(candidates, session, active);
  return place === "unknown" ? "not_due" : standingOf(verdict, active);
}

/** What a reading of a session's activity tells of both versions; nothing where none are compared. */
export function learn(work: Work, job: SweepJob, ref: SessionRef, activity: Activity): void {
  if (job.order.other === undefined || activity.kind === "more") {
    return;
  }
  if (activity.kind === "absent") {
    work.differences.drop(job.no, ref);
    return;
  }
  if (activity.kind === "unreadable") {
    work.differences.decide(job.no, ref, "own", "not_due");
    work.differences.decide(job.no, ref, "other", "not_due");
    return;
  }
  const own = ruleOf(job);
  const other = ruleOf(job, job.order.other);
  const at = activity.kind === "active" ? activity.at : activity.last_active_at;
  if (at !== null) {
    work.newest_candidates.seen(candidatesOfOther(job), ref, at);
  }
  work.differences.decide(job.no, ref, "own", decideStanding(idleSince(own), activity));
  work.differences.decide(job.no, ref, "other", decideStanding(idleSince(other), activity));
}

/** Reads what activity is still missing, then counts how the versions differ, page by page. */
export async function findDifference(work: Work, job: SweepJob): Promise<StepResult> {
  const rows = work.differences.open(job.no, ROWS_PER_STEP);
  if (rows.length > 0) {
    const stop = await overRows(
      work,
      job,
      () => rows.shift() ?? null,
      async (row) => readOne(work, job, row),
    );
    return stop ?? AGAIN;
  }
  const { counted, after } = job.progress.difference;
  if (counted === null) {
    if (!markNewest(work, job)) {
      note(job, "difference", { counted: { added: 0, removed: 0 }, after: null });
    }
    return AGAIN;
  }
  const page = work.differences.count(job.no, candidatesOfOther(job), after, COUNT_PAGE);
  job.progress = { ...job.progress, phase: page.last === null ? "planning" : "difference" };
  note(job, "difference", {
    counted: { added: counted.added + page.added, removed: counted.removed + page.removed },
    after: page.last,
  });
  return AGAIN;
}

async function readOne(work: Work, job: SweepJob, row: OpenDifference): Promise<StepResult | null> {
  const turn = await work.meter.reserve(budgetOf(job), {
    in_window: true,
    again: row.tries > 0,
  });
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const since = idleSince(ruleOf(job, job.order.other));
  const activity = await readActivity(work, row, since, row.cursor, turn.value);
  if (activity.ok) {
    progressed(job);
    if (activity.value.kind === "active") {
      work.activity.remember(row, activity.value.at, selectionOf(job));
    }
    if (activity.value.kind === "idle") {
      work.activity.rememberIdle(row, activity.value.last_active_at, selectionOf(job));
    }
    if (activity.value.kind === "more") {
      work.differences.keepPlace(job.no, row, activity.value.cursor);
    }
    learn(work, job, row, activity.value);
    return null;
  }
  const fault = activity.error;
  const isOwn = isOfOneSession(fault);
  if (isClosedScope(fault) || (isOwn && work.meter.isAnswering() && row.tries + 1 >= MAX_TRIES)) {
    // Unknown means keep, under that version too.
    work.differences.decide(job.no, row, "other", "not_due");
    return null;
  }
  if (isOwn && work.meter.isAnswering()) {
    work.differences.countTry(job.no, row);
    progressed(job);
  }
  return onFault(work, job, fault);
}

/** Notes the newest of each person under both versions, some persons at a time; true when there may be more. */
function markNewest(work: Pick<Work, "newest_candidates">, job: SweepJob): boolean {
  const { policy, other } = job.order;
  const { version, person } = job.progress.difference.newest;
  const isOwn = version === "own";
  const latest = (isOwn ? policy : other)?.keep?.latest;
  const candidates = isOwn ? job.no : candidatesOfOther(job);
  const next =
    latest === undefined
      ? null
      : work.newest_candidates.markNewest(candidates, latest, person, MARK_PAGE);
  if (next === null && !isOwn) {
    return false;
  }
  note(job, "difference", {
    newest: next === null ? { version: "other", person: "" } : { version, person: next },
  });
  return true;
}
