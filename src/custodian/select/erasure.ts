import { Distinct } from "../../core/count/distinct.ts";
import { nearMissesOf, noNearMisses } from "../../core/session/near_miss.ts";
import { matchedTypes, matchSubject, type Match } from "../../core/session/subject.ts";
import type { Session } from "../../core/session/session.ts";
import type { Query, Sink } from "../../sources/source.ts";
import type { ErasureOrder } from "../../contract/custodian.ts";
import { noteHeldBack } from "../job/held_back.ts";
import { addToPlan } from "../job/add_to_plan.ts";
import { count, note, type ErasureJob } from "../tables/jobs.ts";
import { BY_IDENTIFIER } from "../tables/plan/plan.ts";
import type { Work } from "../job/work.ts";
import { noteParent } from "./children.ts";

/**
 * Takes sessions as they are read: the person's go into the plan, those also somebody else's go in as
 * `shared`. The first contradiction is noted.
 */
export function collectSubject(work: Work, job: ErasureJob, query: Query): Sink {
  const sift = siftSubject(work, job, query);
  return (sessions) => {
    const distinct = new Distinct(job.progress.select.distinct);
    for (const { scope, id } of sessions) {
      distinct.add(`${scope}\n${id}`);
    }
    count(job, { examined: sessions.length });
    note(job, "select", { distinct: distinct.toString() });
    // A hold that has ended binds again if the clocks go back.
    note(job, "plan", { judged: work.restraints.hasEnded() ? 0 : job.progress.plan.judged });
    sift(sessions, (session, match) => {
      if (match.kind === "conflict") {
        note(job, "select", { conflict: job.progress.select.conflict ?? match.field });
      } else if (work.lookup.find(job.no, session.scope, session.id) === null) {
        planSubject(work, job, session, match.kind === "shared");
      }
    });
  };
}

/** Gives the sessions that match to `take`; keeps parents in mind, and counts near misses among the others. */
export function siftSubject(
  work: Work,
  job: ErasureJob,
  query: Query,
): (
  sessions: readonly Session[],
  take: (session: Session, match: Exclude<Match, { readonly kind: "none" }>) => void,
) => void {
  const noteNear = notingNear(work, job, query);
  return (sessions, take) => {
    for (const session of sessions.filter(({ scope }) => isAsked(job.order, scope))) {
      const match = matchSubject(job.order.identifiers, session);
      noteParent(work, job, session, match);
      if (match.kind === "none") {
        noteNear(session);
      } else {
        take(session, match);
      }
    }
  };
}

/** Takes a session of the person into the plan: `shared`, held, or to go. */
export function planSubject(
  work: Pick<Work, "plan" | "restraints" | "held_back" | "runtime">,
  job: ErasureJob,
  session: Session,
  isShared: boolean,
): void {
  const { scope, id, version } = session;
  const hold = work.restraints.heldBy(session);
  const disposition = isShared ? "shared" : hold === null ? null : "held";
  const types = matchedTypes(job.order.identifiers, session);
  const why = { matched_by: types, child_of: null, held_by: hold?.id ?? null };
  if (hold !== null && !isShared) {
    noteHeldBack(work, job, [{ hold: hold.id, scope, id }]);
  }
  addToPlan(work, job, [
    { scope, id, version, clause: BY_IDENTIFIER, due_at: 0, disposition, why },
  ]);
}

/**
 * Counts sessions that match nothing, and whose values only look like those that were asked for: from the
 * first page of each list anew. A list by person shows those of likely spellings at most.
 */
function notingNear(work: Work, job: ErasureJob, { kind }: Query): (session: Session) => void {
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
