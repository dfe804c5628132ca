import type { Session, SessionRef } from "../../core/session/session.ts";
import { type Match, namesSomebody, type Identifier } from "../../core/session/subject.ts";
import { addChildren } from "../job/add_to_plan.ts";
import { onFault } from "../job/faults.ts";
import { type StepResult, AGAIN } from "../job/result.ts";
import { whoShares, AGENTS_PER_STEP } from "../job/shared_children.ts";
import type { Work } from "../job/work.ts";
import type { WhyErased } from "../../contract/custodian.ts";
import type { ErasureJob } from "../tables/jobs.ts";
import { AS_CHILD } from "../tables/plan/plan.ts";

const CHILDREN_PER_STEP = 500;

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
    work.children.add(job.no, session, session.parent);
  }
}

/**
 * Finds the children of what is planned, and their children. A child whose parent's agent may serve
 * several people with one session is left as shared, whether it names the person or nobody. Null when
 * there are no more.
 */
export async function findChildren(work: Work, job: ErasureJob): Promise<StepResult | null> {
  if (!work.source.capabilities.has_children) {
    return null;
  }
  const identified = ofFewAgents(work.children.ofIdentified(job.no, CHILDREN_PER_STEP));
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
        work.children.judged(job.no, child);
      }
    });
    return AGAIN;
  }
  const children = ofFewAgents(work.children.ofPlanned(job.no, CHILDREN_PER_STEP));
  if (children.length === 0) {
    return null;
  }
  const sharing = await whoShares(work, children);
  if (!sharing.ok) {
    return onFault(work, job, sharing.error);
  }
  addChildren(
    work,
    job,
    children.map((child) => ({
      scope: child.scope,
      id: child.id,
      version: child.version,
      clause: AS_CHILD,
      due_at: child.generation,
      why: childOf({ scope: child.parent_scope, id: child.parent_id }),
      disposition:
        child.parent_shared || sharing.value.has(child.parent_scope)
          ? "shared"
          : child.parent_held
            ? "held"
            : null,
    })),
  );
  return AGAIN;
}

/** Why a session that goes with the one that made it is in a plan. */
export function childOf(maker: SessionRef | null): WhyErased {
  const of = maker === null ? null : { scope: maker.scope, id: maker.id };
  return { matched_by: [], child_of: of, held_by: null };
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
