import { Distinct } from "../../core/count/distinct.ts";
import { nearMissesOf, noNearMisses } from "../../core/session/near_miss.ts";
import { matchSubject } from "../../core/session/subject.ts";
import type { Session } from "../../core/session/session.ts";
import type { Query, Sink } from "../../sources/source.ts";
import type { ErasureOrder } from "../../contract/custodian.ts";
import { note, type ErasureJob } from "../tables/jobs.ts";
import { BY_IDENTIFIER, PENDING, type Candidate } from "../tables/plan/plan.ts";
import type { Work } from "../job/work.ts";
import { noteParent } from "./children.ts";

/**
 * Takes sessions as they are read: the person's go into the plan, those also somebody else's go in as
 * `shared`, and sessions with a parent are kept in mind. The first contradiction is noted.
 */
export function collectSubject(work: Work, job: ErasureJob, query: Query): Sink {
  const noteNear = notingNear(work, job, query);
  return (sessions) => {
    const counts = { ...job.progress.counts };
    let { conflict } = job.progress.select;
    const candidates: Candidate[] = [];
    const taken = new Set<string>();
    const distinct = new Distinct(job.progress.select.distinct);
    for (const session of sessions) {
      counts.examined += 1;
      distinct.add(`${session.scope}\n${session.id}`);
      if (!isAsked(job.order, session.scope)) {
        continue;
      }
      const match = matchSubject(job.order.identifiers, session);
      noteParent(work, job, session, match);
      if (match.kind === "none") {
        noteNear(session);
        continue;
      }
      if (match.kind === "conflict") {
        conflict ??= match.field;
        continue;
      }
      const key = JSON.stringify([session.scope, session.id]);
      if (!taken.has(key) && work.lookup.find(job.no, session.scope, session.id) === null) {
        taken.add(key);
        candidates.push(candidateOf(session, leftAs(work, session, match.kind === "shared")));
      }
    }
    const { next_seq: seq, judged } = job.progress.plan;
    work.plan.append(job.no, seq, candidates);
    job.progress = { ...job.progress, counts };
    note(job, "select", { distinct: distinct.toString(), conflict });
    note(job, "plan", {
      next_seq: seq + candidates.length,
      // A hold that has ended binds again if the clocks go back.
      judged: work.restraints.hasEnded() ? 0 : judged,
    });
  };
}

/**
 * Counts sessions that match nothing, and whose values only look like those that were asked for: from the
 * first page of each list anew. A list by person shows those of likely spellings at most.
 */
export function notingNear(
  work: Work,
  job: ErasureJob,
  { kind }: Query,
): (session: Session) => void {
  if (job.progress.cursor === null) {
    const isTold = kind === "all" || work.source.capabilities.indexes_people;
    note(job, "select", { near_misses: isTold ? noNearMisses(kind !== "all") : null });
  }
  const look = nearMissesOf(job.order.identifiers);
  return (session) => {
    const { near_misses: known } = job.progress.select;
    const near = known === null ? null : look(known, session);
    if (near !== known) {
      note(job, "select", { near_misses: near });
    }
  };
}

/** Whether the sessions of a scope are among what was asked for. Others match nothing and root no child. */
export function isAsked({ scopes }: ErasureOrder, scope: string): boolean {
  return scopes?.includes(scope) ?? true;
}

/** What the person's session is left as from the start; null: it may go. */
export function leftAs(
  { restraints }: Pick<Work, "restraints">,
  session: Session,
  isShared: boolean,
): Candidate["disposition"] {
  return isShared ? "shared" : restraints.heldBy(session) === null ? null : "held";
}

function candidateOf(
  { scope, id, version }: Session,
  disposition: Candidate["disposition"],
): Candidate {
  return {
    scope,
    id,
    version,
    clause: BY_IDENTIFIER,
    due_at: 0,
    state: PENDING,
    disposition,
  };
}
