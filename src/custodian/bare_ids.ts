import type { Identifier } from "../core/subject.ts";
import type { ErasureOrder } from "./contract.ts";
import type { Job } from "./jobs.ts";
import { settleRows, type Work } from "./work.ts";

// A session id without its agent. Keys repeat from agent to agent: found in two of them, it names two
// sessions, and nobody can say which was meant.

/** Which identifiers, by their place in the request, are bare session ids that this source has. */
export function bareIdsFound(work: Work, job: Job, { identifiers }: ErasureOrder): number[] {
  return [...identifiers.keys()].filter((index) => {
    const id = bareId(identifiers[index]);
    return id !== null && work.lookup.scopesOf(job.no, id) > 0;
  });
}

/** The type to blame when two agents of this source have the same bare id; else null. */
export function ambiguousId(work: Work, job: Job, { identifiers }: ErasureOrder): string | null {
  const isAmbiguous = identifiers.some((one) => {
    const id = bareId(one);
    return id !== null && work.lookup.scopesOf(job.no, id) > 1;
  });
  return isAmbiguous ? "agent_session_id" : null;
}

/** Where a second agent has come to have a bare id since the plan, what is still open under it stays. */
export function leaveAmbiguous(work: Work, job: Job, { identifiers }: ErasureOrder): void {
  for (const one of identifiers) {
    const id = bareId(one);
    if (id !== null && work.lookup.scopesOf(job.no, id) > 1) {
      settleRows(work, job, work.lookup.openOf(job.no, id), "shared");
    }
  }
}

function bareId(identifier: Identifier | undefined): string | null {
  const text = String(identifier?.value);
  return identifier?.type === "agent_session_id" && !text.includes("/") ? text : null;
}
