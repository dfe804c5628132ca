import type { FieldError } from "../../core/policy/policy.ts";
import * as z from "zod";
import { findAgentSession } from "../tables/agent_sessions.ts";
import { findAgent } from "../tables/agents.ts";

const LONGEST = 200;

/** The document's id patterns, bounded in length. */
const PATTERNS = { agent_id: /^agt_[0-9a-zA-Z_-]+$/, session_id: /^ase_[0-9a-zA-Z_-]+$/ } as const;

function isUsual(field: keyof typeof PATTERNS, id: string): boolean {
  return id.length <= LONGEST && PATTERNS[field].test(id);
}

/**
 * What is wrong with the ids of a path. Imported keys need no prefix, as upstream: an id that does not match
 * the document's pattern is wrong only where there is nothing of that name.
 */
export async function findWrongIds(
  store: D1Database,
  { agent_id: scope = "", session_id: id = "" }: Readonly<Record<string, string | undefined>>,
): Promise<readonly FieldError[]> {
  const wrong: (keyof typeof PATTERNS)[] = [];
  if (scope !== "" && !isUsual("agent_id", scope) && (await findAgent(store, scope)) === null) {
    wrong.push("agent_id");
  }
  const isOdd = id !== "" && !isUsual("session_id", id);
  if (isOdd && (await findAgentSession(store, { scope, id })) === null) {
    wrong.push("session_id");
  }
  return wrong.map((field) => ({
    field,
    message: `does not match ${PATTERNS[field].source} (at most ${LONGEST} characters)`,
  }));
}

/** A key that the caller may choose: it must be reachable by its own path. */
export function chosenKey(field: keyof typeof PATTERNS) {
  return z
    .string()
    .max(LONGEST, `at most ${LONGEST} characters`)
    .regex(PATTERNS[field], `must match ${PATTERNS[field].source}`);
}
