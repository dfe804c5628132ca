import type { FieldError } from "../../core/policy/policy.ts";
import * as z from "zod";
import { findAgentSession } from "../tables/agent_sessions.ts";
import { findAgent } from "../tables/agents.ts";

const LONGEST = 200;

/** The document's id patterns, bounded in length. */
const PATTERNS = { agent_id: /^agt_[0-9a-zA-Z_-]+$/, session_id: /^ase_[0-9a-zA-Z_-]+$/ } as const;

/** What is wrong with an id of a path; null when nothing is. */
function checkId(field: keyof typeof PATTERNS, id: string): FieldError | null {
  const isGood = id.length <= LONGEST && PATTERNS[field].test(id);
  return isGood
    ? null
    : {
        field,
        message: `does not match ${PATTERNS[field].source} (at most ${LONGEST} characters)`,
      };
}

/**
 * What is wrong with the ids of a path. Imported keys need no prefix, as upstream: an id that does not match
 * the document's pattern is wrong only where there is nothing of that name.
 */
export async function findWrongIds(
  store: D1Database,
  { agent_id: agent = "", session_id: session }: Readonly<Record<string, string | undefined>>,
): Promise<readonly FieldError[]> {
  const wrong: FieldError[] = [];
  const agentFault = agent === "" ? null : checkId("agent_id", agent);
  if (agentFault !== null && (await findAgent(store, agent)) === null) {
    wrong.push(agentFault);
  }
  const sessionFault = session === undefined ? null : checkId("session_id", session);
  if (session !== undefined && sessionFault !== null) {
    const found = await findAgentSession(store, { scope: agent, id: session });
    wrong.push(...(found === null ? [sessionFault] : []));
  }
  return wrong;
}

/** A key that the caller may choose: it must be reachable by its own path. */
export function chosenKey(field: keyof typeof PATTERNS) {
  return z
    .string()
    .max(LONGEST, `at most ${LONGEST} characters`)
    .regex(PATTERNS[field], `must match ${PATTERNS[field].source}`);
}
