/** What D1 says of a table, or of a column, that a migration would have made. Durable Objects say it without its name. */
const MISSING = /\bD1_[A-Z_]*ERROR\b.*(?:\bno such (?:table|column): |\bhas no column named )/s;

/** What is told of a database whose migrations have not been applied. */
export const MIGRATIONS_MISSING =
  "the tables of the embedded store are missing or old: apply the migrations";

/** Whether D1 refused a statement because migrations are missing. */
export function isUnmigrated(thrown: unknown): boolean {
  return thrown instanceof Error && MISSING.test(thrown.message);
}

/** Whether the tables are there; null when the database does not answer. */
export async function isMigrated(db: D1Database): Promise<boolean | null> {
  try {
    await db.prepare("SELECT 1 FROM client_sessions, agent_sessions LIMIT 0").all();
    return true;
  } catch (thrown) {
    return isUnmigrated(thrown) ? false : null;
  }
}
