import { matchSubject, namesSomebody } from "../core/subject.ts";
import type { Session } from "../core/session.ts";
import type { Sink } from "../sources/source.ts";
import type { ErasureOrder } from "./contract.ts";
import type { Job } from "./jobs.ts";
import { AS_CHILD, BY_IDENTIFIER, PENDING, type Candidate } from "./plan.ts";
import { AGAIN, onFault, type StepResult, type Work } from "./work.ts";

const KIN_PER_STEP = 500;

/**
 * Takes sessions as they are read: the person's go into the plan, those also somebody else's go in as
 * `shared`, and sessions with a parent are kept in mind. The first contradiction is noted.
 */
export function collectSubject(work: Work, job: Job, order: ErasureOrder): Sink {
  return (sessions) => {
    const counts = { ...job.progress.counts };
    let conflict = job.progress.conflict;
    const candidates: Candidate[] = [];
    for (const session of sessions) {
      counts.examined += 1;
      const match = matchSubject(order.identifiers, session);
      if (match.kind === "none") {
        if (session.parent !== null && !namesSomebody(session)) {
          work.kin.add(job.no, session, session.parent);
        }
        continue;
      }
      if (match.kind === "conflict") {
        conflict ??= match.field;
        continue;
      }
      if (work.plan.find(job.no, session.scope, session.id) === null) {
        candidates.push(candidateOf(session, match.kind === "shared"));
      }
    }
    work.plan.append(job.no, job.progress.next_seq, candidates);
    job.progress = {
      ...job.progress,
      counts,
      conflict,
      next_seq: job.progress.next_seq + candidates.length,
    };
  };
}

/**
 * Finds the children of what is planned, and their children. A child whose parent's agent may serve
 * several people with one session is left as shared. Null when there are no more.
 */
export async function closeKin(work: Work, job: Job): Promise<StepResult | null> {
  const children = work.source.capabilities.has_children
    ? work.kin.ofPlanned(job.no, KIN_PER_STEP)
    : [];
  if (children.length === 0) {
    return null;
  }
  const sharing = new Map<string, boolean>();
  for (const scope of new Set(children.map(({ parent_scope }) => parent_scope))) {
    const shares = await sharesChildren(work, scope);
    if (!shares.ok) {
      return onFault(work, job, shares.error);
    }
    sharing.set(scope, shares.value);
  }
  work.plan.append(
    job.no,
    job.progress.next_seq,
    children.map(({ scope, id, version, parent_scope, parent_shared }) => ({
      scope,
      id,
      version,
      clause: AS_CHILD,
      due_at: 0,
      state: PENDING,
      disposition: parent_shared || sharing.get(parent_scope) !== false ? "shared" : null,
    })),
  );
  job.progress = { ...job.progress, next_seq: job.progress.next_seq + children.length };
  return AGAIN;
}

async function sharesChildren(work: Work, scope: string) {
  if (work.shared_children || work.source.sharesChildren === undefined) {
    return { ok: true, value: true } as const;
  }
  const turn = await work.meter.reserve();
  return turn.ok ? work.source.sharesChildren(scope, turn.value) : turn;
}

function candidateOf({ scope, id, version }: Session, shared: boolean): Candidate {
  return {
    scope,
    id,
    version,
    clause: BY_IDENTIFIER,
    due_at: 0,
    state: PENDING,
    disposition: shared ? "shared" : null,
  };
}
