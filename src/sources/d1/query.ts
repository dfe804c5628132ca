import { err, ok, type Result } from "../../core/result.ts";
import type { Fault } from "../fault.ts";
import type { Turn } from "../source.ts";

/**
 * Asks the embedded store, and counts the queries first. `run` holds the call and nothing else: whatever
 * it throws means that the store did not answer.
 */
export async function ask<T>(
  turn: Turn,
  queries: number,
  run: () => Promise<T>,
): Promise<Result<T, Fault>> {
  const spent = turn.spend(queries);
  if (!spent.ok) {
    return spent;
  }
  try {
    const answer = await run();
    turn.ended(false);
    return ok(answer);
  } catch (thrown) {
    turn.ended(true);
    return err({ kind: "unavailable", detail: `the embedded store failed (${reasonOf(thrown)})` });
  }
}

/** Only SQLite's own code: the rest of a D1 message can quote values. */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : "";
  return /SQLITE_[A-Z_]+/.exec(message)?.[0] ?? "no answer";
}
