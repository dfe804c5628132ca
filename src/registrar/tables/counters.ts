/**
 * What a counter counts, and by which labels. An erasure has no policy: its label is empty. A callback has the
 * type of its event for a source.
 */
export interface Counter {
  readonly name: "removals" | "sweeps" | "erasures" | "callbacks";
  readonly source: string;
  readonly policy: string;
  /** The disposition, the status or the outcome. */
  readonly label: string;
}

export interface Count extends Counter {
  readonly total: number;
}

/** Counters that only rise; added to in the turn that takes the news they come from, so once. */
export class Counters {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ name, source, policy, label }: Counter, by: number, now: number): void {
    this.#sql.exec(
      `INSERT INTO counters (name, source, policy, label, total, at) VALUES (?, ?, ?, ?, ?5, ?6)
       ON CONFLICT (name, source, policy, label) DO UPDATE SET total = total + ?5, at = ?6`,
      name,
      source,
      policy,
      label,
      by,
      now,
    );
  }

  all(): Count[] {
    return this.#sql
      .exec<Count & Record<string, SqlStorageValue>>(
        "SELECT name, source, policy, label, total FROM counters",
      )
      .toArray();
  }

  /** Forgets policies that do not run any more and have counted nothing since a time. */
  forget(running: readonly string[], before: number): void {
    this.#sql.exec(
      `DELETE FROM counters WHERE policy <> '' AND at < ?
         AND policy NOT IN (SELECT value FROM json_each(?))`,
      before,
      JSON.stringify(running),
    );
  }
}
