import { judge, type Rule } from "../core/due.ts";
import type { Session } from "../core/session.ts";
import type { Query, Sink } from "../sources/source.ts";
import type { Job } from "./jobs.ts";
import { PENDING, UNREAD, type Candidate } from "./plan.ts";
import type { Work } from "./work.ts";

/** Rows beyond the budget that may pile up before the least overdue are dropped. */
const SLACK = 1000;

/** Takes sessions as they are read: counts everything, and writes what may be due into the plan. */
export function collectDue(
  work: Work,
  job: Job,
  rule: Rule,
  budget: number,
  query: Query,
): Sink {
  const countable =
    query.kind === "due" &&
    work.source.countDue !== undefined &&
    rule.thresholds.length === 1 &&
    rule.youngest === null &&
    rule.scopes === null;
  let held = job.progress.next_seq - 1;
  return (sessions) => {
    const counts = { ...job.progress.counts };
    let { matched, sorted, last_due_at: lastDueAt } = job.progress;
    const candidates: Candidate[] = [];
    for (const session of sessions) {
      counts.examined += 1;
      const verdict = judge(rule, session);
      if (verdict.kind === "unmatched") {
        continue;
      }
      if (query.kind === "all") {
        matched = (matched ?? 0) + 1;
      }
      if (rule.latest !== null) {
        work.people.add(job.no, session);
      }
      if (verdict.kind === "not_due") {
        counts.undated += verdict.undated ? 1 : 0;
        continue;
      }
      if (verdict.kind === "kept") {
        counts.kept += 1;
        continue;
      }
      if (verdict.kind === "unread") {
        const active = work.activity.known(session, job.no);
        if (active !== null && active > verdict.threshold.at) {
          continue;
        }
        candidates.push(candidateOf(session, verdict.clause, verdict.due_at, UNREAD));
        continue;
      }
      counts.due += 1;
      sorted &&= verdict.due_at >= lastDueAt;
      lastDueAt = verdict.due_at;
      candidates.push(candidateOf(session, verdict.clause, verdict.due_at, PENDING));
    }
    work.plan.append(job.no, job.progress.next_seq, candidates);
    held += candidates.length;
    job.progress = {
      ...job.progress,
      counts,
      matched,
      sorted,
      last_due_at: lastDueAt,
      next_seq: job.progress.next_seq + candidates.length,
      counting: countable && sorted && counts.due >= budget,
    };
    if (rule.latest === null && held > 2 * budget + SLACK) {
      work.plan.prune(job.no, budget);
      held = budget;
    }
  };
}

function candidateOf(
  { scope, id, version }: Session,
  clause: number,
  dueAt: number,
  state: Candidate["state"],
): Candidate {
  return { scope, id, version, clause, due_at: dueAt, state, disposition: null };
}
