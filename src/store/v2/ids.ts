import type { FieldError } from "../../core/policy.ts";
import * as z from "zod";

const LONGEST = 200;

/** The document's id patterns, bounded in length. */
const PATTERNS = { agent_id: /^agt_[0-9a-zA-Z_-]+$/, session_id: /^ase_[0-9a-zA-Z_-]+$/ } as const;

/** What is wrong with an id of a path; null when nothing is. */
export function checkId(field: keyof typeof PATTERNS, id: string): FieldError | null {
  const isGood = id.length <= LONGEST && PATTERNS[field].test(id);
  return isGood
    ? null
    : {
        field,
        message: `does not match ${PATTERNS[field].source} (at most ${LONGEST} characters)`,
      };
}

/** A key that the caller may choose: it must be reachable by its own path. */
export function chosenKey(field: keyof typeof PATTERNS) {
  return z
    .string()
    .max(LONGEST, `at most ${LONGEST} characters`)
    .regex(PATTERNS[field], `must match ${PATTERNS[field].source}`);
}
