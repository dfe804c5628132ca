import { ok, type Result } from "../../core/result.ts";
import type { Fault } from "../fault.ts";
import type { Turn } from "../source.ts";
import { ask } from "./query.ts";

/** Values of an agent's record that are looked at; one with more counts as unreadable. */
const MAX_VALUES = 200_000;

/**
 * Whether sessions made by an agent's sub-agents may serve several people: a sub-agent tool of mode
 * `agent_scoped` lets any session of the agent resume the same child. An unknown agent says yes.
 */
export async function sharesChildren(
  db: D1Database,
  agent: string,
  turn: Turn,
): Promise<Result<boolean, Fault>> {
  const asked = await ask(turn, 1, async () =>
    db
      .prepare("SELECT record FROM agents WHERE agent_key = ?")
      .bind(agent)
      .first<{ record: string }>(),
  );
  return asked.ok ? ok(asked.value === null || hasSharedMode(asked.value.record)) : asked;
}

/** Looks for the mode anywhere: where a record keeps its tools differs from version to version. */
function hasSharedMode(record: string): boolean {
  const open: unknown[] = [];
  try {
    open.push(JSON.parse(record));
  } catch {
    // Unreadable is unknown, and unknown is yes.
    return true;
  }
  for (let seen = 0; open.length > 0; seen++) {
    const value = open.pop();
    if (seen >= MAX_VALUES || (typeof value === "string" && /^agent[_-]?scoped$/i.test(value))) {
      return true;
    }
    if (typeof value === "object" && value !== null) {
      open.push(...Object.values(value));
    }
  }
  return false;
}
