import { Distinct } from "../../core/count/distinct.ts";
import { judge, mayFollow, type Rule } from "../../core/rule/due.ts";
import type { Session } from "../../core/session/session.ts";
import type { Query, Sink } from "../../sources/source.ts";
import { note, selectionOf, type SweepJob } from "../tables/jobs.ts";
import { asPerhapsOrphan, isMadeByAnother } from "./orphans.ts";
import { UNREAD, type Candidate } from "../tables/plan/plan.ts";
import { tomorrowOf } from "./forecast.ts";
import type { Hold } from "../../core/hold/hold.ts";
import type { Held } from "../tables/held_back.ts";
import { noteHeldBack } from "../job/held_back.ts";
import { addToPlan } from "../job/add_to_plan.ts";
import { ruleOf } from "../job/rule.ts";
import type { Work } from "../job/work.ts";

/** Rows beyond the budget that are taken in from an index: one that moved while it was read is there twice. */
const SLACK = 1000;

/** Takes sessions as they are read: counts everything, and writes what may be due into the plan. */
export function collectDue(work: Work, job: SweepJob, query: Query): Sink {
  const rule = ruleOf(job);
  const { items: budget } = job.order.policy.budget;
  const countable =
    query.kind === "due" &&
    job.order.other === undefined &&
    work.source.countDue !== undefined &&
    rule.thresholds.length === 1 &&
    rule.youngest === null &&
    rule.scopes === null &&
    !work.restraints.hasHolds();
  const readsActivity = work.source.readActivity !== undefined;
  const selection = selectionOf(job);
  const isResting = work.resting.at(work.runtime.now());
  // With so many rows there, one that is no longer overdue than any of them is not planned.
  const enough = query.kind === "due" ? budget + SLACK : Infinity;
  const isBare = query.kind === "due" && query.whole !== true;
  const tomorrow = query.kind === "all" ? tomorrowOf(job) : null;
  return (sessions) => {
    const counts = { ...job.progress.counts };
    let { matched } = job.progress;
    let { soon, sorted, pending } = job.progress.select;
    let { last_due_at: lastDueAt, max_due_at: maxDueAt } = job.progress.select;
    let { judged, oldest_left: oldestLeft } = job.progress.plan;
    // Nobody has looked at what bare rows say. A hold that has ended binds again if the clocks go back.
    judged = isBare || work.restraints.hasEnded() ? 0 : judged;
    const holdOf = (session: Session): Hold | null =>
      isBare ? work.restraints.heldByRef(session) : work.restraints.heldBy(session);
    const held: Held[] = [];
    const candidates: Candidate[] = [];
    const selected: Session[] = [];
    const distinct = query.kind === "all" ? new Distinct(job.progress.select.distinct) : null;
    for (const session of sessions) {
      counts.examined += 1;
      const active = readsActivity ? work.activity.confirm(session, selection) : null;
      const verdict = judge(rule, asPerhapsOrphan(rule, session));
      if (verdict.kind === "unmatched") {
        continue;
      }
      if (distinct !== null) {
        matched = (matched ?? 0) + 1;
        distinct.add(`${session.scope}\n${session.id}`);
        selected.push(session);
      }
      if (verdict.kind !== "due" && tomorrow !== null && isDueBy(tomorrow, session, active)) {
        soon += 1;
      }
      const place =
        rule.latest === null ? "nobody" : work.newest_candidates.add(job.no, session, active);
      if (verdict.kind === "not_due") {
        counts.undated += verdict.undated && !rule.orphan ? 1 : 0;
        continue;
      }
      if (verdict.kind === "kept" || place === "unknown") {
        counts.kept += 1;
        continue;
      }
      if (session.children_stay === true) {
        counts.kept += 1;
        counts.has_children += 1;
        continue;
      }
      if (verdict.kind === "unread" && active !== null && active > verdict.threshold.at) {
        continue;
      }
      const hold = holdOf(session);
      if (hold !== null) {
        counts.held += 1;
        held.push({ hold: hold.id, scope: session.scope, id: session.id });
        continue;
      }
      if (verdict.kind === "unread") {
        candidates.push({ ...candidateOf(session, verdict), state: UNREAD });
        continue;
      }
      counts.due += 1;
      sorted &&= verdict.due_at >= lastDueAt;
      lastDueAt = verdict.due_at;
      const rests = isResting(session);
      counts.resting += rests ? 1 : 0;
      if (rests || (pending >= enough && verdict.due_at >= maxDueAt)) {
        oldestLeft = Math.min(oldestLeft ?? Infinity, verdict.due_at);
        continue;
      }
      pending += 1;
      maxDueAt = Math.max(maxDueAt, verdict.due_at);
      candidates.push(candidateOf(session, verdict));
    }
    addToPlan(work, job, candidates);
    noteHeldBack(work, job, held);
    if (query.kind === "all" && work.source.capabilities.has_children) {
      const isBound = rule.orphan || rule.together;
      const follow = (one: Session): boolean =>
        mayFollow(rule, one) && holdOf(one) === null && !isResting(one);
      work.family.mark(job.no, "due", candidates);
      work.family.mark(job.no, "selected", isBound ? selected.filter(isMadeByAnother) : []);
      work.family.mark(job.no, "follows", sessions.filter(follow));
    }
    const { reading } = job.progress.select;
    const unread = candidates.filter(({ state }) => state === UNREAD).length;
    job.progress = { ...job.progress, counts, matched };
    note(job, "select", {
      soon,
      distinct: distinct?.toString() ?? "",
      sorted,
      last_due_at: lastDueAt,
      max_due_at: maxDueAt,
      pending,
      reading: { ...reading, rows: reading.rows + unread },
      // With one row more than the budget, the oldest of what is only counted is known.
      counting: countable && sorted && job.progress.plan.next_seq > budget + 1,
    });
    note(job, "plan", { judged, oldest_left: oldestLeft });
  };
}

/** Whether a session that names nobody stays where it is, so that its parent waits for it. */
export function staysBehind(
  { resting, restraints, runtime }: Pick<Work, "resting" | "restraints" | "runtime">,
  rule: Rule,
): (made: Session) => boolean {
  const isResting = resting.at(runtime.now());
  return (made) =>
    judge(rule, made).kind !== "due" || restraints.isHeldByRef(made) || isResting(made);
}

/** Whether a session is due by another rule, as far as its clocks, and what was seen of it, tell. */
function isDueBy(rule: Rule, session: Session, active: number | null): boolean {
  const { clocks } = session;
  const known =
    active === null
      ? session
      : { ...session, clocks: { ...clocks, last_active_at: active }, activity_read: true };
  return judge(rule, asPerhapsOrphan(rule, known)).kind === "due";
}

function candidateOf(
  { scope, id, version }: Session,
  { clause, due_at: dueAt }: Pick<Candidate, "clause" | "due_at">,
): Candidate {
  return { scope, id, version, clause, due_at: dueAt };
}
