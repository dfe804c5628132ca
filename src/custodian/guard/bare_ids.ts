import { SESSION_TYPES, type Identifier } from "../../core/session/subject.ts";
import { isUnnamed } from "../../core/session/unreadable.ts";
import type { ErasureJob } from "../tables/jobs.ts";
import type { Work } from "../job/work.ts";
import { settleRows } from "../job/settle.ts";

// A session id names one session of one scope. Ids repeat from agent to agent, from workspace to workspace
// and from account to account: found twice, nobody can say which was meant.

type Looking = Pick<Work, "source" | "lookup">;

/** Which identifiers, by their place in the request, are ids of sessions that this source has. */
export function idsFound(work: Looking, job: ErasureJob): number[] {
  return [...job.order.identifiers.entries()]
    .filter(([, one]) => scopesOf(work, job, one) > 0)
    .map(([index]) => index);
}

/** The type to blame when an id names sessions in two scopes of this source, or may do so; else null. */
export function ambiguousId(work: Looking, job: ErasureJob): string | null {
  const { unsearched, unreadable } = job.progress.select;
  const isOneScope = job.order.scopes?.length === 1;
  const isHidden = unsearched > 0 || (isUnnamed(unreadable) && !isOneScope);
  const ambiguous = job.order.identifiers.find((one) => {
    const scopes = scopesOf(work, job, one);
    return scopes > 1 || (scopes > 0 && agentOf(one) === null && isHidden);
  });
  return ambiguous?.type ?? null;
}

/**
 * What is still open under an id that has come to name a second session since the plan stays: in another
 * scope here, or, where the plan had not found it here, perhaps in another account.
 */
export function leaveAmbiguous(work: Work, job: ErasureJob): void {
  const { ids_found: known } = job.progress.guard;
  for (const [index, one] of job.order.identifiers.entries()) {
    const scopes = scopesOf(work, job, one);
    const isLate = job.order.ids_elsewhere === true && !known.includes(index);
    if (scopes > 1 || (scopes > 0 && isLate)) {
      const agent = agentOf(one);
      const open = work.lookup
        .openOf(job.no, idOf(one))
        .filter(({ scope }) => agent === null || scope === agent);
      settleRows(work, job, open, "shared");
    }
  }
}

/** In how many scopes the list has shown a session that an identifier names by its id, readable or not. */
function scopesOf(work: Looking, job: ErasureJob, one: Identifier): number {
  if (!SESSION_TYPES.has(one.type) || !work.source.capabilities.identifiers.includes(one.type)) {
    return 0;
  }
  const [agent, id] = [agentOf(one), idOf(one)];
  const unreadable = job.progress.select.unreadable.sessions.filter(
    (ref) =>
      ref.id === id &&
      (agent === null || ref.scope === agent) &&
      work.lookup.find(job.no, ref.scope, id) === null,
  ).length;
  const planned =
    agent === null
      ? work.lookup.scopesOf(job.no, id)
      : Number(work.lookup.find(job.no, agent, id) !== null);
  return planned + unreadable;
}

/** The agent that an id is written with; null: it stands alone. */
function agentOf({ type, value }: Identifier): string | null {
  const [agent = "", id] = String(value).split("/");
  return type === "agent_session_id" && id !== undefined ? agent : null;
}

function idOf(one: Identifier): string {
  const agent = agentOf(one);
  return agent === null ? String(one.value) : String(one.value).slice(agent.length + 1);
}
