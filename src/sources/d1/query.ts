import { err, ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { Turn } from "../source.ts";
import { isUnmigrated, MIGRATIONS_MISSING } from "./migrations.ts";

/**
 * Asks the embedded store, and counts the queries first. `run` holds the call and nothing else: whatever
 * it throws means that the store did not answer, or that its tables are not there.
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
    if (isUnmigrated(thrown)) {
      turn.ended(false);
      return err({ kind: "unmigrated", detail: MIGRATIONS_MISSING });
    }
    turn.ended(true);
    return err({ kind: "unavailable", detail: `the embedded store failed (${reasonOf(thrown)})` });
  }
}

/** What an answer comes to that lacks a row which is always there. */
export const MISSING_ROW: Result<never, Fault> = err({
  kind: "unavailable",
  detail: "the embedded store answered without a row that is always there",
});

/** Asks for the one row that a count or a `RETURNING` always has. */
export async function askOne<T>(
  turn: Turn,
  run: () => Promise<T | null | undefined>,
): Promise<Result<T, Fault>> {
  const asked = await ask(turn, 1, run);
  return asked.ok ? oneRow(asked.value) : asked;
}

/** A row that must be there: an answer without it says nothing, and least of all nought or everything. */
export function oneRow<T>(row: T | null | undefined): Result<T, Fault> {
  return row === null || row === undefined ? MISSING_ROW : ok(row);
}

/** Only SQLite's own code: the rest of a D1 message can quote values. */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : "";
  return /SQLITE_[A-Z_]+/.exec(message)?.[0] ?? "no answer";
}
