import { Distinct } from "../../core/count/distinct.ts";
import { nearMissesOf, noNearMisses } from "../../core/session/near_miss.ts";
import {
  matchSubject,
  namesSomebody,
  type Identifier,
  type Match,
} from "../../core/session/subject.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Query, Sink } from "../../sources/source.ts";
import type { ErasureOrder } from "../../contract/custodian.ts";
import { note, type ErasureJob } from "../tables/jobs.ts";
import { AS_CHILD, BY_IDENTIFIER, PENDING, type Candidate } from "../tables/plan/plan.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";
import { AGENTS_PER_STEP, whoShares } from "../job/shared_children.ts";

const KIN_PER_STEP = 500;

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

/**
 * Keeps in mind a session that another one made, if it names nobody, or the person. One that was asked
 * for by its own id is the one that was meant, whoever made it.
 */
export function noteParent(work: Work, job: ErasureJob, session: Session, match: Match): void {
  const follows =
    match.kind === "none"
      ? !namesSomebody(session)
      : !isNamedItself(job.order.identifiers, session);
  if (session.parent !== null && follows) {
    work.kin.add(job.no, session, session.parent);
  }
}

/**
 * Finds the children of what is planned, and their children. A child whose parent's agent may serve
 * several people with one session is left as shared, whether it names the person or nobody. Null when
 * there are no more.
 */
export async function closeKin(work: Work, job: ErasureJob): Promise<StepResult | null> {
  if (!work.source.capabilities.has_children) {
    return null;
  }
  const identified = ofFewAgents(work.kin.ofIdentified(job.no, KIN_PER_STEP));
  if (identified.length > 0) {
    const sharing = await whoShares(work, identified);
    if (!sharing.ok) {
      return onFault(work, job, sharing.error);
    }
    work.atomically(() => {
      const shared = identified.filter(({ parent_scope }) => sharing.value.has(parent_scope));
      work.outcomes.settle(
        job.no,
        shared.map(({ seq }) => seq),
        "shared",
        work.runtime.now(),
      );
      for (const child of identified) {
        work.kin.judged(job.no, child);
      }
    });
    return AGAIN;
  }
  const children = ofFewAgents(work.kin.ofPlanned(job.no, KIN_PER_STEP));
  if (children.length === 0) {
    return null;
  }
  const sharing = await whoShares(work, children);
  if (!sharing.ok) {
    return onFault(work, job, sharing.error);
  }
  const { next_seq: seq, judged } = job.progress.plan;
  work.plan.append(
    job.no,
    seq,
    children.map((child) => ({
      scope: child.scope,
      id: child.id,
      version: child.version,
      clause: AS_CHILD,
      due_at: child.generation,
      state: PENDING,
      disposition:
        child.parent_shared || sharing.value.has(child.parent_scope)
          ? "shared"
          : child.parent_held
            ? "held"
            : null,
    })),
  );
  note(job, "plan", {
    next_seq: seq + children.length,
    // Of a child nothing but its reference is here: holds that look at what it says are asked later.
    judged: work.restraints.needsContentSince(0) ? 0 : judged,
  });
  return AGAIN;
}

/** Those children whose parents are of a few agents, each with all that is known of it; the next step takes others. */
function ofFewAgents<T extends SessionRef & { readonly parent_scope: string }>(
  children: readonly T[],
): T[] {
  const agents = [...new Set(children.map((child) => child.parent_scope))];
  const few = new Set(agents.slice(0, AGENTS_PER_STEP));
  const keyOf = ({ scope, id }: T): string => JSON.stringify([scope, id]);
  const taken = new Set(children.filter((child) => few.has(child.parent_scope)).map(keyOf));
  return children.filter((child) => taken.has(keyOf(child)));
}

function isNamedItself(identifiers: readonly Identifier[], { person }: Session): boolean {
  const ids = person.find(({ type }) => type === "agent_session_id")?.values ?? [];
  return identifiers.some(({ type, value }) => type === "agent_session_id" && ids.includes(value));
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
