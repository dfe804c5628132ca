import {
  decideStanding,
  idleSince,
  standingOf,
  type Standing,
} from "../../core/rule/difference.ts";
import { judge, type Rule } from "../../core/rule/due.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Activity, Sink } from "../../sources/source.ts";
import { note, selectionOf, type SweepJob } from "../tables/jobs.ts";
import { asPerhapsOrphan } from "./orphans.ts";
import { FOR_DIFFERENCE, UNREAD } from "../tables/plan/plan.ts";
import { addToPlan } from "../job/add_to_plan.ts";
import { cutoffOf, ruleOf } from "../job/rule.ts";
import type { Work } from "../job/work.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

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
      const { scope, id, version } = session;
      return {
        scope,
        id,
        version,
        own: standing(work, own, job.no, session, active),
        other: standing(work, other, candidatesOfOther(job), session, active),
      };
    });
    work.differences.note(job.no, noted);
    const waiting = noted.filter((one) => one.own === "if_idle" || one.other === "if_idle");
    const unread = { clause: FOR_DIFFERENCE, due_at: cutoffOf(job), state: UNREAD } as const;
    // What waits in the plan already, for the first version, is not taken in once more.
    addToPlan(
      work,
      job,
      waiting.map(({ scope, id, version }) => ({ scope, id, version, ...unread })),
    );
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

/**
 * Until when a session must have been idle for both versions to know where it stands: so that its activity is read
 * once.
 */
export function idleSinceOf(job: SweepJob): number {
  return Math.max(...rulesOf(job).map(idleSince));
}

/** What a reading of a session's activity tells of both versions; nothing where none are compared. */
export function learn(
  work: Pick<Work, "differences" | "newest_candidates">,
  job: SweepJob,
  ref: SessionRef,
  activity: Exclude<Activity, { readonly kind: "more" }>,
): void {
  const [own, other] = rulesOf(job);
  if (own === undefined || other === undefined) {
    return;
  }
  if (activity.kind === "absent") {
    work.differences.drop(job.no, ref);
  } else if (activity.kind === "unreadable") {
    work.differences.decide(job.no, ref, "not_due", "not_due");
  } else {
    const at = activity.kind === "active" ? activity.at : activity.last_active_at;
    if (at !== null) {
      work.newest_candidates.seen(candidatesOfOther(job), ref, at);
    }
    work.differences.decide(job.no, ref, decideStanding(own, at), decideStanding(other, at));
  }
}

/** Counts how the versions differ, page by page. */
export function findDifference(work: Work, job: SweepJob): StepResult {
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
