import { err, ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import type { Turn } from "../source.ts";
import { isUnmigrated, MIGRATIONS_MISSING } from "./migrations.ts";
import type { Row, SessionTable } from "./session_table.ts";

/** One port call: which sessions it is about, and the right to ask. */
export interface Asking {
  readonly db: D1Database;
  readonly table: SessionTable;
  readonly config: SourceConfig;
  readonly turn: Turn;
}

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

/** All rows of one statement. */
export async function askRows<T = Row>(
  { db, turn }: Asking,
  sql: string,
  ...binds: readonly (string | number)[]
): Promise<Result<readonly T[], Fault>> {
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(sql)
      .bind(...binds)
      .all<T>(),
  );
  return asked.ok ? ok(asked.value.results) : asked;
}

/** The first row of one statement; null: there is none. */
export async function askFirst(
  { db, turn }: Asking,
  sql: string,
  ...binds: readonly (string | number)[]
): Promise<Result<Row | null, Fault>> {
  return ask(turn, 1, async () =>
    db
      .prepare(sql)
      .bind(...binds)
      .first<Row>(),
  );
}

/** The number `n` of the one row that a count always has: without it the answer says nothing, least of all nought. */
export async function askCount(
  at: Asking,
  sql: string,
  ...binds: readonly (string | number)[]
): Promise<Result<number, Fault>> {
  const asked = await askFirst(at, sql, ...binds);
  const found = asked.ok ? asked.value?.["n"] : null;
  return typeof found === "number" ? ok(found) : asked.ok ? MISSING_ROW : asked;
}

/** Only SQLite's own code: the rest of a D1 message can quote values. */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : "";
  return /SQLITE_[A-Z_]+/.exec(message)?.[0] ?? "no answer";
}
